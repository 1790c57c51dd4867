# SPDX-License-Identifier: Apache-2.0
"""Messages for people: templates in which what is absent is called so, and what is sensitive is masked.

An attribute with an absent part is left out, but a message is most wanted when
something is absent; it must then still say what is known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from jinja2 import nodes

from hpa_discovery.language.budgets import DEFAULT, Meter
from hpa_discovery.language.template_code import code
from hpa_discovery.language.template_tree import parse, path_of
from hpa_discovery.language.values import MASK

ABSENT = "absent"

Hides = Callable[[tuple[str, ...]], bool]
Message = Callable[[Mapping[str, Any], Meter], str | None]


def compile_message(text: str, hides: Hides | None = None) -> Message:
    """The template of `text`, with ABSENT for every absent value and MASK for all that reads a hidden path.

    A branch that is chosen by what is hidden would tell of it too, so MASK
    stands for the whole choice. TemplateError and BudgetError as compile_template.
    """
    return _compiled(text) if hides is None else _compile(text, hides)


def _compile(text: str, hides: Hides) -> Message:
    tree, reads = parse(text, DEFAULT)
    for branch in list(tree.find_all(nodes.If)):
        if _reads_hidden(branch.test, hides):
            branch.test, branch.body, branch.elif_ = nodes.Const(True), [_text(MASK)], []
    for output in tree.find_all(nodes.Output):
        output.nodes = [_told(node, hides) for node in output.nodes]
    return code(tree, reads.size)


# Rules share few messages, but every mutant of a rule has the same ones.
@lru_cache(maxsize=2048)
def _compiled(text: str) -> Message:
    return _compile(text, lambda path: False)


def _told(node: nodes.Expr, hides: Hides) -> nodes.Expr:
    if isinstance(node, nodes.TemplateData):
        return node
    if _reads_hidden(node, hides):
        return nodes.TemplateData(MASK)
    return nodes.Filter(node, "default", [nodes.Const(ABSENT)], [], None, None)


def _text(data: str) -> nodes.Output:
    return nodes.Output([nodes.TemplateData(data)])


def _reads_hidden(node: nodes.Node, hides: Hides) -> bool:
    path = path_of(node)
    if path is not None:
        return hides(path)
    return any(_reads_hidden(child, hides) for child in node.iter_child_nodes())
