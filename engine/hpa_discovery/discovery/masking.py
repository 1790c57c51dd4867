# SPDX-License-Identifier: Apache-2.0
"""Which names and members of a rule must not be shown: what is sensitive, and all that follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from hpa_discovery.discovery.contract import Path
from hpa_discovery.discovery.origins import eaches_of, lets_of, read_by
from hpa_discovery.language.rule import AttributeEntry, Each, GroupEntry, Let, Rule
from hpa_discovery.language.templates import compile_template
from hpa_discovery.language.values import MASK


@dataclass(frozen=True, slots=True)
class Masks:
    """The names to mask, and the member paths that sensitive lets read."""

    names: frozenset[str] = frozenset()
    paths: frozenset[Path] = frozenset()

    def hides(self, path: Path) -> bool:
        """Whether the member at `path` is sensitive, holds what is, or belongs to it."""
        return path[0] in self.names or any(_overlap(path, hidden) for hidden in self.paths)

    def hides_template(self, text: str) -> bool:
        """Whether the template prints or tests something that must not be shown."""
        template = compile_template(text)
        return not self.names.isdisjoint(template.names) or any(map(self.hides, template.paths))

    def hides_expression(self, text: str) -> bool:
        """Whether the expression reads something that must not be shown."""
        return any(map(self.hides, read_by(text)))

    def hides_entry(self, entry: AttributeEntry) -> bool:
        """Whether the attribute's key, value or unit must not be shown."""
        templates = [text for text in (entry.key, entry.value, entry.unit) if text is not None]
        return any(map(self.hides_template, templates)) or (entry.var is not None and self.hides((entry.var,)))

    def show(self, path: Path, value: Any) -> Any:
        """The value, or the mask instead of one that is there."""
        return MASK if value is not None and self.hides(path) else value


NO_MASKS = Masks()


def masks_of(rule: Rule) -> Masks:
    """What to mask of the rule. A let or an item computed from a sensitive let is as sensitive."""
    lets = lets_of(rule)
    if not any(let.sensitive for let in lets):
        return NO_MASKS
    read = frozenset(path for let in lets if let.sensitive for path in read_by(let.path))
    hidden = read | _behind_items(rule, read)
    names: frozenset[str] = frozenset()
    for part in _in_order(rule):
        # A list is hidden for one member of its items too; the other members may be shown.
        masks = Masks(names, read if isinstance(part, Each) else hidden)
        if (isinstance(part, Let) and part.sensitive) or any(map(masks.hides, read_by(part.path))):
            names |= {part.name}
    return Masks(names, hidden)


def _in_order(rule: Rule) -> Iterator[Each | Let]:
    """All that gives names their values, each after what it may read."""
    if rule.each is not None:
        yield rule.each
    yield from rule.lets
    for entry in rule.emit.entries:
        if isinstance(entry, GroupEntry):
            yield entry.each
            yield from entry.lets


def spread(rule: Rule) -> Rule:
    """The rule with every let marked sensitive that is computed from a sensitive one; the same when there is none."""
    names = masks_of(rule).names
    if not names:
        return rule
    entries = tuple(
        replace(entry, lets=_marked(entry.lets, names)) if isinstance(entry, GroupEntry) else entry
        for entry in rule.emit.entries
    )
    return replace(rule, lets=_marked(rule.lets, names), emit=replace(rule.emit, entries=entries))


def _marked(lets: tuple[Let, ...], names: frozenset[str]) -> tuple[Let, ...]:
    return tuple(replace(let, sensitive=True) if let.name in names else let for let in lets)


def _behind_items(rule: Rule, hidden: Iterable[Path]) -> frozenset[Path]:
    """What an `each` reads is sensitive when a part of its item is."""
    starts = {path[0] for path in hidden}
    eaches = [each for each in eaches_of(rule) if each.name in starts]
    return frozenset(path for each in eaches for path in read_by(each.path))


def _overlap(one: Path, other: Path) -> bool:
    shared = min(len(one), len(other))
    return one[:shared] == other[:shared]
