# SPDX-License-Identifier: Apache-2.0
"""What an operator says when a service is started."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """Where a service keeps its state, and where its packs come from.

    `database` is a URL, None for a file in the state directory. `pack_path` are
    watched folders, `sites` the site folders whose wheels are looked at, and
    `enabled` optional bundled packs that serve as well.
    """

    state_dir: Path
    database: str | None = None
    pack_path: tuple[Path, ...] = ()
    sites: tuple[Path, ...] = ()
    enabled: frozenset[str] = frozenset()
    require_isolation: bool = False
