# SPDX-License-Identifier: Apache-2.0
"""Whether the SQLite file that the service has open is still the one that lies there.

A file that is deleted or replaced under a program lives on for that program alone:
it reads and writes as before, and whatever it writes is gone when it ends.
"""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

from hpa_discovery.errors import StoreError
from hpa_discovery.model import Observer
from hpa_discovery.service.settings import Settings
from hpa_discovery.store.engines import database_url

EVERY_SECONDS = 1.0
_ADVICE = (
    "nothing is changed any more, since it would go into a file that nobody sees; stop the service, put the file or "
    "a backup back and start the service"
)


class DatabaseFile:
    """The file as it was opened. For a database that is no file, all is always well.

    Between `start` and `end` a thread looks after it. Event `store.file_lost` {path, message} when another file or
    none lies there, `store.file_found` {path} when it is back.
    """

    def __init__(self, settings: Settings, observer: Observer, every: float = EVERY_SECONDS) -> None:
        """Right after the database was opened. UsageError for a URL that names none."""
        url = database_url(settings.database, settings.state_dir)
        self._path = Path(str(url.database)) if url.drivername == "sqlite" else None
        self._opened = _identity(self._path)
        self._observer = observer
        self._every = every
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="database-file", daemon=True)

    @property
    def fault(self) -> str:
        """What happened to the file; "" when it is there."""
        now = _identity(self._path)
        if now == self._opened:
            return ""
        return f"the database file was {'deleted' if now is None else 'replaced'} while the service had it open"

    def insist(self, doing: str) -> None:
        """StoreError when what would be written now is lost."""
        if fault := self.fault:
            raise StoreError(f"{doing}: {self._path}: {fault}; {_ADVICE}")

    def start(self) -> None:
        """Begin to look after it."""
        if self._path is not None:
            self._thread.start()

    def end(self) -> None:
        """Look no more."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        told = ""
        while not self._stop.wait(self._every):
            before, told = told, self.fault
            if told and told != before:
                self._observer.event("store.file_lost", {"path": str(self._path), "message": f"{told}; {_ADVICE}"})
            elif before and not told:
                self._observer.event("store.file_found", {"path": str(self._path)})


def _identity(path: Path | None) -> tuple[int, int] | None:
    if path is not None:
        with contextlib.suppress(OSError):
            found = path.stat()
            return found.st_dev, found.st_ino
    return None
