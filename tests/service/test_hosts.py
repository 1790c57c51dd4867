# SPDX-License-Identifier: Apache-2.0
"""Three services on one PostgreSQL: none ever answers by an older generation than it answered by before."""

from __future__ import annotations

import random
import threading
import time
from contextlib import ExitStack
from itertools import dropwhile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from service.mischief import PLAIN, subjects
from service.runtimes import Deployment, until
from service.serving import Served, served

if TYPE_CHECKING:
    from peers.postgres import Postgres

ACTIVATIONS = 50
FLAVOR = subjects()[PLAIN]


@pytest.fixture
def hosts(tmp_path: Path, postgres: Postgres) -> list[Deployment]:
    """Three hosts with a state directory each, one database, one key and one folder of packs."""
    url = postgres.create_database()
    made = []
    for number in range(3):
        (folder := tmp_path / f"host{number}").mkdir()
        made.append(Deployment(folder, url))
        made[-1].packs = made[0].packs
    made[0].vendor.write(count="0")
    return made


def asking(service: Served, stop: threading.Event, heard: list[str]) -> None:
    """Ask until told to stop; note each generation."""
    while not stop.is_set():
        heard.append(service.discover(FLAVOR)["generation"])
        time.sleep(0.005)


def test_no_host_goes_back(hosts: list[Deployment], tmp_path: Path) -> None:
    """Over 50 activations by all three, the answers of each host follow their order, and end with the last."""
    key = tmp_path / "secret.key"
    key.write_bytes(b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")
    key.chmod(0o600)
    with ExitStack() as ending:
        services = [ending.enter_context(served(hosts[0], "--secret-key-file", key))]
        token = services[0].token
        for host in hosts[1:]:
            host.state_dir.mkdir()
            (host.state_dir / "admin.token").write_text(token, encoding="ascii")  # it is one deployment
            services.append(ending.enter_context(served(host, "--secret-key-file", key)))
        digests = _versions(hosts[0], services[0])
        until(lambda: {service.discover(FLAVOR)["generation"] for service in services} == {digests[-1]})
        before = digests[-1]
        random.Random(3).shuffle(digests)
        stop, heard = threading.Event(), [list[str]() for _ in services]
        threads = [
            threading.Thread(target=asking, args=(service, stop, book))
            for service, book in zip(services, heard, strict=True)
        ]
        for thread in threads:
            thread.start()
        for number in range(ACTIVATIONS):
            service = services[number % 3]
            got = service.ask("POST", f"/v1/generations/{digests[number]}/activate", {"reason": str(number)})
            assert got.status == 200, got
            time.sleep(0.02)
        until(lambda: all(book[-1:] == [digests[ACTIVATIONS - 1]] for book in heard))
        time.sleep(0.2)  # time to go back
        stop.set()
        for thread in threads:
            thread.join()
    places = {digest: number for number, digest in enumerate(digests)}
    for book in heard:
        # What served before the first activation is one of them, too.
        walk = [places[digest] for digest in dropwhile(lambda digest: digest == before, book)]
        assert walk == sorted(walk)
        assert walk[-1] == ACTIVATIONS - 1
        assert len(set(walk)) > ACTIVATIONS / 5


def _versions(host: Deployment, service: Served) -> list[str]:
    """Generations of several versions of the vendor's pack."""
    digests = [service.discover(FLAVOR)["generation"]]
    while len(digests) < ACTIVATIONS:
        host.vendor.write(count=str(len(digests)))
        until(lambda: service.discover(FLAVOR)["generation"] != digests[-1])
        digests.append(service.discover(FLAVOR)["generation"])
    return digests
