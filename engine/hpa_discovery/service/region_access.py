# SPDX-License-Identifier: Apache-2.0
"""Which regions a caller sees: those of its token. Others are to it as if they were not there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hpa_discovery.service.problems import NOT_FOUND, Problem
from hpa_discovery.service.regions import NoRegion, found
from hpa_discovery.store.database import Transaction
from hpa_discovery.store.region import Region
from hpa_discovery.store.tokens import Token


def sees(caller: Token, name: str | None) -> bool:
    """Whether the caller may know of what concerns this region; None is what concerns no region alone."""
    return caller.regions is None or name in caller.regions


def check_seen(caller: Token, owner: str, region_id: str) -> None:
    """Problem 404 for a region that the caller does not see."""
    if not sees(caller, f"{owner}/{region_id}"):
        raise _missing(f"there is no region {owner[:200]}/{region_id[:200]}")


def visible(transaction: Transaction, caller: Token, owner: str, region_id: str) -> Region:
    """The region of this name. Problem 404 where there is none that the caller sees."""
    check_seen(caller, owner, region_id)
    with no_region():
        return found(transaction, owner, region_id)


@contextmanager
def no_region() -> Iterator[None]:
    """NoRegion becomes Problem 404."""
    try:
        yield
    except NoRegion as error:
        raise _missing(str(error)) from None


def _missing(why: str) -> Problem:
    return Problem(NOT_FOUND, f"{why}; see /v1/regions")
