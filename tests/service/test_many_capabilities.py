# SPDX-License-Identifier: Apache-2.0
"""A region of more than 10,000 capabilities: told in pages, each once, and found by feature, attribute and value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from hpa_discovery.model import Capability, Outcome, make_attribute
from hpa_discovery.service.region_rows import MOST_READ
from hpa_discovery.store import regions
from hpa_discovery.store.seen import Seen
from service.asking import Asking, asking
from service.runtimes import Deployment
from store.listed import listed

ONE = "/v1/regions/acme/RegionOne"
BODY: dict[str, Any] = {
    "owner": "acme",
    "region": "RegionOne",
    "coordinates": {"auth_url": "https://keystone.example:5000/v3"},
    "credential": {"username": "hpa", "password": "x"},
}
SUBJECTS = 2600
FEATURES = ("cpuPinning", "hugePages", "numa", "localStorage")
RARE = SUBJECTS - 7


def flavor(number: int) -> Seen:
    """One with a capability of each feature; one flavor alone has a value of its own, and a list."""
    names = ("here", "rare") if number == RARE else ("here",)
    told = {name: make_attribute("size", "rare" if number == RARE else "2", "MB") for name in FEATURES}
    capabilities = (
        Capability(name, "v1", "generic", "", (told[name], make_attribute("names", names, None))) for name in FEATURES
    )
    return Seen(f"{number:05}", f"flavor {number}", {}, Outcome(tuple(capabilities)))


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    """A client of a service with that region."""
    with Deployment(tmp_path_factory.mktemp("many")).running() as runtime, asking(runtime) as made:
        assert made.post("/v1/regions", BODY, role="admin").status_code == 201
        with runtime.store.read("the region") as transaction:
            region = regions.get(transaction, "acme", "RegionOne")
        assert region is not None
        listed(runtime.store, region.id, *map(flavor, range(SUBJECTS)))
        yield made


def read(client: Asking, query: str) -> tuple[list[dict[str, Any]], int]:
    """All rows of a query, and how many pages they took."""
    rows, after, count = [], "", 0
    while after is not None:
        page = client.get(f"{ONE}/capabilities?limit=200&after={after}&{query}")
        rows += page["capabilities"]
        after, count = page["next"], count + 1
    return rows, count


def test_all_of_them_in_pages(client: Asking) -> None:
    """Each once, those of a subject on one page."""
    rows, count = read(client, "")
    ids = {row["capability"]["hpa-capability-id"] for row in rows}
    assert (len(rows), len(ids)) == (SUBJECTS * len(FEATURES), SUBJECTS * len(FEATURES))
    assert count <= SUBJECTS * len(FEATURES) // 200 + 1


FILTERS = {
    "feature=numa": SUBJECTS,
    "value=rare": len(FEATURES),
    "feature=numa&attribute=size&value=rare": 1,
    "attribute=names&value=rare": len(FEATURES),
    "attribute=size&value=here": 0,
    "feature=sriov": 0,
    "attribute=none": 0,
}


@pytest.mark.parametrize("query", FILTERS)
def test_filters_find_them_all(client: Asking, query: str) -> None:
    """By feature, attribute and value, whichever page they stand on; a page looks at so many subjects and goes on."""
    rows, count = read(client, query)
    assert len(rows) == FILTERS[query]
    if FILTERS[query] < SUBJECTS:
        assert count == SUBJECTS // MOST_READ + 1
