# SPDX-License-Identifier: Apache-2.0
"""Templates: Jinja's notation for writing text, and nothing else.

`numaCpu-{{ i }}` writes a name into text; template_tree.py says what else may
stand in there, template_values.py what happens to values. When something
absent is written, the whole template is absent, never the text "None".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from hpa_discovery.errors import BudgetError
from hpa_discovery.language.budgets import CHARACTERS_PER_STEP, DEFAULT, Limits, Meter
from hpa_discovery.language.template_code import code, literal
from hpa_discovery.language.template_tree import FILTERS, parse

__all__ = ["FILTERS", "Template", "compile_template"]


@dataclass(frozen=True, slots=True)
class Template:
    """One compiled template.

    `names` are the root names it reads, `paths` the member paths from them
    ("params", "architecture"). `literal` is its text when it reads nothing and
    decides nothing. `run(names, meter)` gives the text, or None when it is
    absent; TemplateError where a value cannot be written or compared,
    BudgetError `limit.steps` where the meter runs out.
    """

    text: str
    names: frozenset[str]
    paths: frozenset[tuple[str, ...]]
    literal: str | None
    run: Callable[[Mapping[str, Any], Meter], str | None]


def compile_template(text: str, limits: Limits = DEFAULT) -> Template:
    """The template of `text`.

    TemplateError (with a position where one is known) for what is not allowed;
    BudgetError `limit.template_chars` or `limit.template_depth`.
    """
    if len(text) > limits.template_chars:
        message = f"the template has {len(text)} characters; {limits.template_chars} are allowed"
        raise BudgetError("limit.template_chars", message)
    return _compile(text, limits)


# Rules share most of their templates (`{{ params.architecture }}`), and a compiled one never changes.
@lru_cache(maxsize=2048)
def _compile(text: str, limits: Limits) -> Template:
    # Without a brace there is no Jinja in it; with \r Jinja would turn line ends into \n.
    if "{" not in text and "\r" not in text:
        return Template(text, frozenset(), frozenset(), text, _constant(text))
    tree, reads = parse(text, limits)
    data = literal(tree)
    if data is not None:
        return Template(text, frozenset(), frozenset(), data, _constant(data))
    return Template(text, frozenset(reads.names), frozenset(reads.paths), None, code(tree, reads.size))


def _constant(text: str) -> Callable[[Mapping[str, Any], Meter], str | None]:
    cost = 1 + len(text) // CHARACTERS_PER_STEP

    def run(_names: Mapping[str, Any], meter: Meter) -> str | None:
        meter.spend(cost)
        return text

    return run
