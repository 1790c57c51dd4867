# SPDX-License-Identifier: Apache-2.0
"""Which of what was found may be looked into, and what was taken away. Pure but for asking whether a path is there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from pathlib import Path

from hpa_discovery.model import Finding
from hpa_discovery.packs.files import PACK_FILE, shown
from hpa_discovery.packs.live.ledger import Bar, Ledger
from hpa_discovery.packs.live.looking import Found
from hpa_discovery.packs.live.roots import Seen
from hpa_discovery.packs.live.units import Key, Unit

_MOST_NAMED = 3
Removed = Set[tuple[str, str]]


def bars(
    seen: Sequence[Seen], units: Mapping[Key, Unit], removed: Removed, behind: Callable[[Found], bool]
) -> dict[Path, Bar]:
    """What is not looked into, by its origin.

    That is what was removed by command, what is `behind` the other hosts, and all but one of those with one
    name: the one that serves goes on, also while it cannot be read or seen; where none does, which one is meant
    nobody can tell. A wheel takes the place of what cannot be seen, since only an operator can have installed it.
    """
    installed = {item.origin for look in seen if look.wheels for item in look.found}
    found = [item for look in seen for item in look.found]
    barred = {item.origin: Bar((_older(item),)) for item in found if behind(item)}
    barred |= {item.origin: Bar(removed=True) for item in found if (item.name, item.content.digest) in removed}
    alike: defaultdict[Key, list[Found]] = defaultdict(list)
    for item in found:
        if item.name:
            alike[item.kind, item.name].append(item)
    nameless = {item.origin for item in found if not item.name}
    for key, several in alike.items():
        unit = units.get(key)
        origins = list(dict.fromkeys(item.origin for item in several))
        claiming = [item for item in several if item.origin not in installed]
        if unit is not None and (unit.origin in nameless or _is_hidden(unit, claiming, seen)):
            origins.append(unit.origin)
        for item in several if len(origins) > 1 else ():
            others = [origin for origin in origins if origin != item.origin]
            if unit is None or unit.origin != item.origin:
                barred[item.origin] = Bar((_doubled(item, others),))
    return barred


def taken_away(seen: Sequence[Seen], units: Mapping[Key, Unit], ledger: Ledger, removed: Removed) -> set[Key]:
    """What serves and is to go: its folder or wheel is gone, or holds another pack, or it was removed by command."""
    there = {(found.kind, found.name) for look in seen for found in look.found}
    gone = set()
    for key, unit in units.items():
        if unit.ours:
            continue
        there_now = ledger.unit_at(unit.origin)
        other = there_now is not None and there_now.key != key
        own = _root_of(unit, seen)
        lost = own is not None and own.has_lost(key[1], unit.origin) and ledger.may_miss(unit.origin)
        if (key[1], unit.part.digest) in removed or (key not in there and (lost or other)):
            gone.add(key)
    return gone


def _is_hidden(unit: Unit, alike: Iterable[Found], seen: Sequence[Seen]) -> bool:
    """Whether others have the name of what serves while nobody can see it, nor that it is gone: its root is away.

    Its own content may lie elsewhere, and is no other.
    """
    root = _root_of(unit, seen)
    if root is None or root.has_lost(unit.key[1], unit.origin):
        return False
    there = any(item.origin == unit.origin for look in seen for item in look.found)
    return not there and any(item.content.digest != unit.part.digest for item in alike)


def _root_of(unit: Unit, seen: Sequence[Seen]) -> Seen | None:
    """The root that a unit comes from, of several the nearest; None where it is none of this host's."""
    of = [look for look in seen if look.root in (unit.origin, *unit.origin.parents)]
    return max(of, key=lambda look: len(look.root.parts), default=None)


def _older(found: Found) -> Finding:
    file = found.origin / PACK_FILE if found.kind == "pack" else found.origin
    message = "what lies here served before, and another host has taken up something newer since"
    hint = "nothing needs to be done where the folders of the hosts become equal; otherwise change it here, too"
    return Finding("pack.older", "warning", message, shown(file.parent, file.name), hint=hint)


def _doubled(found: Found, others: Sequence[Path]) -> Finding:
    names = " and ".join(map(str, others[:_MOST_NAMED]))
    if len(others) > _MOST_NAMED:
        names += f" and {len(others) - _MOST_NAMED} more"
    if found.kind == "overlay":
        message = f"the overlay {found.name} is also in {names}"
        return Finding("overlay.conflict", "error", message, shown(found.origin.parent, found.origin.name))
    message = f"the namespace {found.name} is also that of {names}"
    hint = "use one of the two packs, or give one another namespace"
    return Finding("pack.namespace", "error", message, shown(found.origin, PACK_FILE), hint=hint)
