# SPDX-License-Identifier: Apache-2.0
"""`hpa serve` with a folder of packs, and a token of each role for those who ask it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cli.running import hpa
from service.daemon import Daemon, running

ROLES = ("viewer", "operator", "admin")


@dataclass(frozen=True)
class ForRoles:
    """The service, and the tokens by role."""

    daemon: Daemon
    tokens: dict[str, str]

    @property
    def url(self) -> str:
        """The beginning of every address."""
        return self.daemon.told()["address"]

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.url.rpartition(":")[2])

    def auth(self, role: str = "viewer") -> dict[str, str]:
        """The header with the token of a role."""
        return {"Authorization": f"Bearer {self.tokens[role]}"}


@contextmanager
def for_roles(folder: Path) -> Iterator[ForRoles]:
    """The service of FOLDER/packs with its state in FOLDER/state, ended with the block; it must not have failed."""
    with running(folder / "state", "--pack-path", folder / "packs") as daemon:
        yield ForRoles(daemon, {role: _token(folder / "state", role) for role in ROLES})
    assert daemon.ended() == 0


def _token(state_dir: Path, role: str) -> str:
    ran = hpa("token", "create", role, "--role", role, "--state-dir", state_dir)
    assert ran.code == 0, ran.err
    return ran.out.strip()
