# SPDX-License-Identifier: Apache-2.0
"""Many rules: the bundled ones, renamed.

Nine of ten look at keys and prefixes that no flavor of the cloud has
(`hw:cpu_policy` becomes `hw17:cpu_policy`). Each tenth looks at the very keys
the flavors have, and wants another value, another prefix or a larger number
there, as the rule of another vendor would.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from hpa_discovery.discovery.bindings import parse_rule_expression
from hpa_discovery.discovery.triggers import rule_needs
from hpa_discovery.language.pack import Pack
from hpa_discovery.language.rule import Branch, Each, GroupEntry, Leaf, Let, Rule

# Where an extra spec's namespace or a member's name begins in an expression.
_NAMES = re.compile(
    r"""(["'])(hw|quota|capabilities|pci_passthrough|aggregate_instance_extra_specs|trait|resources"""
    r"""|accel|os|sw|hw_rng)(?=[:\[_])"""
)
_SHARED = 10


def many(pack: Pack, count: int) -> Pack:
    """A pack of `count` rules made of the rules of `pack`."""
    rules = tuple(_numbered(pack.rules, count))
    features = tuple(dict.fromkeys(rule.emit.feature for rule in rules))
    return replace(pack, rules=rules, features=features)


def _numbered(rules: Sequence[Rule], count: int) -> Iterator[Rule]:
    rules = [rule for rule in rules if any("extra_specs" in let.path for let in rule.lets) or rule.each is not None]
    narrowable = [rule for rule in rules if _narrowed(rule, 0) is not None]
    for number in range(count):
        if number % _SHARED == 0:
            rule = _narrowed(narrowable[number // _SHARED % len(narrowable)], number)
        else:
            rule = _moved(rules[number % len(rules)], number)
        assert rule is not None
        yield replace(rule, id=f"{rule.id}-{number}")


def _moved(rule: Rule, number: int) -> Rule:
    """The rule over other keys and members."""

    def other(text: str) -> str:
        text = text.replace(".ovsDpdk", f".ovsDpdk{number}")
        return _NAMES.sub(rf"\g<1>\g<2>{number}", text)

    entries = tuple(
        replace(entry, each=replace(entry.each, path=other(entry.each.path)), lets=_lets(entry.lets, other))
        if isinstance(entry, GroupEntry)
        else entry
        for entry in rule.emit.entries
    )
    each = None if rule.each is None else Each(rule.each.name, other(rule.each.path), rule.each.max)
    return replace(rule, each=each, lets=_lets(rule.lets, other), emit=replace(rule.emit, entries=entries))


def _lets(lets: Sequence[Let], other: Callable[[str], str]) -> tuple[Let, ...]:
    return tuple(replace(let, path=other(let.path)) for let in lets)


def _narrowed(rule: Rule, number: int) -> Rule | None:
    """The rule over the same keys but another value, prefix or number; None where it has none of these to change."""
    if rule.each is not None:
        path, changed = re.subn(r"(entries\([^']*'[^']+)'", rf"\g<1>v{number}.'", rule.each.path, count=1)
        return replace(rule, each=replace(rule.each, path=path)) if changed else None
    for place, let in enumerate(rule.lets):
        wanted = _wanted(let, number)
        if wanted is not None:
            lets = (*rule.lets[:place], replace(let, minimum=None), *rule.lets[place + 1 :])
            when = wanted if rule.when is None else Branch("all", (rule.when, wanted))
            narrowed = replace(rule, lets=lets, when=when)
            if _by_value(narrowed):
                return narrowed
    return None


def _wanted(let: Let, number: int) -> Leaf | None:
    """A condition that no flavor of the cloud meets."""
    if let.enum is not None or let.pattern is not None:
        return None  # Nova itself has no other values there
    if let.type == "string" and re.fullmatch(r'flavor\.extra_specs\."[^"]+"', let.path):
        return Leaf(let.name, "equals", f"value-{number}")
    if let.type == "integer" and re.fullmatch(r'to_int\(flavor\.extra_specs\."[^"]+"\)', let.path):
        return Leaf(let.name, "gt", 10_000_000 + number)
    return None


def _by_value(rule: Rule) -> bool:
    """Whether the rule can be told from the flavor's values, and not only from its keys."""
    needs = rule_needs(rule, parse_rule_expression)
    return needs is not None and not any(fact.test in ("present", "key") for fact in needs)
