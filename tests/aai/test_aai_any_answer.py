# SPDX-License-Identifier: Apache-2.0
"""Whatever JSON A&AI answers, it is read or refused as an error of ours, and what is planned of it can be told."""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from aai.wishes import FOREIGN, PLACE, RANDOM, as_written, capability, desired, flavor, instances
from hpa_discovery.aai.adopting import adoptable
from hpa_discovery.aai.answers import check_all_done, expect
from hpa_discovery.aai.desired import Ours
from hpa_discovery.aai.esr import known_regions
from hpa_discovery.aai.oof import why_skipped
from hpa_discovery.aai.planning import Policy, make_plan
from hpa_discovery.aai.reading import read_region
from hpa_discovery.aai.unregister import unregister_plan
from hpa_discovery.connectors.reply import Reply
from hpa_discovery.errors import AaiRefused, ConnectorError, IncompleteRead

if TYPE_CHECKING:
    from collections.abc import Callable

    from hpa_discovery.aai.client import AaiClient

EXAMPLES = settings(max_examples=5000 if os.environ.get("HPA_PROVE") else 300, deadline=None)
OURS = [capability("f"), capability("f", "numa")]
WANTED = desired(flavor("f", [capability("f", value="2")]), flavor("g", presence="gone"))
RELATED = {"relationship": [{"related-to": "complex", "related-link": "/cloud-infrastructure/complexes/complex/c"}]}
FLAVORS: Any = {
    "flavor": [
        {
            **flavor(name).properties,
            "resource-version": "1",
            "hpa-capabilities": {
                "hpa-capability": [
                    *({**as_written(each), "resource-version": "2"} for each in OURS),
                    {**FOREIGN, "hpa-capability-id": RANDOM, "hpa-feature-attributes": [{"hpa-attribute-key": "k"}]},
                ]
            },
            "relationship-list": RELATED,
        }
        for name in "fg"
    ]
}
REGIONS: Any = {
    "cloud-region": [{"cloud-owner": "o", "cloud-region-id": "r", "cloud-extra-info": "{}", "cloud-type": "openstack"}],
    "esr-system-info": [{"service-url": "u", "user-name": "u", "password": "p", "ssl-insecure": True}],
    "cloud-region-version": "1",
    "relationship-list": RELATED,
    "latitude": "1",
}
REFUSAL: Any = {
    "requestError": {"serviceException": {"messageId": "SVC", "text": "t", "variables": ["a", "b", "c", "d"]}}
}
BULK: Any = {"operation-responses": [{"action": "put", "uri": "u", "response-status-code": 201}] * 2}

texts = st.one_of(
    st.sampled_from(["", "..", "\ud800", "\0", "a/../b", "ERR.5.4.6114", "numa", RANDOM]), st.text(max_size=5)
)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), texts),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=5,
)


@st.composite
def almost(draw: st.DrawFn, said: Any) -> Any:
    """What A&AI would say, with other values at one to three places."""
    told = json.loads(json.dumps(said))
    for _ in range(draw(st.integers(1, 3))):
        told = _other(draw, told)
    return told


def _other(draw: st.DrawFn, told: Any) -> Any:
    if not told or not isinstance(told, dict | list) or draw(st.integers(0, 9)) == 0:
        return draw(values)
    key = draw(st.sampled_from(sorted(told) if isinstance(told, dict) else range(len(told))))
    told[key] = _other(draw, told[key])
    return told


class Saying:
    """In the place of a client: gives the same answer to everything."""

    def __init__(self, told: Any, **headers: str) -> None:
        self._reply = Reply(200, CaseInsensitiveDict(headers), json.dumps(told).encode(), "GET /x")

    def get(self, path: str, query: object = None) -> tuple[Any, Reply]:
        """As AaiClient.get, which gives objects alone."""
        assert path.encode()
        return self._reply.json(), self._reply


def asked(told: Any, ask: Callable[[AaiClient], Any]) -> Any:
    """What comes of it, None for an error of ours."""
    if not isinstance(told, dict):
        return None
    try:
        return ask(cast("AaiClient", Saying(told)))
    except (AaiRefused, ConnectorError, IncompleteRead) as error:
        said = str(error)
    assert said.encode()
    return None


@EXAMPLES
@given(almost(FLAVORS))
def test_any_region(told: Any) -> None:
    """A plan can be made of what was read, told in both forms, and so can the end of the region."""
    actual = asked(told, lambda client: read_region(client, PLACE))
    if actual is None:
        return
    ours = actual.settle(Ours(instances(*OURS, flavor="f"), frozenset({"g"}), frozenset({"f"})))
    ours = ours.with_capabilities(adoptable(WANTED, ours, actual))

    for made in (make_plan(PLACE, WANTED, ours, actual, Policy(adopt=True)), unregister_plan(PLACE, ours, actual)):
        assert json.dumps(made.as_json(), ensure_ascii=False).encode()
        assert all("".join(row).encode() for row in made.table())


@EXAMPLES
@given(almost(REGIONS))
def test_any_list_of_regions(told: Any) -> None:
    """Regions, how their clouds are reached, and whether OOF takes them."""
    asked(told, known_regions)
    assert isinstance(asked(told, lambda client: why_skipped(client, PLACE)), str | None)


@EXAMPLES
@given(almost(REFUSAL), st.sampled_from([400, 404, 412, 500]))
def test_any_refusal(told: Any, status: int) -> None:
    """Is refused or unsure, in words that can be written down."""
    reply = Reply(status, {}, json.dumps(told).encode(), "PUT /x")
    with pytest.raises((AaiRefused, ConnectorError)) as caught:
        expect(reply, frozenset({200}), "t", str)
    assert len(str(caught.value).encode()) < 5000


@EXAMPLES
@given(almost(BULK))
def test_any_answer_to_a_bulk_call(told: Any) -> None:
    """Is done only if it says so of both operations."""
    with contextlib.suppress(ConnectorError):
        check_all_done(Reply(201, {}, json.dumps(told).encode(), "POST /bulk"), 2)
        assert [each["response-status-code"] in {200, 201, 204} for each in told["operation-responses"]] == [True] * 2
