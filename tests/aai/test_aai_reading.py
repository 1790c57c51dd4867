# SPDX-License-Identifier: Apache-2.0
"""A region is read whole or not at all, whatever its pages are like."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from aai.wishes import PLACE, QUICK, REGION, client, http_client
from connectors.speaking import answer, speaking
from hpa_discovery.aai.actual import read_flavor
from hpa_discovery.aai.client import AaiAccess, AaiClient
from hpa_discovery.aai.reading import MOST_BYTES, MOST_PAGES, TRIES, read_region
from hpa_discovery.connectors.reply import Reply
from hpa_discovery.errors import AaiRefused, ConnectorError, IncompleteRead

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hpa_discovery.aai.client import AaiClient as Client
    from hpa_discovery.connectors.client import HttpClient
    from peers.aai.running import Aai

COUNT = 25
ALL = {f"f{number}" for number in range(COUNT)}


@pytest.fixture
def full(aai: Aai, http: HttpClient) -> Iterator[Client]:
    """A client of a region with 25 flavors."""
    body = {"flavor-name": "n", "flavor-selflink": "s"}
    aai.control.load([(f"{REGION}/flavors/flavor/{name}", body) for name in ALL])
    return client(aai, http)


@pytest.mark.parametrize("totals", [True, False])
@pytest.mark.parametrize(("size", "pages"), [(10, 3), (25, 1), (24, 2), (100, 1), (5, 5), (1, 25)])
def test_pages_make_a_region(aai: Aai, full: Client, totals: bool, size: int, pages: int) -> None:
    """With as many requests as pages; a server that does not count is asked once more after a full last page."""
    aai.control.change(totals=totals)

    assert read_region(full, PLACE, size).flavors.keys() == ALL

    one_more = 0 if totals or COUNT % size else 1
    assert aai.control.counts() == {"GET": pages + one_more}


@pytest.mark.parametrize("totals", [True, False])
def test_pages_that_do_not_fit_together(aai: Aai, full: Client, totals: bool) -> None:
    """An order that changes with each request ends in one request for all."""
    aai.control.change(order="changing", totals=totals)

    assert read_region(full, PLACE, 10).flavors.keys() == ALL

    assert aai.control.counts()["GET"] <= TRIES * 3 + 1


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_page_that_lost_something_is_read_again(aai: Aai, full: Client, times: int) -> None:
    """Until it is whole."""
    aai.control.fail("lose", path="resultIndex=2", items=3, times=times)

    assert read_region(full, PLACE, 10).flavors.keys() == ALL


def test_a_region_that_is_never_whole(aai: Aai, full: Client) -> None:
    """Is no region."""
    aai.control.fail("lose", items=1)

    with pytest.raises(IncompleteRead, match=r"flavors of owner/region one .* twice or not at all"):
        read_region(full, PLACE, 10)


def test_a_region_that_is_written_meanwhile(aai: Aai, full: Client, http: HttpClient) -> None:
    """Is read again when the count changed between two pages."""
    new = [(f"{REGION}/flavors/flavor/new", {"flavor-name": "n", "flavor-selflink": "s"})]

    class Interrupted(AaiClient):
        def get(self, path: str, query: Any = None) -> Any:
            if query["resultIndex"] == "2" and new:
                aai.control.load([new.pop()])
            return super().get(path, query)

    asking = Interrupted(http, AaiAccess(aai.url, aai.user, aai.password, aai.ca, full.version))

    assert read_region(asking, PLACE, 10).flavors.keys() == ALL | {"new"}
    assert aai.control.counts()["GET"] > 3


def test_a_region_without_flavors(aai: Aai, http: HttpClient) -> None:
    """Is empty, where A&AI knows the region."""
    assert read_region(client(aai, http), PLACE).flavors == {}
    aai.control.empty()
    with pytest.raises(AaiRefused, match="has no cloud-region owner/region one"):
        read_region(client(aai, http), PLACE)


def test_an_answer_that_is_too_large(aai: Aai, full: Client) -> None:
    """Is asked for in smaller pages."""
    whole = len(str(aai.control.tree(f"{REGION}/flavors")))
    assert full.version == 28
    with http_client(replace(QUICK, body_bytes=whole // 4)) as http:
        assert read_region(client(aai, http), PLACE, 40).flavors.keys() == ALL


ONE = '{"hpa-capability-id": "c"}'
INSIDE = [
    '{"hpa-capability": {}}',
    '{"hpa-capability": 7}',
    '{"hpa-capability": null}',
    "null",
    "7",
    "[]",
    '{"hpa-capability": ["c"]}',
    '{"hpa-capability": [{"hpa-feature": "numa"}]}',
    f'{{"hpa-capability": [{ONE}, {ONE}]}}',
    '{"hpa-capability": [{"hpa-capability-id": "c", "hpa-feature-attributes": ["a"]}]}',
    '{"hpa-capability": [{"hpa-capability-id": "c", "hpa-feature-attributes": {}}]}',
    '{"hpa-capability": [{"hpa-capability-id": "c", "hpa-feature-attributes": null}]}',
    '{"hpa-capability": [{"hpa-capability-id": "c", "hpa-feature": ["numa"]}]}',
    '{"hpa-capability": [{"hpa-capability-id": "c", "architecture": {}}]}',
    '{"hpa-capability": [{"hpa-capability-id": "c", "hpa-feature-attributes": [{"hpa-attribute-key": []}]}]}',
    '{"hpa-capability": [{"hpa-capability-id": "c", "hpa-feature-attributes": [{"hpa-attribute-value": {"v": 1}}]}]}',
    '{"hpa-capability": [{"hpa-capability-id": "c", "resource-version": ["1"]}]}',
    '{"hpa-capability": [{"hpa-capability-id": "c", "resource-version": 1.5}]}',
    '{"hpa-capability": [{"hpa-capability-id": "\\ud800"}]}',
]
NONSENSE = [
    "[]",
    "{}",
    '{"flavor": {}}',
    '{"flavor": ["f"]}',
    '{"flavor": [{"flavor-name": "n"}]}',
    '{"flavor": [{"flavor-id": 7}]}',
    '{"flavor": [{"flavor-id": "f", "flavor-name": "\\ud800"}]}',
    '{"flavor": [{"flavor-id": "f", "resource-version": {}}]}',
    '{"flavor": [{"flavor-id": "f", "relationship-list": 7}]}',
    '{"flavor": [{"flavor-id": "f", "relationship-list": {"relationship": 7}}]}',
    '{"flavor": [{"flavor-id": "f", "relationship-list": {"relationship": ["vserver"]}}]}',
    '{"flavor": [{"flavor-id": "f", "relationship-list": {"relationship": [{"related-to": "\\ud800"}]}}]}',
    '{"flavor": [{"flavor-id": "f"}], "flavor": []}',
    '{"flavor": [{"flavor-id": "f", "flavor-ram": NaN}]}',
    '{"flavor": [{"flavor-id": "f"}',
    "<html><body>Welcome</body></html>",
    "[" * 10_000,
    '{"flavor": [{"flavor-id": "K\u00f6ln"}]}'.encode("latin-1"),
    *(f'{{"flavor": [{{"flavor-id": "f", "hpa-capabilities": {each}}}]}}' for each in INSIDE),
]


@pytest.mark.parametrize("told", NONSENSE, ids=range(len(NONSENSE)))
def test_what_aai_would_never_say(told: str | bytes) -> None:
    """Is told, and never taken for a region with less in it."""
    said = told if isinstance(told, bytes) else told.encode()
    with speaking(answer(200, said, Content_Type="application/json")) as server, http_client() as http:
        asking = AaiClient(http, AaiAccess(f"http://127.0.0.1:{server.port}", "u", "p"))
        with pytest.raises(ConnectorError) as caught:
            read_region(asking, PLACE)

    assert caught.value.kind == "protocol"


@pytest.mark.parametrize(("told", "read"), [("1700000000000", "1700000000000"), (1700000000000, "1700000000000")])
def test_a_resource_version_is_read_as_text(told: object, read: str) -> None:
    """Also where A&AI tells a number; without one there is none."""
    one = read_flavor({"flavor-id": "f", "resource-version": told}, "test")

    assert one.resource_version == read
    assert read_flavor({"flavor-id": "f", "resource-version": None}, "test").resource_version == ""
    assert read_flavor({"flavor-id": "f"}, "test").resource_version == ""


@pytest.mark.parametrize("total", [0, 24, 26, 10**9 - 1])
def test_a_count_that_lies(total: int) -> None:
    """What A&AI counts and what it gives must agree: pages that do not are no region."""
    with speaking(_page(25, total_results=str(total))) as server, http_client() as http:
        asking = AaiClient(http, AaiAccess(f"http://127.0.0.1:{server.port}", "u", "p"))
        with pytest.raises(IncompleteRead, match="twice or not at all"):
            read_region(asking, PLACE, 100)

    assert len(server.asked) <= 2 * TRIES + 1


def test_pages_that_lie_and_then_no_answer() -> None:
    """What goes wrong in the last request is told as it is."""
    lie = _page(2, total_results="3")
    with speaking([*[lie] * 2 * TRIES, answer(200, b"<html>")]) as server, http_client() as http:
        asking = AaiClient(http, AaiAccess(f"http://127.0.0.1:{server.port}", "u", "p"))
        with pytest.raises(ConnectorError, match="is not JSON"):
            read_region(asking, PLACE, 2)

    assert len(server.asked) == 2 * TRIES + 1


def test_no_flavors_of_a_region_that_may_not_be_seen() -> None:
    """Is not taken for a region without flavors, nor for no region."""
    none = (
        b'{"requestError": {"serviceException": {"messageId": "SVC3001", "variables": ["", "", "", "ERR.5.4.6114"]}}}'
    )
    with speaking([answer(404, none), answer(403, b"")]) as server, http_client() as http:
        asking = AaiClient(http, AaiAccess(f"http://127.0.0.1:{server.port}", "u", "p"))
        with pytest.raises(AaiRefused) as caught:
            read_region(asking, PLACE)

    assert caught.value.status == 403


def test_a_region_that_changes_and_is_too_large_for_one_request(aai: Aai, full: Client) -> None:
    """Is no empty one, where A&AI does not count."""
    aai.control.change(order="changing", totals=False)
    whole = len(str(aai.control.tree(f"{REGION}/flavors")))
    assert full.version == 28

    with http_client(replace(QUICK, body_bytes=whole // 2)) as http, pytest.raises(IncompleteRead):
        read_region(client(aai, http), PLACE, 5)


def _page(count: int, **headers: Any) -> bytes:
    told = ",".join(f'{{"flavor-id": "f{number}"}}' for number in range(count))
    return answer(200, f'{{"flavor": [{told}]}}'.encode(), Content_Type="application/json", **headers)


@pytest.mark.parametrize("count", [5, 10, 11])
def test_a_server_without_pages(count: int) -> None:
    """Gives everything whatever it is asked for; a full first page that comes again is no second page."""
    with speaking(_page(count)) as server, http_client() as http:
        asking = AaiClient(http, AaiAccess(f"http://127.0.0.1:{server.port}/aai/", "u", "p"))

        assert len(read_region(asking, PLACE, 10).flavors) == count


def test_a_count_that_is_none() -> None:
    """Is taken for no count."""
    with speaking(_page(3, total_results="9" * 5000)) as server, http_client() as http:
        asking = AaiClient(http, AaiAccess(f"http://127.0.0.1:{server.port}", "u", "p"))

        assert len(read_region(asking, PLACE, 10).flavors) == 3


def test_members_that_nobody_knows_are_kept(aai: Aai, full: Client) -> None:
    """As they came, with the relationships."""
    vserver = f"{REGION}/tenants/tenant/t/vservers/vserver/v"
    relation = {"related-to": "flavor", "related-link": f"{REGION}/flavors/flavor/f1"}
    body = {"vserver-name": "v", "vserver-selflink": "s", "relationship-list": {"relationship": [relation]}}
    aai.control.load([(f"{REGION}/tenants/tenant/t", {"tenant-name": "t"}), (vserver, body)])

    read = read_region(full, PLACE, 10).flavors

    assert (read["f1"].related, read["f2"].related) == (("vserver",), ())
    assert read["f1"].told["relationship-list"]["relationship"][0]["related-to"] == "vserver"


def test_a_server_that_never_ends() -> None:
    """Is told after some pages, and not listened to for ever."""
    asked: list[str] = []

    class Endless:
        def get(self, path: str, query: dict[str, str]) -> tuple[dict[str, Any], Reply]:
            asked.append(path)
            return {"flavor": [{"flavor-id": query["resultIndex"]}]}, Reply(200, {}, b"", "GET flavors")

    endless: Any = Endless()
    with pytest.raises(IncompleteRead, match=f"more than {MOST_PAGES} pages of 1"):
        read_region(endless, PLACE, 1)

    assert len(asked) == MOST_PAGES


def test_a_region_that_fills_the_memory() -> None:
    """Is left unread, however its pages are cut."""
    megabyte = bytes(1 << 20)

    class Fat:
        def get(self, path: str, query: dict[str, str]) -> tuple[dict[str, Any], Reply]:
            return {"flavor": [{"flavor-id": query["resultIndex"]}]}, Reply(200, {}, megabyte, "GET flavors")

    fat: Any = Fat()
    with pytest.raises(IncompleteRead, match=f"more than {MOST_BYTES} bytes"):
        read_region(fat, PLACE, 1)
