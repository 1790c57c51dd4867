# SPDX-License-Identifier: Apache-2.0
"""What a rule's answer depends on: members of the subject and context, and parts of objects.

`entries(object, 'prefix')` and `lookup(object, 'prefix', ...)` depend on the
object's keys with that prefix only; everything else on the member as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from hpa_discovery.discovery.bindings import parse_rule_expression
from hpa_discovery.discovery.contract import Path
from hpa_discovery.discovery.readers import rule_expressions, rule_templates
from hpa_discovery.language.costs import Node
from hpa_discovery.language.reads import paths, reads_all
from hpa_discovery.language.rule import Rule
from hpa_discovery.language.templates import compile_template


class _KeysWith(NamedTuple):
    """Stands in a path where a member's name would; a key may be any text, so this is none."""

    prefix: str


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
    parts = {path: prefix for path in own if (prefix := _prefix_in(path[-1])) is not None}
    return Dependencies(frozenset(own - parts.keys()), frozenset((path[:-1], prefix) for path, prefix in parts.items()))


def _prefix_in(step: object) -> str | None:
    return step.prefix if isinstance(step, _KeysWith) else None


def _narrowed(node: Node) -> dict[str, Any]:
    """The tree with each read of a part of an object written as a member of a name of its own."""
    children = [_narrowed(child) if isinstance(child, dict) else child for child in node["children"]]
    if node["type"] == "function_expression" and node["value"] in ("entries", "lookup") and len(children) > 1:
        base, part, *rest = children
        if part["type"] == "literal" and isinstance(part["value"], str) and base["type"] in ("field", "subexpression"):
            marked = {"type": "field", "value": _KeysWith(part["value"]), "children": []}
            chain = {"type": "subexpression", "children": [base, marked]}
            return {"type": "multi_select_list", "children": [chain, *rest]}
    return {**node, "children": children}
