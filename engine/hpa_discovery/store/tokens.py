# SPDX-License-Identifier: Apache-2.0
"""Bearer tokens: 256 random bits for the caller, their SHA-256 for us.

A token is found by its hash through an index. What such a search takes tells
nothing about other tokens: whoever could aim it would have to invert SHA-256.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal, get_args

from sqlalchemy import RowMapping, and_, func, or_, select, update

from hpa_discovery.errors import StoreRefused
from hpa_discovery.store.clock import now, read_clock
from hpa_discovery.store.inserting import insert_once
from hpa_discovery.store.tables import TOKEN
from hpa_discovery.store.texts import checked

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hpa_discovery.store.database import Transaction

Role = Literal["viewer", "operator", "admin"]

PREFIX = "hpa_"
MOST_REGIONS = 1000
# How exact `last_used_at` is: a token in constant use costs one write in this time.
COARSE = timedelta(hours=1)
_RANDOM_BYTES = 32


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token; never the token. Times are UTC, `last_used_at` is up to an hour old.

    `regions` limits it to these regions, each "<cloud-owner>/<cloud-region-id>"; None is all.
    """

    id: int
    name: str
    role: Role
    regions: tuple[str, ...] | None
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token with its text, which nobody can learn again."""

    token: Token
    text: str = field(repr=False)


def create(
    transaction: Transaction,
    name: str,
    *,
    role: Role,
    by: str,
    lifetime: timedelta | None = None,
    regions: Sequence[str] | None = None,
) -> Issued:
    """A new token. StoreRefused for a name that exists, even revoked, so that the audit log stays clear.

    Without `lifetime` it does not expire; without `regions` it is good for all.
    """
    issued = _issue(transaction, name, role=role, by=by, lifetime=lifetime, regions=regions)
    if issued is None:
        raise StoreRefused(f"creating the token {name!r}: this name is taken; choose another")
    return issued


def create_first(transaction: Transaction, name: str, *, by: str) -> Issued | None:
    """An admin's token for a store that has none yet; None where any token exists. One host alone gets it."""
    if transaction.execute(select(func.count()).select_from(TOKEN)).scalar_one():
        return None
    return _issue(transaction, name, role="admin", by=by, lifetime=None, regions=None)


def find(transaction: Transaction, text: str) -> Token | None:
    """The token with this text, if it may be used now: not revoked, not expired."""
    usable = and_(
        TOKEN.c.hash == _hash(text),
        TOKEN.c.revoked_at.is_(None),
        or_(TOKEN.c.expires_at.is_(None), TOKEN.c.expires_at > now()),
    )
    row = transaction.execute(select(TOKEN).where(usable)).mappings().one_or_none()
    return None if row is None else _token(row)


def note_use(transaction: Transaction, token_id: int) -> bool:
    """Remember that the token was used, unless that was done in the last hour; whether it was written."""
    old = or_(TOKEN.c.last_used_at.is_(None), TOKEN.c.last_used_at < read_clock(transaction) - COARSE)
    noted = update(TOKEN).where(TOKEN.c.id == token_id, old).values(last_used_at=now())
    return transaction.execute(noted).rowcount == 1


def revoke(transaction: Transaction, name: str) -> bool:
    """End a token for good; False when there is no such token or it was revoked before."""
    ended = update(TOKEN).where(TOKEN.c.name == name, TOKEN.c.revoked_at.is_(None)).values(revoked_at=now())
    return transaction.execute(ended).rowcount == 1


def tokens(transaction: Transaction) -> tuple[Token, ...]:
    """All tokens, also those that ended, the oldest first."""
    return tuple(_token(row) for row in transaction.execute(select(TOKEN).order_by(TOKEN.c.id)).mappings())


def _issue(
    transaction: Transaction,
    name: str,
    *,
    role: Role,
    by: str,
    lifetime: timedelta | None,
    regions: Sequence[str] | None,
) -> Issued | None:
    text = PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    values: dict[str, Any] = {
        "name": checked("a token's name", name),
        "hash": _hash(text),
        "role": _checked_role(role),
        "regions": None if regions is None else _checked_regions(regions),
        "created_by": checked("who creates a token", by),
        "expires_at": None if lifetime is None else read_clock(transaction) + lifetime,
    }
    if not insert_once(transaction, TOKEN, values):
        return None
    row = transaction.execute(select(TOKEN).where(TOKEN.c.hash == values["hash"])).mappings().one()
    return Issued(_token(row), text)


def _hash(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogatepass")).digest()


def _checked_role(role: str) -> str:
    if role in get_args(Role):
        return role
    raise StoreRefused(f"a token's role is {role!r}: it must be one of {', '.join(get_args(Role))}")


def _checked_regions(regions: Sequence[str]) -> list[str]:
    if not 0 < len(regions) <= MOST_REGIONS:
        raise StoreRefused(f"a token names {len(regions)} regions: it must be 1 to {MOST_REGIONS}, or none at all")
    return [checked("a token's region", region) for region in regions]


def _token(row: RowMapping) -> Token:
    known = {name: row[name] for name in Token.__dataclass_fields__}
    return Token(**known | {"regions": None if row["regions"] is None else tuple(row["regions"])})
