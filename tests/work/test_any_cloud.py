# SPDX-License-Identifier: Apache-2.0
"""Whatever a cloud answers in place of one part of one of its answers: flavors that can be kept, or a SourceError."""

from __future__ import annotations

import copy
import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.speaking import answer, client
from hpa_discovery.errors import SourceError
from hpa_discovery.sources.openstack import list_region
from hpa_discovery.sources.openstack_values import read_cloud
from hpa_discovery.store import listings
from hpa_discovery.store.listings import MOST_ERROR
from work.hostile_cloud import CREDENTIAL, FIRST, PASSWORD, SECOND, SPECS, TOKEN, TOKENS, VERSION, HostileCloud

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hpa_discovery.connectors.client import HttpClient

pytest.importorskip("openstack", reason="clouds are read with openstacksdk, an extra")
# openstacksdk 4.22 warns of a part of its own that it loads whether or not it is used.
pytestmark = pytest.mark.filterwarnings("ignore:Support for InfluxDB")

EXAMPLES = 20_000 if os.environ.get("HPA_PROVE") else 300
VERSIONS = {"id": "v2.1", "status": "CURRENT", "version": "2.96", "min_version": "2.1", "links": [{"rel": "self"}]}
ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(), max_size=8)
    | st.sampled_from(["v2.1", "2.latest", "http://127.0.0.1:1/v2.1", "file:///", "//", "http://[", "compute", "next"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def cloud() -> Iterator[HostileCloud]:
    """One for all examples."""
    with HostileCloud() as made:
        yield made


@pytest.fixture(scope="module")
def http() -> Iterator[HttpClient]:
    """One for all examples."""
    with client(breaker_failures=10**9, retries=0, read_seconds=20.0) as made:
        yield made


def usual(cloud: HostileCloud) -> dict[str, Any]:
    """What is answered at each step."""
    token = json.loads(cloud.token().partition(b"\r\n\r\n")[2])
    specs = {"extra_specs": {"hw:pages": "1"}}
    return {TOKENS: token, VERSION: {"version": VERSIONS}, FIRST: cloud.page(""), SECOND: cloud.page("b"), SPECS: specs}


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to all parts of a value."""
    yield way
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from places(each, (*way, key))


def replaced(value: Any, way: tuple[Any, ...], odd: Any) -> Any:
    """The value with something odd at that place."""
    if not way:
        return odd
    made = copy.deepcopy(value)
    place = made
    for key in way[:-1]:
        place = place[key]
    place[way[-1]] = odd
    return made


def listed(cloud: HostileCloud, http: HttpClient) -> tuple[list[dict[str, Any]], str]:
    """The flavors that came, and the error, "" where there was none."""
    found: list[dict[str, Any]] = []
    listing = list_region(read_cloud("lab", cloud.coordinates, CREDENTIAL), http)
    try:
        while (each := next(listing, None)) is not None:
            found.append(each)
    except SourceError as error:
        return found, str(error)
    return found, ""


@settings(max_examples=EXAMPLES, deadline=None)
@given(data=st.data())
def test_any_answer(cloud: HostileCloud, http: HttpClient, data: st.DataObject) -> None:
    """No other error, no secret in it, and nothing that the store would refuse."""
    cloud.heal()
    body = usual(cloud)
    step = data.draw(st.sampled_from(sorted(body)))
    way = data.draw(st.sampled_from(list(places(body[step]))))
    text = json.dumps(replaced(body[step], way, data.draw(ODD))).encode()
    token = data.draw(st.sampled_from([TOKEN, TOKEN, "", " ", "\xff", "a b", "t" * 20_000]))
    cloud.old = step == SPECS
    cloud.says[step] = answer(201 if step == TOKENS else 200, text, X_Subject_Token=token)
    found, said = listed(cloud, http)

    assert PASSWORD not in said
    assert len(said) < MOST_ERROR
    for each in found:
        listings.check(each["id"], each)
