# SPDX-License-Identifier: Apache-2.0
"""Where in A&AI the capabilities of flavors belong, for a plugin that writes A&AI itself."""

from __future__ import annotations

import re
from typing import Any

from hpa_discovery.aai.paths import Place, can_be_named
from hpa_discovery.aai.resource_urls import resource_urls
from hpa_discovery.aai.versions import FIRST, LAST
from hpa_discovery.discovery.place import place_of
from hpa_discovery.discovery.rows import Row
from hpa_discovery.service.problems import Fault
from hpa_discovery.service.questions import DEFAULT_SOURCE, Question, refused

_VERSION = re.compile("v([0-9]{1,3})")


def place_asked(question: Question) -> Place:
    """The region that the question or its context names. Problem 422 where it could not be in A&AI."""
    if question.source != DEFAULT_SOURCE:
        raise refused([Fault(f"only what is below a flavor has its place: {DEFAULT_SOURCE}", "/source")])
    place = Place(*place_of(question.context, question.owner, question.region))
    names = {"/owner": place.owner, "/region": place.region}
    faults = [
        Fault("it is needed, as a name that a path can hold", at)
        for at, name in names.items()
        if not can_be_named(name)
    ]
    if faults:
        raise refused(faults)
    return place


def version_asked(question: Question) -> int:
    """The version of A&AI's schema, by default the newest that is known. Problem 422."""
    if question.version is None:
        return LAST
    found = _VERSION.fullmatch(question.version)
    if found is None or not FIRST <= int(found[1]) <= LAST:
        raise refused([Fault(f"it must be one of v{FIRST} to v{LAST}", "/version")])
    return int(found[1])


def placed(row: Row, place: Place, version: int) -> dict[str, Any]:
    """The row of an answer with resource URLs; none for a flavor without an id that a path can hold."""
    flavor = row["subject"]["id"]
    known = flavor is not None and can_be_named(flavor)
    urls = resource_urls(place, flavor, row["capabilities"], version) if known else []
    return {
        "subject": row["subject"],
        "resource_urls": urls,
        "unknown": row["unknown"],
        "diagnostics": row["diagnostics"],
    }
