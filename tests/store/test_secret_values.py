# SPDX-License-Identifier: Apache-2.0
"""Secrets at rest: sealed, bound to their names, and carried over to a new key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.fernet import Fernet, MultiFernet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from hpa_discovery.errors import StoreError
from hpa_discovery.store.secret_values import MOST_BYTES, Secrets

if TYPE_CHECKING:
    from hpa_discovery.store.database import Store

OLD, NEW = Fernet.generate_key(), Fernet.generate_key()
NAME = "region owner/RegionOne: password"


def secrets_of(*keys: bytes) -> Secrets:
    """Secrets with these keys; the first seals."""
    return Secrets(MultiFernet([Fernet(key) for key in keys]))


def put(store: Store, keys: Secrets, **values: str) -> None:
    """Keep secrets."""
    with store.write("keeping") as transaction:
        for name, value in values.items():
            keys.put(transaction, name, value)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=200))
def test_what_goes_in_comes_out(store: Store, value: str) -> None:
    """Any text at all, in place of the one before."""
    keys = secrets_of(OLD)
    with store.write("keeping") as transaction:
        keys.put(transaction, NAME, value)
        assert keys.get(transaction, NAME) == value


def test_nothing_readable_is_kept(store: Store) -> None:
    """The row holds neither the value nor anything that is equal for equal values."""
    put(store, secrets_of(OLD), one="correct horse", two="correct horse")
    with store.read("looking") as transaction:
        rows = [bytes(row.sealed) for row in transaction.execute(text("SELECT sealed FROM secret"))]
    assert len(set(rows)) == 2
    assert not any(b"correct horse" in row for row in rows)


def test_a_secret_is_forgotten(store: Store) -> None:
    """Then there is none, as for a name that never had one."""
    keys = secrets_of(OLD)
    put(store, keys, one="1")
    with store.write("forgetting") as transaction:
        assert keys.delete(transaction, "one") is True
        assert keys.delete(transaction, "one") is False
        assert keys.get(transaction, "one") is None
        assert keys.get(transaction, "never") is None


def test_the_wrong_key_opens_nothing(store: Store) -> None:
    """The error names the secret and what helps, and says nothing of its value."""
    put(store, secrets_of(OLD), one="correct horse")
    with store.read("reading") as transaction:
        with pytest.raises(StoreError, match=r"the secret 'one': no key of the key file fits; add the key") as caught:
            secrets_of(NEW).get(transaction, "one")
        assert "horse" not in str(caught.value)
        assert secrets_of(NEW).unreadable(transaction) == ("one",)
        assert secrets_of(NEW, OLD).unreadable(transaction) == ()


def test_any_key_opens_and_the_first_seals(store: Store) -> None:
    """With the new key in first place old secrets are still read, and new ones need the new key alone."""
    put(store, secrets_of(OLD), old="1")
    both = secrets_of(NEW, OLD)
    put(store, both, new="2")
    with store.read("reading") as transaction:
        assert (both.get(transaction, "old"), both.get(transaction, "new")) == ("1", "2")
        assert secrets_of(NEW).get(transaction, "new") == "2"
        assert secrets_of(NEW).unreadable(transaction) == ("old",)


def test_rotation_makes_the_old_key_needless(store: Store) -> None:
    """Every secret is sealed with the first key then."""
    put(store, secrets_of(OLD), **{f"s{number}": str(number) for number in range(10)})
    with store.write("rotating") as transaction:
        assert secrets_of(NEW, OLD).rotate(transaction) == 10
    with store.read("reading") as transaction:
        assert [secrets_of(NEW).get(transaction, f"s{number}") for number in range(10)] == list("0123456789")
        assert len(secrets_of(OLD).unreadable(transaction)) == 10


def test_rotation_is_all_or_nothing(store: Store) -> None:
    """When one secret does not open, all keep the key they had."""
    put(store, secrets_of(OLD), a="1", c="3")
    put(store, secrets_of(Fernet.generate_key()), b="2")
    with pytest.raises(StoreError, match="opening the secret 'b'"), store.write("rotating") as transaction:
        secrets_of(NEW, OLD).rotate(transaction)
    with store.read("reading") as transaction:
        assert secrets_of(OLD).unreadable(transaction) == ("b",)


def test_a_moved_secret_is_noticed(store: Store) -> None:
    """Whoever can write rows cannot have one region's password sent to another."""
    keys = secrets_of(OLD)
    put(store, keys, mine="1", theirs="2")
    with store.write("moving") as transaction:
        transaction.execute(
            text("UPDATE secret SET sealed = (SELECT sealed FROM secret WHERE name = 'theirs') WHERE name = 'mine'")
        )
    with store.read("reading") as transaction:
        with pytest.raises(StoreError, match="'mine': it was sealed as 'theirs', so someone moved it"):
            keys.get(transaction, "mine")
        assert keys.unreadable(transaction) == ("mine",)


def test_limits_are_told(store: Store) -> None:
    """64 KiB of value and 500 characters of name, no more."""
    keys = secrets_of(OLD)
    with store.write("keeping") as transaction:
        keys.put(transaction, "x" * 500, "y" * MOST_BYTES)
        with pytest.raises(StoreError, match="'large': it has more than 65536 bytes"):
            keys.put(transaction, "large", "y" * (MOST_BYTES + 1))
        for name in ("", "x" * 501, "two\nlines"):
            with pytest.raises(StoreError, match="a secret's name is"):
                keys.put(transaction, name, "")
