# SPDX-License-Identifier: Apache-2.0
"""Generations as rows: parts in order, and nothing that refers to missing content."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hpa_discovery.errors import StoreError
from hpa_discovery.model import Part
from hpa_discovery.store import content, generations
from store.stored import digest, generation

if TYPE_CHECKING:
    from hpa_discovery.store.database import Store


def test_parts_keep_their_order(store: Store) -> None:
    """A generation of packs, an overlay and a driver comes back as it was stored."""
    with store.write("storing") as transaction:
        packs = [content.put(transaction, "pack", name, "1.0.0", name.encode()) for name in ("z.last", "a.first")]
        overlay = content.put(transaction, "overlay", "site/main", "", b"overlay")
        parts = (
            Part("pack", "z.last", "1.0.0", packs[0], "/etc/hpa/packs/z.last"),
            Part("pack", "a.first", "1.0.0", packs[1]),
            Part("overlay", "site/main", "", overlay),
            Part("driver", "acme.cards/nic", "", digest("folder of a driver")),
        )
        assert generations.add(transaction, digest("g"), "0.1.0", parts) is True
    with store.read("reading") as transaction:
        found = generations.find(transaction, digest("g"))
    assert found is not None
    assert (found.digest, found.engine, found.parts) == (digest("g"), "0.1.0", parts)


def test_a_generation_is_stored_once(store: Store) -> None:
    """The second time says so, and what is there stays."""
    with store.write("storing") as transaction:
        generation(transaction, "one")
        assert generations.add(transaction, digest("one"), "9.9.9", []) is False
        found = generations.find(transaction, digest("one"))
    assert found is not None
    assert (found.engine, len(found.parts)) == ("0.1.0", 1)


def test_a_generation_without_parts_is_one(store: Store) -> None:
    """No pack at all is a generation too."""
    with store.write("storing") as transaction:
        generations.add(transaction, digest("empty"), "0.1.0", [])
        found = generations.find(transaction, digest("empty"))
    assert found is not None
    assert found.parts == ()


def test_missing_content_is_refused_by_name(store: Store) -> None:
    """The error names the part, and nothing of the generation is kept."""
    missing = Part("pack", "acme.cards", "1.0.0", digest("nobody put this"))
    with pytest.raises(StoreError, match=rf"pack acme.cards has no content {missing.digest}; put it first"):  # noqa: SIM117 - the outer one is the expectation
        with store.write("storing") as transaction:
            generations.add(transaction, digest("g"), "0.1.0", [missing])
    with store.read("reading") as transaction:
        assert generations.find(transaction, digest("g")) is None


def test_the_beginning_of_a_digest(store: Store) -> None:
    """It finds the one that begins so, or two where more do; what looks like a pattern, or is upper case, is none."""
    digests = ["ab" * 32, "abab" + "0" * 60, "abab" + "1" * 60, "cd" * 32]
    with store.write("storing") as transaction:
        for each in digests:
            generations.add(transaction, each, "0.1.0", [])
    with store.read("reading") as transaction:
        wanted = {"cdcd": ("cd" * 32,), "abab1": (digests[2],), "abab": tuple(sorted(digests[:3])[:2])}
        wanted |= dict.fromkeys(["ef", "%", "____", "CDCD", "cd" * 33], ())
        assert {prefix: generations.starting_with(transaction, prefix) for prefix in wanted} == wanted


def test_any_path_is_an_origin(store: Store) -> None:
    """One that no database takes as it is does not stand in the way."""
    with store.write("storing") as transaction:
        parts = [Part("driver", "acme/nic", "", digest("folder"), "/packs/\udcff" + "x" * 5000)]
        generations.add(transaction, digest("g"), "0.1.0", parts)
        found = generations.find(transaction, digest("g"))
    assert found is not None
    [part] = found.parts
    assert part.origin == "/packs/?" + "x" * (generations.MOST_ORIGIN - 11) + "..."


@pytest.mark.parametrize("bad", ["", "abc", "A" * 64, "0" * 65, "é" * 64])
def test_a_bad_digest_is_refused(store: Store, bad: str) -> None:
    """Only SHA-256 in lower-case hexadecimal is a digest."""
    with store.write("storing") as transaction, pytest.raises(StoreError, match="is no digest"):
        generations.add(transaction, bad, "0.1.0", [])
