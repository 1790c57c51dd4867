# SPDX-License-Identifier: Apache-2.0
"""The source openstack.flavor against servers that answer in every way they can."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from hpa_discovery.errors import SourceError
from hpa_discovery.sources.openstack import Config, list_flavors
from hpa_discovery.sources.openstack_answers import Answer
from hpa_discovery.sources.openstack_limits import ListingLimits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NEXT = [{"rel": "next", "href": "http://elsewhere/"}]


class FakeCompute:
    """A compute API that answers from `answers`, a list a path, and keeps what it was asked."""

    cloud = "cloud 'fake'"

    def __init__(self, answers: Mapping[str, list[Answer]], microversion: tuple[int, int] | None = (2, 86)) -> None:
        self.microversion = microversion
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.closed = False
        self._answers = {path: list(each) for path, each in answers.items()}

    def get(self, path: str, query: Mapping[str, str]) -> Answer:
        """The next answer of the path."""
        self.asked.append((path, dict(query)))
        return self._answers[path].pop(0)

    @contextmanager
    def connect(self, cloud: str | None, timeout: float) -> Iterator[FakeCompute]:
        """Itself, whatever the name."""
        yield self
        self.closed = True


def flavor(name: str, **members: Any) -> dict[str, Any]:
    """A flavor whose id is its name."""
    return {"id": name, "name": name, **members}


def page(*flavors: Any, links: Any = None) -> Answer:
    """A page of a listing."""
    return Answer(200, {"flavors": list(flavors)} | ({"flavors_links": links} if links is not None else {}))


def read(fake: FakeCompute, prefix: str = "", **limits: Any) -> list[dict[str, Any]]:
    """All that the source makes of it."""
    given = ListingLimits(**limits)
    return list(list_flavors(Config(name_prefix=prefix), connect=fake.connect, limits=given))


def test_pages_follow_the_id_of_the_last_flavor() -> None:
    """The next page is asked for by marker, never by the link the server gives."""
    pages = [page(flavor("a"), flavor("b&c"), links=NEXT), page(flavor("d"), links=NEXT), page()]
    fake = FakeCompute({"/flavors/detail": pages})

    assert [each["id"] for each in read(fake)] == ["a", "b&c", "d"]
    assert [query.get("marker") for _, query in fake.asked] == [None, "b&c", "d"]
    assert all(query["is_public"] == "None" and query["limit"] == "1000" for _, query in fake.asked)
    assert fake.closed


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ([page(flavor("a"), links=NEXT), page(flavor("a"), links=NEXT)], "'a' came a second time"),
        ([page(flavor("a"), flavor("b"), links=NEXT), page(flavor("c"), flavor("a"))], "'a' came a second time"),
        ([page(flavor("a"), links=NEXT), page(links=NEXT)], "an empty page says that more follow"),
        (
            [page(flavor("a"), links=NEXT), Answer(400, {"badRequest": {"message": "marker [a] not found"}})],
            "400.*marker",
        ),
        ([page(flavor("a"), links=NEXT), Answer(500, None)], "answered 500; expected 200"),
        ([Answer(401, {"unauthorized": "no"})], "answered 401"),
        ([Answer(200, None)], "not a list of flavors"),
        ([Answer(200, ["a"])], "not a list of flavors"),
        ([Answer(200, {"flavors": {"a": 1}})], "not a list of flavors"),
        ([Answer(200, {"flavors": [], "flavors_links": "more"})], "not a list of flavors"),
    ],
)
def test_a_listing_that_is_not_whole_raises(answers: list[Answer], said: str) -> None:
    """Whatever keeps the source from the last page is an error that names the cloud, and never a short listing."""
    with pytest.raises(SourceError, match=f"cloud 'fake'.*{said}"):
        read(FakeCompute({"/flavors/detail": answers}))


@pytest.mark.parametrize("status", [400, 403])
def test_a_refused_wish_for_private_flavors_is_dropped(status: int) -> None:
    """Where is_public may not be asked for, the listing is what the user may see."""
    refused = Answer(status, None)
    fake = FakeCompute({"/flavors/detail": [refused, page(flavor("a"), links=NEXT), page(), refused]})

    assert [each["id"] for each in read(fake)] == ["a"]
    assert ["is_public" in query for _, query in fake.asked] == [True, False, False, True]


def test_a_wish_that_was_refused_only_at_first_leaves_the_listing_short() -> None:
    """Private flavors may be there, and nobody asked for them."""
    fake = FakeCompute({"/flavors/detail": [Answer(403, None), page(flavor("a")), page(flavor("a"))]})

    with pytest.raises(SourceError, match=r"refused at first.*incomplete"):
        read(fake)


def test_refused_in_every_form_is_an_error() -> None:
    """A user who may not list flavors at all learns so."""
    with pytest.raises(SourceError, match="answered 403"):
        read(FakeCompute({"/flavors/detail": [Answer(403, None), Answer(403, None)]}))


def test_hidden_extra_specs_stay_absent() -> None:
    """None and {} are answers; an absent or null member is unknown and becomes absent."""
    answered = page(flavor("a", extra_specs={}), flavor("b"), flavor("c", extra_specs=None))

    found = read(FakeCompute({"/flavors/detail": [answered]}))

    assert found == [flavor("a", extra_specs={}), flavor("b"), flavor("c")]


@pytest.mark.parametrize("microversion", [None, (2, 1), (2, 60)])
def test_old_servers_are_asked_for_each_flavors_extra_specs(microversion: tuple[int, int] | None) -> None:
    """Below 2.61, 403 and a flavor that is gone by now mean unknown; only flavors of the prefix cost a request."""
    answers = {
        "/flavors/detail": [page(flavor("onap.a"), flavor("onap.b/?"), flavor("onap.c"), flavor("Onap.d"))],
        "/flavors/onap.a/os-extra_specs": [Answer(200, {"extra_specs": {"k": "v"}})],
        "/flavors/onap.b%2F%3F/os-extra_specs": [Answer(403, {"forbidden": {"message": "policy"}})],
        "/flavors/onap.c/os-extra_specs": [Answer(404, None)],
    }

    found = read(FakeCompute(answers, microversion), "onap.")

    assert found == [flavor("onap.a", extra_specs={"k": "v"}), flavor("onap.b/?"), flavor("onap.c")]


def test_from_2_61_the_listing_is_enough() -> None:
    """A flavor without extra specs in a new listing is unknown and costs no further request."""
    fake = FakeCompute({"/flavors/detail": [page(flavor("a"))]}, (2, 61))

    assert read(fake) == [flavor("a")]
    assert len(fake.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [Answer(500, None), Answer(500, {"extra_specs": {}}), Answer(200, None), Answer(200, {"extra_specs": None})],
)
def test_extra_specs_that_fail_end_the_listing(answer: Answer) -> None:
    """A broken answer about one flavor is neither "none" nor "unknown"."""
    answers = {"/flavors/detail": [page(flavor("a"))], "/flavors/a/os-extra_specs": [answer]}

    with pytest.raises(SourceError, match=r"extra specs of flavor 'a' of cloud 'fake'"):
        read(FakeCompute(answers, None))


@pytest.mark.parametrize("row", ["a", {"name": "a"}, {"id": "a"}, {"id": 7, "name": "a"}, flavor("a", extra_specs=[])])
def test_what_is_no_flavor_does_not_hide_the_others(row: Any) -> None:
    """All others come, of later pages too, and then the error."""
    fake = FakeCompute({"/flavors/detail": [page(row, flavor("b"), links=NEXT), page(flavor("c"))]})
    listing = list_flavors(Config(), connect=fake.connect)

    assert [next(listing)["id"], next(listing)["id"]] == ["b", "c"]
    with pytest.raises(SourceError, match=r"cloud 'fake': 1 of 3 cannot be kept, such as .*: (it|its) "):
        next(listing)


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"flavors": 3}, "has more than 3 flavors"),
        ({"bytes": 250}, "has more than 250 bytes"),
        ({"seconds": 0.0}, "takes longer than 0 s"),
    ],
)
def test_a_listing_has_an_end(limits: dict[str, Any], said: str) -> None:
    """Whatever a server gives, for however long."""
    pages = [Answer(200, {"flavors": [flavor(f"f{n}")], "flavors_links": NEXT}, "", 100) for n in range(9)]
    with pytest.raises(SourceError, match=f"cloud 'fake': the listing {said}.*check"):
        read(FakeCompute({"/flavors/detail": pages}), **limits)
