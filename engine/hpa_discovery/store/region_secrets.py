# SPDX-License-Identifier: Apache-2.0
"""The credentials of a region: sealed, and never sent to another host than they were given for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, get_args

from sqlalchemy import delete, select

from hpa_discovery.connectors.origin import read_url
from hpa_discovery.errors import ConnectorError, StoreRefused
from hpa_discovery.store.tables import SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hpa_discovery.store.database import Transaction
    from hpa_discovery.store.region import Region
    from hpa_discovery.store.secret_values import Secrets

Target = Literal["cloud", "aai"]
TARGETS: tuple[Target, ...] = get_args(Target)
_URL = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.-]*://")


def keep(transaction: Transaction, secrets: Secrets, region: Region, credentials: Mapping[Target, str | None]) -> None:
    """Seal what is given; None forgets it. A value is the text its reader wants: JSON for a cloud, a password for A&AI.

    StoreRefused for a URL of the region that could not be asked, or that holds a user name, and for another target.
    """
    for target in TARGETS:
        origins(region, target)
    for target, value in credentials.items():
        if target not in TARGETS:
            raise StoreRefused(
                f"region {region.name}: a credential is for {target!r}: it must be {' or '.join(TARGETS)}"
            )
        name = _name(region, target)
        secrets.delete(transaction, name) if value is None else secrets.put(transaction, name, value)


def read(transaction: Transaction, secrets: Secrets, region: Region, target: Target) -> str | None:
    """The credential for this target; None where none is kept. StoreRefused when no key opens it."""
    return secrets.get(transaction, _name(region, target))


def kept(transaction: Transaction, region: Region) -> frozenset[Target]:
    """For which targets a credential is kept; it need not be readable."""
    names = {_name(region, target): target for target in TARGETS}
    found = transaction.execute(select(SECRET.c.name).where(SECRET.c.name.in_(names))).scalars()
    return frozenset(names[name] for name in found)


def forget(transaction: Transaction, region: Region) -> None:
    """Delete all credentials of the region."""
    for target in TARGETS:
        transaction.execute(delete(SECRET).where(SECRET.c.name == _name(region, target)))


def insist_on_secrets(
    transaction: Transaction, before: Region, after: Region, credentials: Mapping[Target, str | None]
) -> None:
    """StoreRefused when a kept secret would go to a host, port or scheme it was not given for.

    Whoever may change a region but not read its password must not have it sent to a server of their own.
    """
    for target in sorted(kept(transaction, before) - set(credentials)):
        was = origins(before, target)
        new = sorted(origins(after, target) - was)
        if new:
            raise StoreRefused(
                f"changing region {after.name}: its {target} moves to {', '.join(new)} from "
                f"{', '.join(sorted(was)) or 'nowhere'}, so give the {target} credential again"
            )


def origins(region: Region, target: Target) -> frozenset[str]:
    """Scheme, host and port of every URL in the region's coordinates, or of its A&AI."""
    urls = [region.aai.url] if target == "aai" else list(_urls(region.coordinates))
    return frozenset(_origin(region, url) for url in urls if url)


def _urls(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if _URL.match(value):
            yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _urls(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _urls(each)


def _origin(region: Region, url: str) -> str:
    try:
        return str(read_url(url)[0])
    except ConnectorError as error:
        raise StoreRefused(f"region {region.name}: {error}") from error


def _name(region: Region, target: Target) -> str:
    # Neither part holds a slash, so no two regions share a name.
    return f"region/{region.owner}/{region.region_id}/{target}"
