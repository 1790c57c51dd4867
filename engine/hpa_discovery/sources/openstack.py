# SPDX-License-Identifier: Apache-2.0
"""The source `openstack.flavor`: every flavor of a live Nova, as Nova gives it.

A flavor whose extra specs this user may not read comes without the member
`extra_specs`. That is how "unknown" is spelled: an empty `extra_specs` says
that there are none, an absent one says that nobody knows.

Rules of the API (Nova API reference and the source of Nova 34): extra specs
are part of a listing from microversion 2.61, below it they are one request a
flavor; a server gives at most its `max_limit` flavors whatever was asked for;
a full page names a next one, which may be empty; `is_public=None` asks for
private flavors too and is heard only from an administrator.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from hpa_discovery.errors import SourceError
from hpa_discovery.sources.openstack_answers import advice
from hpa_discovery.sources.openstack_client import connect, connect_values
from hpa_discovery.sources.openstack_limits import BoundedCompute, ListingLimits
from hpa_discovery.sources.openstack_page import Flavor, read_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from hpa_discovery.connectors.client import HttpClient
    from hpa_discovery.model import Observer
    from hpa_discovery.sources.openstack_answers import Answer, Compute
    from hpa_discovery.sources.openstack_values import CloudValues

NAME = "openstack.flavor"
PAGE_SIZE = 1000  # Nova's own default for the most it gives at once
SPECS_INLINE = (2, 61)
LIMITS = ListingLimits()
_ASKED = ("None", "any")
_PRIVATE_TOO: Mapping[str, str] = {"is_public": "None"}


@dataclass(frozen=True, slots=True)
class Config:
    """One cloud to read.

    `cloud` is a name in clouds.yaml; None, "" and "envvars" mean the OS_* variables.
    Only flavors whose name starts with `name_prefix` (in that very case) are listed.
    `timeout` is in seconds, for one request; an `api_timeout` in clouds.yaml goes
    before it.
    """

    cloud: str | None = None
    name_prefix: str = ""
    timeout: float = 60.0


def list_flavors(
    config: Config,
    *,
    observer: Observer | None = None,
    connect: Callable[[str | None, float], AbstractContextManager[Compute]] = connect,
    limits: ListingLimits = LIMITS,
) -> Iterator[Flavor]:
    """Every flavor the user of the cloud can see, page by page; SourceError when the listing cannot be completed.

    So a loop that ends without an error has seen them all. A flavor that cannot be kept is left out, and is the
    error at the end. `observer` gets `source.page` with source, cloud, page (from 1) and flavors (in it).
    """
    with connect(config.cloud, config.timeout) as connected:
        compute = BoundedCompute(connected, limits)
        specs_inline = compute.microversion is not None and compute.microversion >= SPECS_INLINE
        for number, page in enumerate(_pages(compute), start=1):
            if observer is not None:
                fields = {"source": NAME, "cloud": compute.cloud, "page": number, "flavors": len(page)}
                observer.event("source.page", fields)
            for flavor in page:
                if flavor["name"].startswith(config.name_prefix):
                    yield flavor if specs_inline else _with_extra_specs(compute, flavor)


def list_region(
    values: CloudValues,
    http: HttpClient,
    *,
    name_prefix: str = "",
    observer: Observer | None = None,
    limits: ListingLimits = LIMITS,
) -> Iterator[Flavor]:
    """As list_flavors, of a cloud given by values and reached only through `http`."""
    config = Config(name_prefix=name_prefix)
    return list_flavors(config, observer=observer, connect=lambda *_: connect_values(values, http), limits=limits)


def is_hidden_from_others(flavor: Mapping[str, Any]) -> bool:
    """Whether Nova shows the flavor to administrators, and to nobody else but projects with access."""
    return flavor.get("os-flavor-access:is_public") is False or flavor.get("OS-FLV-DISABLED:disabled") is True


def sees_all(values: CloudValues, http: HttpClient) -> bool:
    """Whether the user is shown hidden flavors, too; SourceError as of a listing.

    Nova has no request that says so. But only from an administrator does it read is_public, and then it refuses
    what is no boolean (nova/api/openstack/compute/flavors.py).
    """
    with connect_values(values, http) as compute:
        statuses = [compute.get("/flavors/detail", {"limit": "1", "is_public": each}).status for each in _ASKED]
    return statuses == [200, 400]


def _pages(compute: BoundedCompute) -> Iterator[tuple[Flavor, ...]]:
    doing = f"listing the flavors of {compute.cloud}"
    visibility = _PRIVATE_TOO
    seen: set[str] = set()
    flaws: list[str] = []
    marker: str | None = None
    while True:
        answer = _page(compute, visibility, marker)
        if answer.status in {400, 403} and marker is None and visibility:
            # Nova overlooks is_public from a plain user, but a site's policy or proxy may refuse it.
            visibility = {}
            continue
        page = read_page(answer, doing)
        compute.count(len(page.flavors) + len(page.flaws))
        _refuse_repeats(doing, page.flavors, seen)
        flaws.extend(page.flaws)
        yield page.flavors
        if page.marker is None:
            break
        marker = page.marker
    if not visibility:
        _insist_on_refusal(compute, doing)
    if flaws:
        raise SourceError(
            f"{doing}: {len(flaws)} of {len(seen) + len(flaws)} cannot be kept, such as {flaws[0]}; "
            "the others are; correct it in Nova, or see who answers in its place"
        )


def _page(compute: Compute, visibility: Mapping[str, str], marker: str | None) -> Answer:
    # The marker is ours, and not the next link, because a proxy may leave a link that leads past it.
    query = {"limit": str(PAGE_SIZE), **visibility}
    return compute.get("/flavors/detail", query if marker is None else query | {"marker": marker})


def _insist_on_refusal(compute: Compute, doing: str) -> None:
    """SourceError where private flavors may be asked for after all: a refusal that passed had hidden them."""
    if compute.get("/flavors/detail", {"limit": "1", **_PRIVATE_TOO}).status == 200:
        raise SourceError(
            f"{doing}: to list private flavors, too, was refused at first and is not any more, so the listing is "
            "incomplete; see what stands before Nova"
        )


def _refuse_repeats(doing: str, page: tuple[Flavor, ...], seen: set[str]) -> None:
    for flavor in page:
        if flavor["id"] in seen:
            raise SourceError(
                f"{doing}: flavor {flavor['id'][:60]!r} came a second time, so the server does not go on from "
                "the marker; the listing is incomplete; see the log of Nova and what stands before it"
            )
        seen.add(flavor["id"])


def _with_extra_specs(compute: Compute, flavor: Flavor) -> Flavor:
    answer = compute.get(f"/flavors/{quote(flavor['id'], safe='')}/os-extra_specs", {})
    # Refused, or deleted since the page was read: either way nobody knows.
    if answer.status in {403, 404}:
        return flavor
    specs = answer.body.get("extra_specs") if isinstance(answer.body, dict) else None
    if answer.status != 200 or not isinstance(specs, dict):
        raise SourceError(
            f"reading the extra specs of flavor {flavor['id'][:60]!r} of {compute.cloud}: the compute API answered "
            f"{answer.describe()}; expected 200 with extra_specs, or 403; "
            f"{advice(answer.status, 'the URL in the catalog')}"
        )
    return flavor | {"extra_specs": specs}
