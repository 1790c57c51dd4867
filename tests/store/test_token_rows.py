# SPDX-License-Identifier: Apache-2.0
"""Tokens: only their hash is kept, and they are good for what, where and as long as they were made for."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from hpa_discovery.errors import StoreError
from hpa_discovery.store import tokens
from hpa_discovery.store.clock import read_clock
from store.stored import age

if TYPE_CHECKING:
    from hpa_discovery.store.database import Store
    from hpa_discovery.store.tokens import Issued, Token


def created(store: Store, name: str = "ci", **options: Any) -> Issued:
    """A new token, an operator's unless said otherwise."""
    with store.write("creating") as transaction:
        return tokens.create(transaction, name, **{"role": "operator", "by": "cli:root", **options})


def found(store: Store, given: str) -> Token | None:
    """What the store says of a token's text."""
    with store.read("looking") as transaction:
        return tokens.find(transaction, given)


def test_a_token_is_found_by_its_text(store: Store) -> None:
    """And by nothing that is nearly its text."""
    issued = created(store)
    assert found(store, issued.text) == issued.token
    assert (issued.token.name, issued.token.role, issued.token.created_by) == ("ci", "operator", "cli:root")
    for wrong in ["", issued.text[:-1], issued.text + "x", issued.text.swapcase(), "hpa_", "\ud800", "é" * 10_000]:
        assert found(store, wrong) is None, wrong


def test_a_token_is_256_random_bits(store: Store) -> None:
    """43 characters of URL-safe Base64 after the prefix, no two alike."""
    texts = {created(store, f"t{number}").text for number in range(20)}
    assert len(texts) == 20
    assert all(re.fullmatch(r"hpa_[A-Za-z0-9_-]{43}", each) for each in texts)


def test_only_the_hash_is_kept(store: Store) -> None:
    """No row holds the text; the row holds its SHA-256. It does not show when printed either."""
    issued = created(store)
    with store.read("looking") as transaction:
        [row] = transaction.execute(text("SELECT * FROM token")).all()
    assert bytes(row.hash) == sha256(issued.text.encode()).digest()
    assert issued.text not in str(row)
    assert issued.text not in repr(issued)


def test_a_token_expires(store: Store) -> None:
    """By the database's clock; one without a lifetime does not."""
    short = created(store, "short", lifetime=timedelta(hours=1))
    for_ever = created(store, "for ever")
    assert short.token.expires_at is not None
    assert abs(short.token.expires_at - short.token.created_at - timedelta(hours=1)) < timedelta(seconds=5)
    assert for_ever.token.expires_at is None
    assert found(store, short.text) == short.token
    age(store, "token", "expires_at", timedelta(hours=1, seconds=1))
    assert found(store, short.text) is None
    assert found(store, for_ever.text) is not None


def test_a_revoked_token_ends(store: Store) -> None:
    """At once and for good; the row stays, and so does its name."""
    issued = created(store)
    other = created(store, "other")
    with store.write("revoking") as transaction:
        assert tokens.revoke(transaction, "ci") is True
        assert tokens.revoke(transaction, "ci") is False
        assert tokens.revoke(transaction, "nobody") is False
    assert found(store, issued.text) is None
    assert found(store, other.text) is not None
    with store.read("listing") as transaction:
        listed = {each.name: each.revoked_at for each in tokens.tokens(transaction)}
        assert listed["other"] is None
        assert listed["ci"] is not None
        assert listed["ci"] <= read_clock(transaction)
    with pytest.raises(StoreError, match="creating the token 'ci': this name is taken"):
        created(store)


def test_tokens_are_listed_oldest_first(store: Store) -> None:
    """All of them, with role and regions."""
    created(store, "b", role="admin")
    created(store, "a", role="viewer", regions=["owner/RegionOne"])
    with store.read("listing") as transaction:
        listed = [(each.name, each.role, each.regions) for each in tokens.tokens(transaction)]
    assert listed == [("b", "admin", None), ("a", "viewer", ("owner/RegionOne",))]


@pytest.mark.parametrize("regions", [None, ["owner/one"], ["o/ünï", "o/two", "o/" + "x" * 198]])
def test_regions_come_back(store: Store, regions: list[str] | None) -> None:
    """None is all regions, and stays different from a list."""
    token = found(store, created(store, regions=regions).text)
    assert token is not None
    assert token.regions == (None if regions is None else tuple(regions))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"role": "root"}, "role is 'root': it must be one of viewer, operator, admin"),
        ({"regions": []}, "names 0 regions"),
        ({"regions": ["a/b"] * 1001}, "names 1001 regions"),
        ({"regions": [""]}, "a token's region is ''"),
        ({"name": ""}, "a token's name is ''"),
        ({"name": "x" * 201}, r"a token's name is 'x+\.\.\.'"),
        ({"name": "\ud800"}, "a token's name"),
        ({"by": "two\nlines"}, "who creates a token"),
    ],
)
def test_bad_wishes_are_refused(store: Store, options: dict[str, Any], says: str) -> None:
    """The message names what is wrong, and no token is made."""
    with pytest.raises(StoreError, match=says):
        created(store, **options)
    with store.read("listing") as transaction:
        assert tokens.tokens(transaction) == ()


def test_use_is_noted_once_an_hour(store: Store) -> None:
    """So that a token in constant use does not cost a write for each request."""
    issued = created(store)
    assert issued.token.last_used_at is None
    with store.write("noting") as transaction:
        assert tokens.note_use(transaction, issued.token.id) is True
        assert tokens.note_use(transaction, issued.token.id) is False
    first = found(store, issued.text)
    assert first is not None
    assert first.last_used_at is not None
    age(store, "token", "last_used_at", timedelta(minutes=61))
    with store.write("noting") as transaction:
        assert tokens.note_use(transaction, issued.token.id) is True
        assert tokens.note_use(transaction, issued.token.id + 1) is False


def test_the_first_token_is_made_once(store: Store) -> None:
    """Of eight hosts that start together one gets the first admin's token; a store with tokens gives none."""

    def start(_: int) -> Issued | None:
        with store.write("starting") as transaction:
            return tokens.create_first(transaction, "first admin", by="start")

    with ThreadPoolExecutor(8) as hosts:
        [issued] = [each for each in hosts.map(start, range(8)) if each is not None]
    assert (issued.token.role, issued.token.regions, issued.token.expires_at) == ("admin", None, None)
    assert found(store, issued.text) == issued.token
    with store.write("starting again") as transaction:
        assert tokens.create_first(transaction, "second admin", by="start") is None
        tokens.revoke(transaction, "first admin")
        assert tokens.create_first(transaction, "second admin", by="start") is None
