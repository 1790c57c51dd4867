# SPDX-License-Identifier: Apache-2.0
"""The history of a region: what changed of which subject, when, and by which generation."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import insert, select

from hpa_discovery.store.tables import CHANGE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from hpa_discovery.model import Attribute, Capability, Outcome
    from hpa_discovery.store.database import Transaction

Kind = Literal["appeared", "changed", "gone", "unknown", "known"]

MOST_PAGE = 500
# Of each list in a detail; the rest is counted under "more".
MOST_TOLD = 50
MOST_ATTRIBUTES = 10
MOST_VALUE = 200  # characters, also of a key
# Characters of a detail: there may be one of each subject with each listing.
MOST_DETAIL = 16 * 1024


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to a subject; `detail` says what of it, and holds nothing that is empty.

    `added`, `removed`, `changed`: [{feature, architecture, version, discriminator}], and of what changed the first ten
    `attributes` that differ: [{key, before, after}], texts with their unit, null where there was or is none; `subject`
    true when its name or body differs; for unknown and known `features`: [{feature, discriminator, code}]; `more`, how
    many were left out.
    """

    subject_id: str
    name: str
    kind: Kind
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A change with its number, its time (UTC) and the digest of the generation that saw it."""

    id: int
    at: datetime
    generation: str | None
    change: Change


def record(transaction: Transaction, region: int, generation: str | None, changes: Iterable[Change]) -> None:
    """Add rows, in the transaction of what they tell of."""
    rows = [
        {
            "region": region,
            "generation": generation,
            "subject_id": each.subject_id,
            "name": each.name,
            "kind": each.kind,
            "detail": dict(each.detail),
        }
        for each in changes
    ]
    if rows:
        transaction.execute(insert(CHANGE), rows)


def page(
    transaction: Transaction,
    region: int,
    before: int | None = None,
    limit: int = 100,
    *,
    subject_id: str | None = None,
    kinds: Collection[Kind] = (),
) -> tuple[ChangeRow, ...]:
    """Up to `limit` (at most 500) rows, newest first; the next page is `before` the last number of this one."""
    rows = select(CHANGE).where(CHANGE.c.region == region).order_by(CHANGE.c.id.desc()).limit(min(limit, MOST_PAGE))
    if before is not None:
        rows = rows.where(CHANGE.c.id < before)
    if subject_id is not None:
        rows = rows.where(CHANGE.c.subject_id == subject_id)
    if kinds:
        rows = rows.where(CHANGE.c.kind.in_(kinds))
    return tuple(
        ChangeRow(row.id, row.at, row.generation, Change(row.subject_id, row.name, row.kind, row.detail))
        for row in transaction.execute(rows)
    )


def between(subject_id: str, name: str, before: Outcome, after: Outcome, *, same_subject: bool) -> Iterator[Change]:
    """What makes the later outcome of a subject differ from the earlier one.

    A capability that is not there because it is unknown now was not removed, and one that is known again was not
    added.
    """
    old, new = _instances(before), _instances(after)
    earlier, later = _unknown(before), _unknown(after)
    detail: dict[str, list[Any]] = {
        "added": [_told(each) for each in new if each not in old and not _hidden(each, earlier)],
        "removed": [_told(each) for each in old if each not in new and not _hidden(each, later)],
        "changed": [
            {**_told(each), "attributes": _differing(old[each], new[each])}
            for each in new
            if each in old and new[each] != old[each]
        ],
    }
    kept = _bounded(detail) | ({} if same_subject else {"subject": True})
    if kept:
        yield Change(subject_id, name, "changed", kept)
    told: tuple[tuple[Kind, list[dict[str, str]]], ...] = (
        ("unknown", _less(later, earlier)),
        ("known", _less(earlier, later)),
    )
    for kind, features in told:
        if features:
            yield Change(subject_id, name, kind, _bounded({"features": features}))


def beginning(subject_id: str, name: str, outcome: Outcome) -> Iterator[Change]:
    """A subject that was not there before, and what is unknown of it."""
    added = [_told(each) for each in _instances(outcome)]
    yield Change(subject_id, name, "appeared", _bounded({"added": added}))
    if features := _less(_unknown(outcome), {}):
        yield Change(subject_id, name, "unknown", _bounded({"features": features}))


def _instances(outcome: Outcome) -> dict[tuple[str, str, str, str], Capability]:
    return {each.instance: each for each in outcome.capabilities}


def _unknown(outcome: Outcome) -> dict[tuple[str, str], str]:
    return {(each.feature, each.discriminator): each.code for each in outcome.unknown}


def _hidden(instance: tuple[str, str, str, str], unknown: Mapping[tuple[str, str], str]) -> bool:
    feature, _, _, discriminator = instance
    return (feature, discriminator) in unknown or (feature, "*") in unknown


def _less(some: Mapping[tuple[str, str], str], others: Mapping[tuple[str, str], str]) -> list[dict[str, str]]:
    return [
        {"feature": feature, "discriminator": discriminator, "code": code}
        for (feature, discriminator), code in some.items()
        if (feature, discriminator) not in others
    ]


def _told(instance: tuple[str, str, str, str]) -> dict[str, str]:
    return dict(zip(("feature", "architecture", "version", "discriminator"), instance, strict=True))


def _differing(before: Capability, after: Capability) -> list[dict[str, str | None]]:
    old, new = ({each.key: _value(each) for each in some.attributes} for some in (before, after))
    keys = [key for key in {**old, **new} if old.get(key) != new.get(key)]
    return [{"key": key[:MOST_VALUE], "before": old.get(key), "after": new.get(key)} for key in keys[:MOST_ATTRIBUTES]]


def _value(attribute: Attribute) -> str:
    value = attribute.value if isinstance(attribute.value, str) else ", ".join(attribute.value)
    return f"{value} {attribute.unit or ''}".strip()[:MOST_VALUE]


def _bounded(lists: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    left, more = MOST_DETAIL, 0
    for name, each in lists.items():
        for one in each[:MOST_TOLD]:
            left -= len(json.dumps(one))
            if left < 0:
                break
            kept.setdefault(name, []).append(one)
        more += len(each) - len(kept.get(name, ()))
    return kept | ({"more": more} if more else {})
