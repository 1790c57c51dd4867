# SPDX-License-Identifier: Apache-2.0
"""Which members of subject, context, tables and params decide a name of a rule, through however many lets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from hpa_discovery.discovery.bindings import parse_rule_expression
from hpa_discovery.discovery.contract import Path
from hpa_discovery.language.reads import paths
from hpa_discovery.language.rule import Each, GroupEntry, Let, Rule
from hpa_discovery.language.templates import compile_template


class Origins:
    """The names of one rule (lets and items, those of groups too) and where their values come from."""

    __slots__ = ("_expressions",)

    def __init__(self, rule: Rule) -> None:
        self._expressions = dict(_named(rule))

    def expression(self, name: str) -> str:
        """The expression that gives the name its value; the name itself when the rule did not define it."""
        return self._expressions.get(name, name)

    def of_name(self, name: str) -> list[Path]:
        """The members that decide the name, in order."""
        return list(dict.fromkeys(self._follow([(name,)], frozenset())))

    def of_template(self, text: str) -> list[Path]:
        """The members that decide what the template writes."""
        return list(dict.fromkeys(self._follow(sorted(compile_template(text).paths), frozenset())))

    def _follow(self, found: Iterable[Path], passed: frozenset[str]) -> Iterator[Path]:
        for path in found:
            name = path[0]
            if name in self._expressions and name not in passed:
                yield from self._follow(sorted(read_by(self._expressions[name])), passed | {name})
            else:
                yield path


def read_by(expression: str) -> frozenset[Path]:
    """The member paths that an expression of a rule reads, from the names down."""
    return paths(parse_rule_expression(expression).tree)


def path_text(path: Path) -> str:
    """A member path as JMESPath writes it: `flavor.extra_specs."hw:cpu_policy"`."""
    return ".".join(part if part.isascii() and part.isidentifier() else _quoted(part) for part in path)


def value_at(names: Mapping[str, object], path: Path) -> object:
    """What the names hold at `path`, for people: None where nothing is, and of a table only how long it is."""
    value: object = names
    for part in path:
        value = value.get(part) if isinstance(value, Mapping) else None
    if path[0] == "tables" and isinstance(value, Mapping):
        return f"a table of {len(value)} rows"
    return value


def lets_of(rule: Rule) -> list[Let]:
    """Every let of the rule, those of groups last."""
    return [*rule.lets, *(let for group in _groups(rule) for let in group.lets)]


def eaches_of(rule: Rule) -> list[Each]:
    """Every `each` of the rule, those of groups last."""
    own = [] if rule.each is None else [rule.each]
    return [*own, *(group.each for group in _groups(rule))]


def _named(rule: Rule) -> Iterator[tuple[str, str]]:
    yield from ((each.name, each.path) for each in eaches_of(rule))
    yield from ((let.name, let.path) for let in lets_of(rule))


def _groups(rule: Rule) -> Iterator[GroupEntry]:
    return (entry for entry in rule.emit.entries if isinstance(entry, GroupEntry))


def _quoted(part: str) -> str:
    return '"' + part.replace("\\", "\\\\").replace('"', '\\"') + '"'
