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
from hpa_discovery.errors import DataError, StoreError
from hpa_discovery.store.state_dir import is_there

if TYPE_CHECKING:
    from hpa_discovery.store.database import Store


@dataclass(frozen=True, slots=True)
class Deployment:
    """What --state-dir and --database say; `database` is None for the file in the state directory."""

    state_dir: Path
    database: str | None

    @contextmanager
    def found(self) -> Iterator[Store | None]:
        """The store as it is, None where nobody has begun a deployment. Nothing is made, and nothing is migrated.

        StoreError when it cannot be used, as when it has the schema of another version.
        """
        if self.database is None and not is_there(self.state_dir):
            yield None  # so that whoever has no deployment needs no database libraries
            return
        with _store_room():
            from hpa_discovery.store.opening import open_existing
        store = open_existing(self.state_dir, self.database)
        try:
            yield store
        finally:
            if store is not None:
                store.close()

    @contextmanager
    def opened(self, doing: str) -> Iterator[Store]:
        """The store as it is. DataError with `doing` where nobody has begun a deployment; StoreError as in `found`."""
        with self.found() as store:
            if store is None:
                where = f"{self.state_dir}" if self.database is None else "the database that --database names"
                raise DataError(
                    f"{doing}: there is no deployment in {where}: hpa serve begins one, --state-dir or --database "
                    "names another"
                )
            yield store

    @contextmanager
    def begun(self) -> Iterator[Store]:
        """The store, made where nobody has begun a deployment. StoreError as in `found`."""
        with self.found() as store:
            if store is not None:
                yield store
                return
        with _store_room():
            from hpa_discovery.store.opening import open_store
        made = open_store(self.state_dir, Told(), self.database)
        try:
            yield made
        finally:
            made.close()


# Diagnostics tell of drivers; and whoever looks into no folder misses every pack.
_TOLD_ELSEWHERE = frozenset({"driver.fault", "driver.not_ready", "pack.missing"})


class Told:
    """An Observer that tells a person what the log of a service has as a warning or worse."""

    def event(self, name: str, fields: dict[str, Any]) -> None:
        """Tell it on standard error."""
        from hpa_discovery.service.logs import LEVELS

        if name in LEVELS and name not in _TOLD_ELSEWHERE:
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
