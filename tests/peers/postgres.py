# SPDX-License-Identifier: Apache-2.0
"""A private PostgreSQL for as long as the tests need it: Debian's programs, a new cluster, a Unix socket.

    with Postgres() as server:
        url = server.create_database()

It ends with the `with` block, and also when this process is killed: a shell
beside it waits for the end of a pipe that we hold.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path
from typing import Any, Self

import psycopg

from peers.cached_venv import PeerError, run

START_SECONDS = 60
# PostgreSQL refuses to run as root.
_SERVANTS = ("postgres", "nobody")
# A test database may be lost when the machine stops; waiting for the disk would only cost time.
_SETTINGS = ("listen_addresses=", "fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=100")
_GUARD = 'folder=$1; shift; "$@" & server=$!; read -r _; kill -QUIT $server; wait $server; rm -rf "$folder"'


def programs() -> Path | None:
    """The folder of initdb and postgres, the newest there is; None where PostgreSQL is not installed."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    on_path = shutil.which("initdb")
    found = [Path(on_path).resolve().parent] if on_path else []
    return next((folder for folder in [*reversed(versions), *found] if (folder / "postgres").exists()), None)


class Postgres:
    """One server with one folder, which holds its data and its socket."""

    def __init__(self) -> None:
        self._folder = Path()
        self._guard: subprocess.Popen[bytes] | None = None
        self._numbers = count(1)

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def create_database(self) -> str:
        """A new, empty database; its URL."""
        name = f"test_{next(self._numbers)}"
        with self.connect() as admin:
            admin.execute(f"CREATE DATABASE {name}".encode())
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Drop what `create_database` made, with all connections to it."""
        name = url.split("?", 1)[0].rsplit("/", 1)[1]
        with self.connect() as admin:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    def url(self, name: str) -> str:
        """The URL of a database of this server."""
        return f"postgresql://hpa@/{name}?host={self._folder}"

    def connect(self, name: str = "postgres") -> psycopg.Connection[tuple[Any, ...]]:
        """A connection of our own, in autocommit."""
        return psycopg.connect(host=str(self._folder), user="hpa", dbname=name, autocommit=True)

    def stop(self) -> None:
        """End the server at once and remove its folder."""
        if self._guard is not None:
            self._guard.communicate()  # closes its stdin
            self._guard = None
        if self._folder != Path():
            shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self) -> None:
        found = programs()
        if found is None:
            raise PeerError("no initdb on the PATH or below /usr/lib/postgresql; install Debian's postgresql")
        # The path of a socket has 107 characters at most, too few for pytest's folders.
        self._folder = Path(tempfile.mkdtemp(prefix="hpa-pg-"))
        servant = _servant()
        if "user" in servant:
            os.chown(self._folder, servant["user"], servant["group"])
        options: dict[str, Any] = {"cwd": self._folder, "env": {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}, **servant}
        data = str(self._folder / "data")
        run([str(found / "initdb"), "-D", data, "-U", "hpa", "-A", "trust", "-N", "-E", "UTF8"], "initdb", **options)
        command = [str(found / "postgres"), "-D", data, "-k", str(self._folder)]
        command += [part for setting in _SETTINGS for part in ("-c", setting)]
        with self._log.open("wb") as log:
            self._guard = subprocess.Popen(
                ["/bin/sh", "-c", _GUARD, "guard", str(self._folder), *command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C at the tests is no reason to end before them
                **options,
            )
        self._wait()

    @property
    def _log(self) -> Path:
        return self._folder / "log"

    def _wait(self) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            try:
                self.connect().close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        raise PeerError(f"PostgreSQL did not start:\n{self._log.read_text()[-3000:]}")


def _servant() -> dict[str, Any]:
    """Whom the server runs as, in Popen's words: nobody else unless we are root."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    found = next((names[name] for name in _SERVANTS if name in names), None)
    if found is None:
        raise PeerError(f"root cannot run PostgreSQL, and there is no user {' or '.join(_SERVANTS)}")
    return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
