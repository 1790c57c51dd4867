# SPDX-License-Identifier: Apache-2.0
"""The deployment that a command acts on: its state directory and its database."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpa_discovery.cli.faults import say
from hpa_discovery.errors import StoreError

if TYPE_CHECKING:
    from hpa_discovery.store.database import Store


@dataclass(frozen=True, slots=True)
class Deployment:
    """What --state-dir and --database say; `database` is None for the file in the state directory."""

    state_dir: Path
    database: str | None

    def is_there(self) -> bool:
        """Whether somebody has begun it: looking at one that nobody has must not make it. StoreError when unknown."""
        if self.database is not None:
            return True
        if not self._has(""):
            return False
        with _store_room():
            from hpa_discovery.store.engines import FILE_NAME
        return self._has(FILE_NAME)

    @contextmanager
    def opened(self) -> Iterator[Store]:
        """The store, made when there is none. StoreError when it cannot be used."""
        with _store_room():
            from hpa_discovery.store.opening import open_store
        store = open_store(self.state_dir, Told(), self.database)
        try:
            yield store
        finally:
            store.close()

    def _has(self, name: str) -> bool:
        try:
            (self.state_dir / name).stat()
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:  # a folder above it belongs to somebody else
            raise StoreError(f"looking for a deployment in {self.state_dir}: {error.strerror}") from error
        return True


class Told:
    """An Observer that tells a person what concerns them; what becomes a diagnostic is told there."""

    def event(self, name: str, fields: dict[str, Any]) -> None:
        """Tell it on standard error."""
        if name.startswith("store."):
            say(f"warning: {name}: " + ", ".join(f"{key} {value}" for key, value in fields.items()))


def actor() -> str:
    """Who uses the command line, as audit rows name them."""
    try:
        return f"cli:{pwd.getpwuid(os.getuid()).pw_name}"
    except KeyError:
        return f"cli:{os.getuid()}"


@contextmanager
def _store_room() -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise StoreError(
            "using a state directory needs the database libraries, which are not installed: "
            "pip install 'hpa-discovery[service]'"
        ) from error
