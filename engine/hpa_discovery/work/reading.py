# SPDX-License-Identifier: Apache-2.0
"""Which reader lists the subjects of a region, by the name of the region's source."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hpa_discovery.errors import SourceError
from hpa_discovery.sources import openstack
from hpa_discovery.sources.openstack_values import read_cloud

if TYPE_CHECKING:
    from hpa_discovery.connectors.client import HttpClient
    from hpa_discovery.model import Observer
    from hpa_discovery.store.regions import Region


@dataclass(frozen=True, slots=True)
class Subject:
    """One subject as its source gives it: `body` is what rules see."""

    id: str
    name: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """What to list. `credential` is the text that is kept for the region's cloud, None where there is none."""

    region: Region
    credential: str | None
    http: HttpClient
    observer: Observer


# Every subject; SourceError, before or after some, when there would be more. A loop that ends has seen all.
Reader = Callable[[Question], Iterator[Subject]]


def read_openstack_flavors(question: Question) -> Iterator[Subject]:
    """The flavors of a Nova whose name begins with the region's prefix."""
    region = question.region
    values = read_cloud(region.name, region.coordinates, _credential(question))
    flavors = openstack.list_region(values, question.http, name_prefix=region.name_prefix, observer=question.observer)
    for flavor in flavors:
        yield Subject(flavor["id"], flavor["name"], flavor)


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
