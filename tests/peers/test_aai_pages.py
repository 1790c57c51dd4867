# SPDX-License-Identifier: Apache-2.0
"""Pages of the double of A&AI: how they are asked for, what their headers say, and how little their order promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from peers.aai.asking import Asking
from peers.aai.running import Aai

if TYPE_CHECKING:
    from collections.abc import Iterator

    from peers.aai.asking import Reply

REGION = "cloud-infrastructure/cloud-regions/cloud-region/o/r"
FLAVORS = f"{REGION}/flavors"
COUNT = 25
ALL = {str(number) for number in range(COUNT)}


@pytest.fixture(scope="module")
def server() -> Iterator[Aai]:
    """An A&AI with 25 flavors."""
    objects: list[tuple[str, dict[str, Any]]] = [(REGION, {})]
    objects += [(f"{FLAVORS}/flavor/{i}", {"flavor-name": f"n{i}", "flavor-selflink": "s"}) for i in range(COUNT)]
    with Aai() as aai:
        aai.control.load(objects)
        yield aai


@pytest.fixture
def aai(server: Aai) -> Aai:
    """The same with all settings as usual and nothing wrong."""
    server.control.heal()
    server.control.change(totals=True, order="stable")
    return server


@pytest.fixture
def client(aai: Aai) -> Iterator[Asking]:
    """A client of it."""
    with Asking(aai) as client:
        yield client


def ids(reply: Reply) -> list[str]:
    """The flavors of a page."""
    assert reply.status == 200, reply
    return [flavor["flavor-id"] for flavor in reply.body["flavor"]]


def page(client: Asking, index: int, size: int = 10, **more: str) -> Reply:
    """One page."""
    return client.get(FLAVORS, resultIndex=str(index), resultSize=str(size), **more)


def test_pages_hold_each_vertex_once(client: Asking) -> None:
    """Pages count from 1; the last is shorter; together they are the collection."""
    pages = [ids(page(client, index)) for index in (1, 2, 3)]

    assert [len(each) for each in pages] == [10, 10, 5]
    assert {each for found in pages for each in found} == ALL


def test_page_0_is_page_1(client: Asking) -> None:
    """Whoever counts from 0 gets the first page twice."""
    assert ids(page(client, 0)) == ids(page(client, 1))


@pytest.mark.parametrize("index", [4, 5, 400])
def test_a_page_beyond_the_end_is_an_error(client: Asking, index: int) -> None:
    """It is no empty page."""
    reply = page(client, index)

    assert (reply.status, reply.error.rpartition(" ")[2]) == (404, "ERR.5.4.6114")


def test_a_page_tells_how_much_there_is(client: Asking) -> None:
    """In headers, on each page; not without pages, nor where the client does not want it."""
    for index in (1, 2, 3):
        headers = page(client, index).headers
        assert (headers["total-results"], headers["total-pages"]) == ("25", "3")
    for reply in (client.get(FLAVORS), page(client, 1, includeTotalCount="false")):
        assert not {"total-results", "total-pages"} & reply.headers.keys()


def test_an_older_server_tells_no_totals(aai: Aai, client: Asking) -> None:
    """The headers can be turned off."""
    aai.control.change(totals=False)

    assert not {"total-results", "total-pages"} & page(client, 1).headers.keys()


@pytest.mark.parametrize("query", [{"resultIndex": "1"}, {"resultSize": "10"}, {"resultIndex": "1", "resultSize": "0"}])
def test_half_a_wish_for_pages_is_none(client: Asking, query: dict[str, str]) -> None:
    """Both numbers are wanted, else all comes at once."""
    assert set(ids(client.get(FLAVORS, **query))) == ALL


def test_numbers_of_pages_are_numbers(client: Asking) -> None:
    """Anything else is refused."""
    assert client.get(FLAVORS, resultIndex="one", resultSize="10").status == 400


def test_filters_come_before_pages(client: Asking) -> None:
    """The totals count what matches."""
    reply = page(client, 1, flavor_name="n7")

    assert (ids(reply), reply.headers["total-results"]) == (["7"], "1")


def test_the_order_is_not_that_of_creation(client: Asking) -> None:
    """A client that leans on it is noticed, although it stays the same between requests."""
    found = ids(client.get(FLAVORS))

    assert found != sorted(found, key=int)
    assert ids(client.get(FLAVORS)) == found


def test_an_order_that_changes_gives_doubles_and_gaps(aai: Aai, client: Asking) -> None:
    """Pages of different requests do not fit together, while the totals still say 25."""
    aai.control.change(order="changing")

    pages = [page(client, index) for index in (1, 2, 3)]

    assert len([each for found in pages for each in ids(found)]) == COUNT
    assert {each for found in pages for each in ids(found)} < ALL
    assert {found.headers["total-results"] for found in pages} == {"25"}


def test_a_page_can_lose_vertices(aai: Aai, client: Asking) -> None:
    """Half a page: less than the totals say, on the page that the test names."""
    aai.control.fail("lose", path="resultIndex=2", items=4)

    pages = [page(client, index) for index in (1, 2, 3)]

    assert [len(ids(each)) for each in pages] == [10, 6, 5]
    assert {each.headers["total-results"] for each in pages} == {"25"}
