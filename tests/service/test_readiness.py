# SPDX-License-Identifier: Apache-2.0
"""When requests can be sent to a service: what it can do without, for how long, and what it cannot."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from hpa_discovery.errors import StoreError
from hpa_discovery.service import readiness
from hpa_discovery.service.database_file import DatabaseFile
from hpa_discovery.service.readiness import Readiness, Standing
from hpa_discovery.service.settings import Settings
from packs.live.sites import Events
from service.asking import FLAVOR, asking, told
from service.daemon import QUESTION, running
from service.runtimes import Deployment, until
from store.failing_store import FailingStore

if TYPE_CHECKING:
    from peers.postgres import Postgres

AWAY = "the database cannot be read"
SILENT = "the database does not answer"


@dataclass
class Looked:
    """What Readiness looks at, each of which can be missing."""

    serving: bool = True
    fault: str = ""
    broken: bool = False
    leaving: bool = False
    answers: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.keeper = self.store = self.database_file = self
        self.answers.set()

    @contextmanager
    def read(self, doing: str) -> Iterator[Any]:
        """A transaction in which anything is answered."""
        self.answers.wait(120)
        if self.broken:
            raise StoreError(f"{doing}: no")
        yield self

    def execute(self, _: object) -> Looked:
        """As a transaction."""
        return self

    def mappings(self) -> Looked:
        """As a result."""
        return self

    def one(self) -> dict[str, Any]:
        """As a row."""
        return {"sequence": 1, "generation": None, "pinned": False, "changed_at": None}


def standing(looked: Any, *, knows: bool = True) -> Standing:
    """What is told of it at the first look."""
    return asyncio.run(Readiness(looked, lambda: knows).standing())


@pytest.mark.parametrize(
    ("looked", "knows", "expected"),
    [
        (Looked(), False, Standing()),
        (Looked(serving=False), True, Standing(("generation",), ("no generation serves",))),
        (Looked(broken=True), True, Standing(("store",), ())),
        (Looked(broken=True), False, Standing(("store",), (AWAY,))),
        (Looked(serving=False, broken=True), False, Standing(("generation", "store"), ("no generation serves", AWAY))),
        (Looked(fault="it is gone"), True, Standing(("store",), ("it is gone",))),
        (Looked(fault="it is gone", broken=True), True, Standing(("store",), ("it is gone",))),
        (Looked(leaving=True), True, Standing(reasons=("the service is being stopped",))),
    ],
)
def test_what_is_missing(looked: Looked, knows: bool, expected: Standing) -> None:
    """All that is missing is named; the database alone is no reason while somebody can be answered without it."""
    assert standing(looked, knows=knows) == expected


def test_a_database_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits longer for it than whoever balances does, and the threads do not grow in number."""
    monkeypatch.setattr(readiness, "PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr(readiness, "_REMEMBERED_SECONDS", 0.0)
    looked: Any = Looked()
    looked.answers.clear()

    async def look() -> list[Standing]:
        ready = Readiness(looked, lambda: False)
        silent = [await ready.standing() for _ in range(3)]
        looked.answers.set()
        while (await ready.standing()).missing:
            await asyncio.sleep(0.01)
        return silent

    before = threading.active_count()
    assert asyncio.run(look()) == [Standing(("store",), (SILENT,))] * 3
    assert threading.active_count() <= before + 1


def test_somebody_asks_in_each_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits for a look is told what it found, though another look began before they heard of it."""
    monkeypatch.setattr(readiness, "_REMEMBERED_SECONDS", 0.0)
    looked: Any = Looked()

    async def ask() -> list[Standing]:
        ready = Readiness(looked, lambda: False)
        asked = []
        for _ in range(500):
            asked.append(asyncio.create_task(ready.standing()))
            await asyncio.sleep(0)
        return await asyncio.gather(*asked)

    assert set(asyncio.run(ask())) == {Standing()}


def test_it_looks_once_a_second_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody may ask, as often as they like."""
    assert readiness._REMEMBERED_SECONDS == 1
    monkeypatch.setattr(readiness, "_REMEMBERED_SECONDS", 60.0)  # a machine may stall for one
    looked: Any = Looked()

    async def look() -> tuple[Standing, Standing]:
        ready = Readiness(looked, lambda: False)
        first = await ready.standing()
        looked.broken = True
        return first, await ready.standing()

    assert asyncio.run(look()) == (Standing(), Standing())


def test_what_changes_is_seen_soon(deployment: Deployment) -> None:
    """A store that goes away and comes back is told as such, by a service that was asked before."""
    with deployment.running() as runtime, asking(runtime) as client:
        store: Any = FailingStore(runtime.store)
        runtime.store = store
        assert client.get("/v1/packs")  # there is somebody who can be answered
        for broken, missing in ((False, []), (True, ["store"]), (False, [])):
            store.broken = broken
            until(lambda missing=missing: client.get("/readyz", token=None)["missing"] == missing)
        runtime.store = store.store


def test_who_asks_for_readiness_takes_nobody_s_place(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the database is silent, any number of strangers at /readyz wait by themselves: others are answered."""
    monkeypatch.setattr(readiness, "PATIENCE_SECONDS", 8.0)  # so that a slow machine does not count as waiting
    with deployment.running() as runtime, asking(runtime) as client, ThreadPoolExecutor(40) as threads:
        store: Any = FailingStore(runtime.store)
        runtime.store = store
        assert client.get("/v1/packs")  # from now on its token is known
        store.answers.clear()
        crowd = [threads.submit(client.get, "/readyz", token=None) for _ in range(40)]
        until(lambda: store.reads)
        begun = time.monotonic()
        assert client.get("/v1/packs")
        took = time.monotonic() - begun
        told_all = [each.result()["missing"] for each in crowd]
        store.answers.set()
        runtime.store = store.store
    assert took < readiness.PATIENCE_SECONDS / 2
    assert store.reads == 1
    assert told_all == [["store"]] * 40


def test_hosts_without_their_database_answer_whom_they_know(postgres: Postgres, tmp_path: Path) -> None:
    """A host that lost the database is ready as long as it can answer somebody, and says what is missing."""
    url = postgres.create_database()
    key = tmp_path / "secret.key"
    key.write_bytes(b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")
    key.chmod(0o600)
    shared = ("--database", url, "--secret-key-file", key)
    with running(tmp_path / "one", *shared) as known, running(tmp_path / "two", *shared) as unknown:
        token = known.token
        assert known.discover() == 200
        drop(postgres, url)
        until(lambda: unknown.ask(token=token)[0] == 503)
        until(lambda: bool(known.ask()[1].get("missing")))  # each host looks when it was asked, once a second at most
        status, ready = known.ask()
        assert (status, ready["status"], ready["missing"]) == (200, "ready", ["store"])
        assert known.discover() == 200
        status, problem = unknown.ask("POST", "/v1/discover", QUESTION, token)
        assert (status, problem["missing"]) == (503, ["store"])


def drop(postgres: Postgres, url: str) -> None:
    """Take the database away from those who use it."""
    name = url.partition("?")[0].rpartition("/")[2]
    with psycopg.connect(postgres.create_database(), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[arg-type]  # a name of ours


@pytest.mark.parametrize("how", ["deleted", "replaced"])
def test_a_database_file_that_is_lost(how: str, deployment: Deployment) -> None:
    """The service is not ready, changes nothing and says so; that the file is back is told, too."""
    file = deployment.state_dir / "hpa.db"
    with deployment.running() as runtime, asking(runtime) as client:
        assert client.post("/v1/discover", {"subject": FLAVOR}).status_code == 200
        kept = file.rename(file.with_name("kept.db"))
        if how == "replaced":
            file.write_bytes(b"")
        problem = told(client.ask("GET", "/readyz", token=None), 503, "unavailable")
        assert problem["detail"] == f"the database file was {how} while the service had it open"
        assert problem["missing"] == ["store"]
        event = lost(deployment)[0]  # a second one comes when a connection makes an empty file
        assert event["path"] == str(file)
        assert "put the file or a backup back and start the service" in event["message"]
        assert client.post("/v1/discover", {"subject": FLAVOR}).status_code == 200
        told(client.ask("DELETE", "/v1/packs/acme.nic", role="admin"), 503, "unavailable")
        deployment.vendor.write(count="2")
        until(lambda: runtime.problems)
        with pytest.raises(StoreError, match=f"{file}: the database file was "):
            runtime.shelf.unpin("test", "")

        kept.rename(file)
        until(lambda: deployment.events.named("store.file_found"))


def lost(deployment: Deployment) -> list[dict[str, Any]]:
    """The events about it, once there is one."""
    until(lambda: deployment.events.named("store.file_lost"))
    return deployment.events.named("store.file_lost")


def test_another_file_is_looked_after_where_the_url_says_so(tmp_path: Path) -> None:
    """A SQLite file of another folder can be lost as well; PostgreSQL is no file."""
    file = tmp_path / "other.db"
    file.write_bytes(b"")
    here = DatabaseFile(Settings(tmp_path, f"sqlite:///{file}"), Events())
    server = DatabaseFile(Settings(tmp_path, "postgresql://db/hpa"), Events())
    file.unlink()
    assert (here.fault, server.fault) == ("the database file was deleted while the service had it open", "")
