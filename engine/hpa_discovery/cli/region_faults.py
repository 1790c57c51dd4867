# SPDX-License-Identifier: Apache-2.0
"""What is refused of a region, in the words of the command line: its options, and the regions that there are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hpa_discovery.cli.printable import printable
from hpa_discovery.errors import DataError
from hpa_discovery.language.spelling import nearest

if TYPE_CHECKING:
    from hpa_discovery.service.problems import Fault
    from hpa_discovery.store.database import Store

_OPTIONS = {
    "/coordinates": "--auth-url",
    "/coordinates/auth_url": "--auth-url",
    "/coordinates/region_name": "--region-name",
    "/coordinates/ca": "--cloud-ca",
    "/credential": "--credential",
    "/name_prefix": "--name-prefix",
    "/interval_seconds": "--interval",
    "/aai/url": "--aai-url",
    "/aai/user": "--aai-user",
    "/aai/password": "--aai-password",
    "/aai/ca": "--aai-ca",
}


@contextmanager
def refusals(doing: str) -> Iterator[None]:
    """A Problem of the service's rooms becomes a DataError that says at which option each fault is."""
    from hpa_discovery.service.problems import Problem

    try:
        yield
    except Problem as problem:
        faults = "; ".join(map(_told, problem.errors)) or problem.detail
        raise DataError(f"{printable(doing)}: {faults}") from None


@contextmanager
def known_region(store: Store, doing: str) -> Iterator[None]:
    """NoRegion becomes a DataError with the name that was probably meant."""
    from hpa_discovery.service.regions import NoRegion

    try:
        yield
    except NoRegion as error:
        raise DataError(f"{printable(doing)}: {printable(str(error))}; {_there(store, str(error))}") from None


def _told(fault: Fault) -> str:
    where = fault.pointer or ""
    return f"{_OPTIONS.get(where, where)}: {fault.message}" if where else fault.message


def _there(store: Store, error: str) -> str:
    from hpa_discovery.store import regions

    with store.read("looking for regions of a similar name") as transaction:
        names = [each.name for each in regions.page(transaction, limit=regions.MOST_PAGE)]
    meant = nearest(error.rpartition(" ")[2], names, alike=0.8)
    if not names:
        return "there are none yet, hpa region add registers one"
    return f"did you mean {meant}?" if meant else "hpa region list names those that there are"
