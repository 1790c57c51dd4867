# SPDX-License-Identifier: Apache-2.0
"""Which reader lists the subjects of a region, by the name of the region's source."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hpa_discovery.errors import SourceError
from hpa_discovery.sources import openstack
from hpa_discovery.sources.openstack_values import read_cloud

if TYPE_CHECKING:
    from hpa_discovery.connectors.client import HttpClient
    from hpa_discovery.model import Observer
    from hpa_discovery.store.region import Region


@dataclass(frozen=True, slots=True)
class Subject:
    """One subject as its source gives it: `body` is what rules see."""

    id: str
    name: str
    body: Mapping[str, Any]


# What listings before showed and is not in this set of ids, unless it is gone.
Before = Callable[[Set[str]], Sequence[Subject]]


def nothing_before(_: Set[str]) -> Sequence[Subject]:
    """There was none."""
    return ()


@dataclass(frozen=True, slots=True)
class Question:
    """What to list. `credential` is the text that is kept for the region's cloud, None where there is none."""

    region: Region
    credential: str | None
    http: HttpClient
    observer: Observer
    before: Before = nothing_before


# Every subject; SourceError, before or after some, when there would be more. A loop that ends has seen all.
Reader = Callable[[Question], Iterator[Subject]]


def read_openstack_flavors(question: Question) -> Iterator[Subject]:
    """The flavors of a Nova whose name begins with the region's prefix.

    That a hidden flavor is no more is believed of an administrator only: anybody else may have lost the right to it.
    """
    region = question.region
    values = read_cloud(region.name, region.coordinates, _credential(question))
    flavors = openstack.list_region(values, question.http, name_prefix=region.name_prefix, observer=question.observer)
    seen = set()
    for flavor in flavors:
        seen.add(flavor["id"])
        yield Subject(flavor["id"], flavor["name"], flavor)
    missed = [each.name for each in question.before(seen) if _is_missed(each, region)]
    if missed and not openstack.sees_all(values, question.http):
        raise SourceError(
            f"listing {region.name}: {len(missed)} flavors that Nova does not show to everybody are not shown any "
            f"more, such as {missed[0][:60]!r}, and its user is no administrator, who would be shown them: the listing "
            "is incomplete; give a credential with the role admin, or add the region anew"
        )


def _is_missed(subject: Subject, region: Region) -> bool:
    return subject.name.startswith(region.name_prefix) and openstack.is_hidden_from_others(subject.body)


READERS: Mapping[str, Reader] = {openstack.NAME: read_openstack_flavors}


def reader(readers: Mapping[str, Reader], region: Region) -> Reader:
    """The reader for the region; SourceError for a source that has none."""
    if region.source not in readers:
        raise SourceError(
            f"listing {region.name}: nothing reads the source {region.source!r}; known are {', '.join(readers)}"
        )
    return readers[region.source]


def _credential(question: Question) -> dict[str, Any]:
    name = question.region.name
    if question.credential is None:
        raise SourceError(f"listing {name}: it has no credential for its cloud; give it one")
    try:
        told = json.loads(question.credential)
    except ValueError:
        told = None  # the message of json repeats a part of the text
    if not isinstance(told, dict):
        raise SourceError(f"listing {name}: the credential of its cloud must be a JSON object")
    return told
