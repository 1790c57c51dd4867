# SPDX-License-Identifier: Apache-2.0
"""One row or more of every table, as a deployment would have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.fernet import Fernet, MultiFernet

from hpa_discovery.store import activations, allowances, audit, content, generations, removals, tokens
from hpa_discovery.store.secret_values import Secrets
from store.stored import digest

if TYPE_CHECKING:
    from hpa_discovery.store.database import Store

# For these tests alone: the dumps of released schemas hold secrets that were sealed with it.
KEY = b"dGVzdHMgb2YgdGhlIHN0b3JlLCBub3RoaW5nIG1vcmU="
PASSWORD = "correct horse"  # noqa: S105 - what the tests look for


def keys() -> Secrets:
    """Secrets with the key of the tests."""
    return Secrets(MultiFernet([Fernet(KEY)]))


def fill(store: Store) -> None:
    """Use every part of the store once."""
    with store.write("filling") as transaction:
        archive = content.put(transaction, "pack", "acme.cards", "1.0.0", b"an archive")
        parts = [
            generations.Part("pack", "acme.cards", "1.0.0", archive, "packs/acme"),
            generations.Part("driver", "acme.driver", "1.0.0", digest("driver")),
        ]
        generations.add(transaction, digest("first"), "0.1.0", parts)
        activations.activate(transaction, digest("first"), 0, "cli:test", "first")
        allowances.allow(transaction, "acme.driver", digest("driver"), "cli:test")
        removals.add(transaction, "acme.old", digest("old"), "cli:test")
        issued = tokens.create(transaction, "ci", role="viewer", by="cli:test", regions=["acme/RegionOne"])
        tokens.note_use(transaction, issued.token.id)
        tokens.create(transaction, "gone", role="admin", by="cli:test")
        tokens.revoke(transaction, "gone")
        audit.record(transaction, audit.Act("cli:test", "token.create", "ci", detail={"role": "viewer"}))
        keys().put(transaction, "test/password", PASSWORD)
