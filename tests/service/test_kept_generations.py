# SPDX-License-Identifier: Apache-2.0
"""A vendor who changes a large driver all day fills no disk, and what can be rolled back to stays."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

import pytest

from hpa_discovery.errors import StoreError
from hpa_discovery.model import Active, Part
from hpa_discovery.packs.live.shelf import Recipe
from hpa_discovery.service.shelf import StoreShelf
from hpa_discovery.store.database import Store
from hpa_discovery.store.opening import open_store
from hpa_discovery.store.quota import Quota
from packs.live.sites import Events

KIB = 1024
LARGE = 400 * KIB
SMALL = b"small"


class Deployed:
    """A store of which at most `most` is used, and one small pack beside a large one that changes."""

    def __init__(self, folder: Path, most: Quota) -> None:
        self.events = Events()
        self.store: Store = open_store(folder, self.events)
        self.shelf = StoreShelf(self.store, "test", self.events, most)

    def offer(self, large: bytes) -> str:
        """Let a version of the large pack serve beside the small one; the generation's digest."""
        archives = {sha256(each).hexdigest(): each for each in (SMALL, large)}
        parts = [Part("pack", f"acme.{len(each)}", "1.0.0", digest) for digest, each in archives.items()]
        recipe = Recipe("1", tuple(parts))
        offered = self.shelf.offer(recipe, lambda part: archives[part.digest], self.shelf.active().sequence, "")
        assert isinstance(offered, Active)
        return recipe.digest


def test_a_large_pack_changes_all_day(tmp_path: Path) -> None:
    """The database stays within the bound, what was deleted is told, and what serves and served before are whole."""
    deployed = Deployed(tmp_path, Quota(bytes=4 * LARGE))
    served = [deployed.offer(os.urandom(LARGE)) for _ in range(20)]
    for digest in served[-2:]:
        for part in deployed.shelf.recipe(digest).parts:
            assert deployed.shelf.content(part.digest)
    with pytest.raises(StoreError, match="the store has none with this digest"):
        deployed.shelf.recipe(served[0])
    told = deployed.events.named("store.trimmed")
    assert [fields["bytes"] for fields in told] == [LARGE] * (20 - 3)
    assert {name for name, _ in deployed.events} == {"store.trimmed"}
    deployed.store.close()
    assert (tmp_path / "hpa.db").stat().st_size < 6 * LARGE


def test_an_old_version_comes_back(tmp_path: Path) -> None:
    """What is offered is stored whole, also when it is what would go for it."""
    deployed = Deployed(tmp_path, Quota(generations=3))
    versions = [os.urandom(KIB) for _ in range(3)]
    served = [deployed.offer(version) for version in versions]
    assert deployed.offer(versions[0]) == served[0]
    for part in deployed.shelf.recipe(served[0]).parts:
        assert deployed.shelf.content(part.digest)
    deployed.store.close()


def test_what_serves_is_too_much(tmp_path: Path) -> None:
    """New content is taken up all the same, and it is told how much too much that is."""
    deployed = Deployed(tmp_path, Quota(bytes=LARGE))
    for _ in range(3):
        digest = deployed.offer(os.urandom(LARGE))
    assert deployed.shelf.active().generation == digest
    told = deployed.events.named("store.over_quota")
    assert told[-1] == {"generations": 0, "contents": 0, "bytes": 0, "missing_bytes": 2 * LARGE + len(SMALL)}
    deployed.store.close()
