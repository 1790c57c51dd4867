# SPDX-License-Identifier: Apache-2.0
"""Secrets at rest: passwords and the like, sealed, each bound to its name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cryptography.fernet import InvalidToken
from sqlalchemy import delete, select, update

from hpa_discovery.errors import StoreRefused
from hpa_discovery.store.clock import now
from hpa_discovery.store.inserting import insert_or_replace
from hpa_discovery.store.tables import SECRET
from hpa_discovery.store.texts import checked

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

    from hpa_discovery.store.database import Transaction

MOST_NAME = 500
MOST_BYTES = 64 * 1024


class Secrets:
    """The secrets of a store, opened and sealed with these keys."""

    def __init__(self, keys: MultiFernet) -> None:
        self._keys = keys

    def put(self, transaction: Transaction, name: str, value: str) -> None:
        """Keep a value, in place of an earlier one. StoreRefused above 64 KiB."""
        if len(value.encode("utf-8", "surrogatepass")) > MOST_BYTES:
            raise StoreRefused(f"keeping the secret {name!r}: it has more than {MOST_BYTES} bytes")
        sealed = self._seal(checked("a secret's name", name, MOST_NAME), value)
        insert_or_replace(transaction, SECRET, {"name": name, "sealed": sealed, "changed_at": now()})

    def get(self, transaction: Transaction, name: str) -> str | None:
        """The value; None when there is none. StoreRefused when no key opens it."""
        sealed = transaction.execute(select(SECRET.c.sealed).where(SECRET.c.name == name)).scalar_one_or_none()
        return None if sealed is None else self._open(name, sealed)

    def delete(self, transaction: Transaction, name: str) -> bool:
        """Forget a secret; whether there was one."""
        return transaction.execute(delete(SECRET).where(SECRET.c.name == name)).rowcount == 1

    def rotate(self, transaction: Transaction) -> int:
        """Seal all secrets again with the first key; how many. StoreRefused, and nothing changes, if one does not open.

        Every host must have the new key in first place before this, since they read what is written here and
        write themselves; afterwards the old keys may go.
        """
        rows = transaction.execute(select(SECRET).order_by(SECRET.c.name).with_for_update()).all()
        for row in rows:
            sealed = self._seal(row.name, self._open(row.name, row.sealed))
            transaction.execute(update(SECRET).where(SECRET.c.name == row.name).values(sealed=sealed, changed_at=now()))
        return len(rows)

    def unreadable(self, transaction: Transaction) -> tuple[str, ...]:
        """The names of secrets that no key opens."""
        rows = transaction.execute(select(SECRET.c.name, SECRET.c.sealed).order_by(SECRET.c.name))
        return tuple(row.name for row in rows if not self._opens(row.name, row.sealed))

    def _seal(self, name: str, value: str) -> bytes:
        # With the name inside, a row whose sealed value was moved to another name is noticed.
        return self._keys.encrypt(json.dumps([name, value]).encode())

    def _open(self, name: str, sealed: bytes) -> str:
        try:
            inside, value = json.loads(self._keys.decrypt(sealed))
        except InvalidToken as error:
            raise StoreRefused(
                f"opening the secret {name!r}: no key of the key file fits; add the key that it was sealed with"
            ) from error
        if inside != name:
            raise StoreRefused(
                f"opening the secret {name!r}: it was sealed as {inside!r}, so someone moved it; set it anew"
            )
        return str(value)

    def _opens(self, name: str, sealed: bytes) -> bool:
        try:
            self._open(name, sealed)
        except StoreRefused:
            return False
        return True
