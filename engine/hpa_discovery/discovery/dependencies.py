# SPDX-License-Identifier: Apache-2.0
"""What a rule's answer depends on: members of the subject and context, and parts of objects.

`entries(object, 'prefix')` and `lookup(object, 'prefix', ...)` depend on the
object's keys with that prefix only; everything else on the member as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hpa_discovery.discovery.bindings import parse_rule_expression
from hpa_discovery.discovery.contract import Path
from hpa_discovery.discovery.readers import rule_expressions, rule_templates
from hpa_discovery.language.costs import Node
from hpa_discovery.language.reads import paths, reads_all
from hpa_discovery.language.rule import Rule
from hpa_discovery.language.templates import compile_template

# Stands before a prefix where a path would have a member's name; no key of a document begins so in practice,
# and one that does is only read whole.
_PREFIX = "\0prefix:"


@dataclass(frozen=True, slots=True)
class Dependencies:
    """`members` are paths from the names down; `parts` are objects of which the keys with a prefix matter."""

    members: frozenset[Path]
    parts: frozenset[tuple[Path, str]]


def dependencies(rule: Rule) -> Dependencies:
    """What the rule reads of its subject and context."""
    read: set[Path] = set()
    for text in rule_expressions(rule):
        tree = _narrowed(parse_rule_expression(text).tree)
        read |= paths(tree)
        if reads_all(tree):
            read |= {(rule.root,), ("context",)}
    for text in rule_templates(rule):
        read |= compile_template(text).paths
    own = {path for path in read if path[0] in (rule.root, "context")}
    parts = {(path[:-1], path[-1].removeprefix(_PREFIX)) for path in own if path[-1].startswith(_PREFIX)}
    return Dependencies(frozenset(path for path in own if not path[-1].startswith(_PREFIX)), frozenset(parts))


def _narrowed(node: Node) -> dict[str, Any]:
    """The tree with each read of a part of an object written as a member of a name of its own."""
    children = [_narrowed(child) if isinstance(child, dict) else child for child in node["children"]]
    if node["type"] == "function_expression" and node["value"] in ("entries", "lookup") and len(children) > 1:
        base, part, *rest = children
        if part["type"] == "literal" and isinstance(part["value"], str) and base["type"] in ("field", "subexpression"):
            marked = {"type": "field", "value": _PREFIX + part["value"], "children": []}
            chain = {"type": "subexpression", "children": [base, marked]}
            return {"type": "multi_select_list", "children": [chain, *rest]}
    return {**node, "children": children}
