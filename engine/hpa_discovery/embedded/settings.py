# SPDX-License-Identifier: Apache-2.0
"""What a deployment says by environment variables, for a program whose code knows nothing of hpa-discovery.

HPA_PACKS       exactly these packs: namespaces with commas between them
HPA_PACK_PATH   packs, or folders of packs and overlays, with colons between them
HPA_STATE_DIR   where drivers are allowed; without it none is asked
HPA_DATABASE    the PostgreSQL URL of that deployment, if it has one
HPA_CONTEXT     a file with what is known beside the flavors, as --context of `hpa discover` takes it
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """How to discover; all empty means the bundled packs and those of installed wheels."""

    packs: tuple[str, ...] = ()
    pack_path: tuple[Path, ...] = ()
    state_dir: Path | None = None
    database: str | None = field(default=None, repr=False)  # it may hold a password
    context: Path | None = None


def from_environment(environment: Mapping[str, str]) -> Settings:
    """The settings in these variables; one that is empty counts as not set."""
    packs = (name.strip() for name in environment.get("HPA_PACKS", "").split(","))
    folders = environment.get("HPA_PACK_PATH", "").split(os.pathsep)
    return Settings(
        tuple(filter(None, packs)),
        tuple(Path(folder) for folder in folders if folder),
        _path(environment.get("HPA_STATE_DIR")),
        environment.get("HPA_DATABASE") or None,
        _path(environment.get("HPA_CONTEXT")),
    )


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None
