# SPDX-License-Identifier: Apache-2.0
"""A site with two vendors."""

from __future__ import annotations

from pathlib import Path

import pytest

from packs.live.sites import World, world
from packs.live.two_vendors import acme, beta


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A watched folder with two packs."""
    beta(tmp_path / "packs").write()
    acme(tmp_path / "packs").write()
    return tmp_path / "packs"


@pytest.fixture
def site(tmp_path: Path, root: Path) -> World:
    """What keepers work with."""
    return world(tmp_path, root)
