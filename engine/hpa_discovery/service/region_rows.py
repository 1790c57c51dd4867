# SPDX-License-Identifier: Apache-2.0
"""Regions and what is known of them, as the API and the command line tell it. Credentials are never told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from hpa_discovery.model import Capability, CapabilityWriter
from hpa_discovery.store import intents, listings, region_secrets, schedule, subjects
from hpa_discovery.store.changes import ChangeRow
from hpa_discovery.store.database import Transaction
from hpa_discovery.store.listings import Listing
from hpa_discovery.store.operations import Operation
from hpa_discovery.store.region import Region
from hpa_discovery.store.subjects import StoredSubject
from hpa_discovery.work import standing

# So that one request with a filter that nothing fits ends soon; the answer says where to go on.
MOST_READ = 2000


@dataclass(frozen=True, slots=True)
class Filter:
    """Which capabilities are wanted; what is None does not limit them. An attribute's value is its text, without unit.

    A value that is a list fits when one of its items does.
    """

    feature: str | None = None
    attribute: str | None = None
    value: str | None = None

    def fits(self, capability: Capability) -> bool:
        """Whether this capability is wanted."""
        if self.feature not in {None, capability.feature}:
            return False
        if self.attribute is None and self.value is None:
            return True
        return any(
            self.attribute in {None, each.key}
            and (
                self.value is None
                or self.value == each.value
                or (each.value.__class__ is tuple and self.value in each.value)
            )
            for each in capability.attributes
        )


def region_rows(transaction: Transaction, regions: Sequence[Region]) -> list[dict[str, Any]]:
    """Regions in a list: what each is, and how its last listing went."""
    numbers = [each.id for each in regions]
    counts, last = subjects.counts(transaction, numbers), listings.of_regions(transaction, numbers)
    return [_region_row(each, counts.get(each.id, 0), last.get(each.id)) for each in regions]


def _region_row(region: Region, count: int, last: Listing | None) -> dict[str, Any]:
    return {
        "owner": region.owner,
        "region": region.region_id,
        "source": region.source,
        "enabled": region.enabled,
        "interval_seconds": int(region.interval.total_seconds()),
        "mode": region.aai.mode,
        "revision": region.revision,
        "changed_at": _time(region.changed_at),
        "subjects": count,
        "listing": None if last is None else _plain(asdict(last)),
    }


def region_detail(transaction: Transaction, region: Region) -> dict[str, Any]:
    """All of a region: its settings, for which targets a credential is kept, and how its steps stand."""
    kept = region_secrets.kept(transaction, region)
    [row] = region_rows(transaction, [region])
    return {
        **row,
        "created_at": _time(region.created_at),
        "coordinates": dict(region.coordinates),
        "name_prefix": region.name_prefix,
        "context": dict(region.context),
        "aai": asdict(region.aai),
        "credentials": {target: target in kept for target in region_secrets.TARGETS},
        "in_aai": intents.count(transaction, region.id),
        "published": _published(transaction, region),
        "steps": [_plain(asdict(step), hidden=("claimed_by",)) for step in schedule.steps(transaction, region.id)],
    }


def subject_row(subject: StoredSubject) -> dict[str, Any]:
    """A subject in a list."""
    return {
        "id": subject.subject_id,
        "name": subject.name,
        "presence": subject.presence,
        "generation": subject.generation,
        "changed_at": _time(subject.changed_at),
        "capabilities": len(subject.outcome.capabilities),
        "unknown": [each.as_json() for each in subject.outcome.unknown],
        "diagnostics": [each.as_json() for each in subject.outcome.diagnostics],
    }


def capability_rows(region: Region, subject: StoredSubject, wanted: Filter) -> Iterator[dict[str, Any]]:
    """The wanted capabilities of a subject, as A&AI objects."""
    writer = CapabilityWriter(region.owner, region.region_id, subject.subject_id)
    for capability in subject.outcome.capabilities:
        if wanted.fits(capability):
            yield {
                "subject": {"id": subject.subject_id, "name": subject.name},
                "presence": subject.presence,
                "capability": writer.write(capability),
            }


def capabilities(
    transaction: Transaction, region: Region, wanted: Filter, after: str, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    """The wanted capabilities of the subjects `after` this id, and the `after` of the next page, None at the end.

    All those of a subject stand together, so there may be more than `limit`; at most MOST_READ subjects are looked at.
    """
    rows: list[dict[str, Any]] = []
    read = 0
    while read < MOST_READ:
        some = subjects.page(transaction, region.id, after, subjects.MOST_PAGE)
        for subject in some:
            if subject.presence != "gone":
                rows += capability_rows(region, subject, wanted)
            after, read = subject.subject_id, read + 1
            if len(rows) >= limit:
                return rows, after
        if len(some) < subjects.MOST_PAGE:
            return rows, None
    return rows, after


def change_row(row: ChangeRow) -> dict[str, Any]:
    """A row of a region's history."""
    change = row.change
    return {
        "id": row.id,
        "at": _time(row.at),
        "generation": row.generation,
        "subject": {"id": change.subject_id, "name": change.name},
        "kind": change.kind,
        "detail": dict(change.detail),
    }


def operation_row(operation: Operation) -> dict[str, Any]:
    """An operation, without what only the next one needs."""
    row = _plain(asdict(operation))
    return row if operation.result is None else {**row, "result": _told(operation.result)}


def _published(transaction: Transaction, region: Region) -> dict[str, Any] | None:
    """What the last turn at A&AI came to."""
    told = standing.last(transaction, region.name)
    return None if told is None else _told(told)


def _told(result: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in result.items() if name != "apart"}


def _plain(told: dict[str, Any], hidden: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        name: _time(value) if isinstance(value, datetime) else value
        for name, value in told.items()
        if name not in hidden
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
