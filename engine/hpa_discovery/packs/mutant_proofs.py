# SPDX-License-Identifier: Apache-2.0
"""When it makes no difference whether an attribute is optional: it is never without a value.

An attribute is never missing when `when`, the requirements of level error or a
default make sure of its name, and the name cannot hold "". Nor does it matter
for the only entry of a rule, since a capability without any attribute is
withheld with the same code. A mutant of such an attribute answers like the
rule itself for every subject, so none is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hpa_discovery.language.budgets import DEFAULT
from hpa_discovery.language.patterns import compile_pattern
from hpa_discovery.language.rule import AttributeEntry, Branch, Condition, GroupEntry, Leaf, Let, Not, Rule
from hpa_discovery.language.templates import compile_template


def never_missing(rule: Rule, group: GroupEntry | None, entry: AttributeEntry) -> bool:
    """Whether the attribute has a value wherever the rule, or its group, comes to write it."""
    if group is None and len(rule.emit.entries) == 1:
        return True
    certain = set(_certain(rule, group))
    if entry.source is not None:
        return entry.source in certain
    template = compile_template(entry.value or "")
    if template.literal is not None:
        return True
    # A filter may shorten a text to "", a statement may write none, and a member may be absent.
    plain = "|" not in template.text and "{%" not in template.text and all(len(path) == 1 for path in template.paths)
    return plain and template.names <= certain


def _certain(rule: Rule, group: GroupEntry | None) -> Iterator[str]:
    """The names that have a value, and not "", once the rule or group writes."""
    sure = _decided(rule.when, True) | {
        leaf.var: leaf for leaf in (item.leaf for item in rule.requires if item.level == "error") if _binds(leaf, True)
    }
    lets: Iterable[Let] = rule.lets
    if group is not None:
        sure |= _decided(group.when, True)
        lets = (*rule.lets, *group.lets)
        if group.each.path.startswith("range("):
            yield group.each.name
    for let in lets:
        leaf = sure.get(let.name)
        present = leaf is not None or let.default not in (None, "", [])
        if present and (_never_empty(let) or (leaf is not None and _excludes_empty(leaf))):
            yield let.name


def _never_empty(let: Let) -> bool:
    if let.type != "string":
        return True
    if let.enum is not None:
        return "" not in let.enum
    return let.pattern is not None and not _matches_empty(let.pattern)


def _excludes_empty(leaf: Leaf) -> bool:
    """Whether a leaf that is true says that its name is not ""."""
    if leaf.operator == "matches":
        return not _matches_empty(leaf.operand)
    values = leaf.operand if leaf.operator == "in" else [leaf.operand]
    return leaf.operator in ("equals", "in", "startsWith", "contains") and "" not in values


def _decided(condition: Condition | None, target: bool) -> dict[str, Leaf]:
    """The names that must be present for the condition to be `target`, with a leaf that is true of them if any is."""
    if condition is None:
        return {}
    if isinstance(condition, Leaf):
        return {condition.var: _known(condition, target)} if _binds(condition, target) else {}
    if isinstance(condition, Not):
        return _decided(condition.condition, not target)
    return _joined(condition, target)


def _joined(branch: Branch, target: bool) -> dict[str, Leaf]:
    parts = [_decided(part, target) for part in branch.conditions]
    if (branch.kind == "all") is target:
        return {name: leaf for part in parts for name, leaf in part.items()}
    common = set.intersection(*(set(part) for part in parts))
    return {name: Leaf(name, "present", True) for name in common}


def _binds(leaf: Leaf, target: bool) -> bool:
    """Whether a leaf with that verdict has a value: all but absence are unknown without one."""
    return leaf.operator != "present" or bool(leaf.operand) is target


def _known(leaf: Leaf, target: bool) -> Leaf:
    return leaf if target else Leaf(leaf.var, "present", True)


def _matches_empty(pattern: str) -> bool:
    return compile_pattern(pattern, DEFAULT.pattern_chars).matches("")
