# SPDX-License-Identifier: Apache-2.0
"""Packs that were removed by command stay away until they change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hpa_discovery.errors import StoreError
from hpa_discovery.store import removals
from store.stored import digest

if TYPE_CHECKING:
    from hpa_discovery.store.database import Store


def test_what_was_removed_is_known(store: Store) -> None:
    """Each version of a pack by its digest; the same one counts once."""
    with store.write("removing") as transaction:
        assert removals.add(transaction, "acme.cards", digest("1"), "cli:root") is True
        assert removals.add(transaction, "acme.cards", digest("1"), "ci") is False
        removals.add(transaction, "acme.cards", digest("2"), "cli:root")
        removals.add(transaction, "other", digest("1"), "cli:root")
    with store.read("reading") as transaction:
        assert removals.removed(transaction) == {
            ("acme.cards", digest("1")),
            ("acme.cards", digest("2")),
            ("other", digest("1")),
        }


@pytest.mark.parametrize(("name", "word"), [("", digest("1")), ("acme.cards", "latest"), ("two\nlines", digest("1"))])
def test_bad_words_are_refused(store: Store, name: str, word: str) -> None:
    """A name or a digest that cannot be one is no row."""
    with store.write("removing") as transaction, pytest.raises(StoreError):
        removals.add(transaction, name, word, "cli:root")
