# SPDX-License-Identifier: Apache-2.0
"""All flavors of a region with all that is below them, read in pages.

A&AI promises no order, so pages of several requests fit together only if nothing was
written meanwhile and the order stayed. Whether they do is checked: every id once, and
as many as A&AI counted (total-results; servers that do not count are read until a page
is not full). If they do not, all is read again, and in the end in one request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hpa_discovery.aai.actual import Actual, ActualFlavor, read_flavor
from hpa_discovery.aai.answers import NOT_FOUND, malformed
from hpa_discovery.errors import AaiRefused, ConnectorError, IncompleteRead

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hpa_discovery.aai.client import AaiClient
    from hpa_discovery.aai.paths import Place
    from hpa_discovery.connectors.reply import Reply

PAGE_SIZE = 200  # flavors; of 4 KB each in ONAP, 2 MiB at most
TRIES = 3
MOST_PAGES = 10_000
MOST_BYTES = 256 * 1024 * 1024  # of JSON in all pages: some hundred thousand flavors
_LONGEST_NUMBER = 9


def read_region(client: AaiClient, place: Place, page_size: int = PAGE_SIZE) -> Actual:
    """What A&AI has now.

    IncompleteRead when pages never fit together; AaiRefused, also when there is no such
    region; ConnectorError. An answer that is too large is asked for again in smaller pages.
    """
    while True:
        try:
            return _read(client, place, page_size)
        except ConnectorError as error:
            if error.kind != "too_large" or page_size == 1:
                raise
            page_size = max(1, page_size // 4)


@dataclass(frozen=True, slots=True)
class _Page:
    flavors: list[ActualFlavor]
    total: int | None
    length: int = 0


def _read(client: AaiClient, place: Place, page_size: int) -> Actual:
    totals: set[int | None] = set()
    for _ in range(TRIES):
        pages = list(_pages(client, place, page_size))
        flavors = [flavor for page in pages for flavor in page.flavors]
        totals = {page.total for page in pages}
        if _fit(flavors, totals):
            return _actual(flavors, in_pages=len(pages) > 1)
    return _actual(_at_once(client, place, totals), in_pages=False)


def _actual(flavors: list[ActualFlavor], *, in_pages: bool) -> Actual:
    return Actual({flavor.id: flavor for flavor in flavors}, in_pages)


def _at_once(client: AaiClient, place: Place, totals: set[int | None]) -> list[ActualFlavor]:
    """In one request, which cannot contradict itself; it still has to be as many as were counted."""
    try:
        flavors = _page(client, place, {}).flavors
    except ConnectorError as error:
        if error.kind != "too_large":
            raise
        raise _incomplete(place) from None
    counted = totals - {None}
    if not _distinct(flavors) or (counted and len(flavors) not in counted):
        raise _incomplete(place)
    return flavors


def _incomplete(place: Place) -> IncompleteRead:
    return IncompleteRead(
        f"reading the flavors of {place} from A&AI: in {TRIES} tries the pages held some flavors twice or not at "
        "all, so it is not known what A&AI has; nothing was planned"
    )


def _fit(flavors: list[ActualFlavor], totals: set[int | None]) -> bool:
    return _distinct(flavors) and totals <= {len(flavors), None}


def _distinct(flavors: list[ActualFlavor]) -> bool:
    return len({flavor.id for flavor in flavors}) == len(flavors)


def _pages(client: AaiClient, place: Place, size: int) -> Iterator[_Page]:
    count, read, seen = 0, 0, set[str]()
    for number in range(1, MOST_PAGES + 1):
        try:
            page = _page(client, place, {"resultIndex": str(number), "resultSize": str(size)})
        except AaiRefused as refused:
            if refused.number != NOT_FOUND:
                raise
            if number == 1:
                _check_region(client, place)
            yield _Page([], None)
            return
        yield page
        count += len(page.flavors)
        read += page.length
        if read > MOST_BYTES:
            raise _endless(place, f"{MOST_BYTES} bytes")
        new = {flavor.id for flavor in page.flavors} - seen
        seen |= new
        # A server that knows no pages gives everything, or the same again.
        ends = count >= page.total if page.total is not None else len(page.flavors) != size
        if ends or not new:
            return
    raise _endless(place, f"{MOST_PAGES} pages of {size}")


def _endless(place: Place, most: str) -> IncompleteRead:
    return IncompleteRead(f"reading the flavors of {place} from A&AI: there are more than {most}")


def _page(client: AaiClient, place: Place, query: dict[str, str]) -> _Page:
    told, reply = client.get(place.flavors, {"depth": "all", **query})
    listed = told.get("flavor")
    if not isinstance(listed, list):
        raise malformed(reply.doing, "no list of flavors")
    return _Page([read_flavor(each, reply.doing) for each in listed], _total(reply), len(reply.body))


def _total(reply: Reply) -> int | None:
    told: Any = reply.headers.get("total-results", "")
    return int(told) if told.isdecimal() and len(told) <= _LONGEST_NUMBER else None


def _check_region(client: AaiClient, place: Place) -> None:
    """A&AI says the same of a region without flavors and of no region."""
    try:
        client.get(place.path, {"depth": "0"})
    except AaiRefused as refused:
        if refused.status != 404:
            raise
        said = f"A&AI has no cloud-region {place}; register it there before its flavors"
        raise AaiRefused(said, status=404, message_id=refused.message_id, code=refused.code) from None
