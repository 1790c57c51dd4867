# SPDX-License-Identifier: Apache-2.0
"""What lives as long as the service: its store, packs, watcher and drivers, started in order and ended in reverse."""

from __future__ import annotations

import os
import socket
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path

from hpa_discovery.connectors.client import HttpClient
from hpa_discovery.connectors.egress import Egress
from hpa_discovery.discovery.generation import Compiler
from hpa_discovery.drivers.deployed import copies
from hpa_discovery.drivers.fleet import Fleet
from hpa_discovery.errors import UsageError
from hpa_discovery.model import Observer, Part
from hpa_discovery.packs.contracts import load_contracts
from hpa_discovery.packs.files import find_packs
from hpa_discovery.packs.live.checker import CheckerProcess
from hpa_discovery.packs.live.equipment import Surroundings, Tools
from hpa_discovery.packs.live.keeper import Keeper
from hpa_discovery.packs.live.roots import FixedRoot, FolderRoot, Root, wheel_root
from hpa_discovery.packs.live.spool import Spool
from hpa_discovery.packs.live.state import Live
from hpa_discovery.packs.live.watching import Watcher
from hpa_discovery.packs.versions import engine_version
from hpa_discovery.resources import bundled
from hpa_discovery.service.database_file import DatabaseFile
from hpa_discovery.service.housekeeping import Housekeeping
from hpa_discovery.service.limits import STORE_THREADS
from hpa_discovery.service.pinning import pin
from hpa_discovery.service.removing import remove
from hpa_discovery.service.settings import Settings
from hpa_discovery.service.shelf import StoreShelf
from hpa_discovery.store.allowances import AllowedDrivers
from hpa_discovery.store.keys import load_keys
from hpa_discovery.store.opening import open_store
from hpa_discovery.store.secret_values import Secrets
from hpa_discovery.work.workplace import Workplace

SERVICE = "service"  # who activates what was found in a root, in the audit


class Runtime:
    """A running deployment on this host. `start` before anything else; `end` once."""

    def __init__(self, settings: Settings, observer: Observer, actor: str = SERVICE) -> None:
        """Open the store. StoreError when it cannot be used. `actor` is who activates generations, for the audit.

        UsageError for a folder of packs that is a file, before anything is opened.
        """
        self._ending = ExitStack()
        self.settings = settings
        self.observer = observer
        self.roots = _roots(settings)
        self.store = open_store(settings.state_dir, observer, settings.database, STORE_THREADS.all)
        self._ending.callback(self.store.close)
        self.database_file = DatabaseFile(settings, observer)
        self._engine = engine_version() or "unreleased"
        self.shelf = StoreShelf(self.store, actor, observer, insist=self.database_file.insist, engine=self._engine)
        self.leaving = False  # told to stop, and still answering
        self.listeners: tuple[tuple[str, int], ...] = ()  # of this service, which it never asks itself
        self.fleet = Fleet(
            copies(settings.state_dir),
            AllowedDrivers(self.store, observer),
            observer,
            require_isolation=settings.require_isolation,
        )
        self._ending.callback(self.fleet.keep, ())
        self._check = CheckerProcess()
        self.keeper = self._keeper()
        self.watcher = Watcher(self.keeper, self.roots, observer)
        self._housekeeping = Housekeeping(self.store, self.fleet.forget, observer, kept=settings.retention)

    @property
    def live(self) -> Live:
        """What serves now; take it once for each answer."""
        return self.keeper.live

    @cached_property
    def secrets(self) -> Secrets:
        """Seals and opens credentials. StoreError when the key cannot be used; SQLite's is made when missing."""
        folder, file = self.settings.state_dir, self.settings.secret_key_file
        return Secrets(load_keys(self.store, folder, file, self.observer, make=True))

    @cached_property
    def egress(self) -> Egress:
        """Where this service may ask; never itself."""
        return Egress(self.settings.egress, self.listeners)

    @cached_property
    def workplace(self) -> Workplace:
        """What works for regions. It asks other systems within the rules of egress. StoreError as `secrets`."""
        http = HttpClient(self.egress, observer=self.observer)
        self._ending.callback(http.close)
        name = f"{socket.gethostname()}:{os.getpid()}"
        return Workplace(self.store, self.secrets, lambda: self.live, http, self.observer, name)

    @property
    def problems(self) -> dict[str, str]:
        """What keeps new content from being taken up, and why: folders, the disk, the store."""
        return {**self.keeper.problems(), **self.watcher.problems}

    def start(self) -> None:
        """Serve what was accepted before and what the roots hold, then watch them. StoreError, OSError."""
        self._check.start()
        self._ending.callback(self._check.end)
        self.keeper.start()
        self._ending.callback(self.database_file.end)
        self.database_file.start()
        self._ending.callback(self._housekeeping.end)
        self._housekeeping.start()
        self._ending.callback(self.watcher.end)
        self._ending.callback(self._check.end)  # first of all: the watcher waits for a check that is under way
        self.watcher.start()

    def leave(self) -> None:
        """Be ready for nobody any more; what is asked is still answered until `end`."""
        self.leaving = True

    def end(self) -> None:
        """End the watcher, the drivers and the store. What is asked afterwards fails."""
        self._ending.close()

    def activate(self, digest: str, by: str, reason: str, request_id: str | None = None) -> Live:
        """Let an earlier generation serve until it is unpinned: a rollback. As pinning.pin."""
        return pin(self.keeper, self.shelf, digest, by, reason, request_id)

    def unpin(self, by: str, reason: str, request_id: str | None = None) -> Live:
        """Let what the roots hold serve again. DataError when none is pinned; StoreError."""
        self.shelf.unpin(by, reason, request_id)
        self.keeper.step(reason or "unpinned")
        return self.live

    def remove(self, name: str, by: str, request_id: str | None = None) -> tuple[Part, ...]:
        """Let a pack or overlay go, and not come back before its content changes; what went. As removing.remove."""
        return remove(self.keeper, name, by, request_id)

    def _keeper(self) -> Keeper:
        rules = bundled("rules")
        surroundings = Surroundings(
            self.roots, FixedRoot(rules, find_packs(rules)), self._engine, self.settings.enabled
        )
        tools = Tools(
            self.shelf,
            Spool(self.settings.state_dir / "packs"),
            self._check,
            Compiler(load_contracts(), ask=self.fleet.ask),
            self.fleet,
            self.observer,
        )
        return Keeper(surroundings, tools)


def _roots(settings: Settings) -> list[Root]:
    roots: list[Root] = [_folder(path) for path in settings.pack_path]
    roots += [wheel_root(site) for site in settings.sites if site.is_dir()]
    return roots


def _folder(path: Path) -> FolderRoot:
    if path.exists() and not path.is_dir():
        raise UsageError(f"cannot watch {path}: it is not a folder")
    return FolderRoot(path.absolute())
