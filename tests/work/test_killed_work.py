# SPDX-License-Identifier: Apache-2.0
"""Processes that are killed anywhere in discovery and apply: in the end A&AI is right, and nothing was done twice."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from subprocess import PIPE, Popen
from typing import TYPE_CHECKING, Any, Self

import pytest

from aai.wishes import REGION, as_standing, standing
from hpa_discovery.store import regions, subjects
from peers.aai.journal import needless
from store.filling import keys
from work.deployments import Deployment
from work.small_cloud import CREDENTIAL, SmallCloud
from yardstick import slowness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hpa_discovery.connectors.client import HttpClient
    from peers.aai.running import Aai

pytest.importorskip("openstack", reason="clouds are read with openstacksdk, an extra")

KILLS = 100 if os.environ.get("HPA_PROVE") else 10
LONGEST = 0.3  # seconds from the start of a process to its end, on the machine of yardstick.py
PATIENCE = 180.0
FLAVORS, MOST_GONE = 40, 6
THEIRS = f"{REGION}/flavors/flavor/theirs"


class Mortal:
    """A process that works, again and again."""

    def __init__(self, folder: Path, database: str | None) -> None:
        command = [sys.executable, "-m", "work.mortal", str(folder), *([database] if database else [])]
        path = {"PYTHONPATH": os.pathsep.join(sys.path)}
        self._program = Popen(command, stdin=PIPE, stdout=PIPE, env={**os.environ, **path}, text=True)
        self._pid = 0

    def __enter__(self) -> Self:
        assert self._line() == "loaded"
        return self

    def __exit__(self, *_: object) -> None:
        if self._pid:
            self.kill()
        with self._program as program:
            program.kill()

    def start(self) -> None:
        """Work from now on."""
        assert self._program.stdin is not None
        self._program.stdin.write("\n")
        self._program.stdin.flush()
        self._pid = int(self._line())

    def kill(self) -> None:
        """With signal 9, wherever it is."""
        os.kill(self._pid, signal.SIGKILL)
        self._pid = 0
        assert self._line() == "ended"

    def _line(self) -> str:
        assert self._program.stdout is not None
        return self._program.stdout.readline().strip()


class World:
    """The cloud, which changes, and what must never be lost."""

    def __init__(self, deployment: Deployment, cloud: SmallCloud, chance: random.Random) -> None:
        self._deployment = deployment
        self._cloud = cloud
        self._chance = chance
        self._count = 0

    def change(self) -> None:
        """New flavors, changed ones, one less; nothing is ever again as it was before."""
        while len(self._cloud.flavors) < FLAVORS:
            self._add()
        for name in self._chance.sample(sorted(self._cloud.flavors), 8):
            self._count += 1
            self._cloud.add(name, hw_pages=str(self._count))
        # More of them at once would be a plan that is held.
        if len(self._leaving()) < MOST_GONE:
            for name in self._chance.sample(sorted(self._cloud.flavors), 2):
                del self._cloud.flavors[name]
        self.discover()

    def discover(self) -> None:
        """Have it listed at once."""
        self._deployment.make_due("discover")

    def check(self) -> None:
        """All that stands in A&AI and is not theirs is known as ours; another host may go on meanwhile."""
        before, found, after = self._deployment.ours(), standing(self._deployment.aai), self._deployment.ours()
        capabilities = {key for flavor in found.values() for key in flavor} - {"theirs"}
        assert capabilities <= before.capabilities.keys() | after.capabilities.keys()
        assert found.keys() - {"theirs"} <= before.flavors | before.asked | after.flavors | after.asked

    def is_right(self) -> bool:
        """A&AI has what the cloud has now, and what is theirs."""
        if self._deployment.steps()["discover"].last_ok_at is None:
            return False
        wanted = self._deployment.desired()
        present = [each for each in wanted.flavors if each.presence == "present"]
        if {each.id for each in present} != self._cloud.flavors.keys() or not wanted.complete:
            return False
        theirs = {"theirs": {"theirs": {}}}
        return standing(self._deployment.aai) == as_standing(replace(wanted, flavors=tuple(present))) | theirs

    def _leaving(self) -> set[str]:
        """What the cloud has no more, and A&AI has or may get yet from what was listed."""
        with self._deployment.store.read("looking") as transaction:
            listed = {each.subject_id for each in subjects.every(transaction, self._deployment.region.id)}
        return (standing(self._deployment.aai).keys() | listed) - self._cloud.flavors.keys() - {"theirs"}

    def _add(self) -> None:
        self._count += 1
        self._cloud.add(f"f{self._count}", hw_pages=str(self._count))


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """The URL of an empty PostgreSQL; None for the file in the state directory."""
    if request.param == "sqlite":
        yield None
        return
    server = request.getfixturevalue("postgres")
    url = server.create_database()
    yield url
    server.drop_database(url)


@pytest.mark.parametrize(
    ("database", "hosts"), [("sqlite", 1), ("sqlite", 2), ("postgresql", 1), ("postgresql", 2)], indirect=["database"]
)
def test_processes_killed_anywhere(
    aai: Aai,
    http: HttpClient,
    tmp_path: Path,
    database: str | None,
    hosts: int,
    record_property: Callable[[str, object], None],
) -> None:
    """Ten times and more, while the cloud changes; then those that live make all right.

    Of two, the one that lives loses its lease, too, as one that was stopped for a while does.
    """
    objects: list[tuple[str, dict[str, Any]]] = [(THEIRS, {"flavor-name": "theirs", "flavor-selflink": "s"})]
    objects.append((f"{THEIRS}/hpa-capabilities/hpa-capability/theirs", {"hpa-feature": "hugePages"}))
    aai.control.load(objects)
    aai.control.fail("slow", seconds=0.03, method="bulk", done=True)
    chance, lost = random.Random(7), Counter[str]()
    state = tmp_path / "state"
    with (
        Deployment(state, aai, http, database) as deployment,
        SmallCloud() as cloud,
        ExitStack() as stack,
    ):
        settle_in(deployment, cloud)
        world = World(deployment, cloud, chance)
        mortals = [stack.enter_context(Mortal(state, database)) for _ in range(hosts)]
        for each in mortals:
            each.start()
        for _ in range(KILLS):
            slow = slowness()
            world.change()
            time.sleep(chance.uniform(0, LONGEST * slow))
            victim = chance.choice(mortals)
            victim.kill()
            lost.update(deployment.lose_leases())
            world.check()
            victim.start()
        end = time.monotonic() + PATIENCE
        while not world.is_right() or deployment.alarms():
            assert time.monotonic() < end, f"A&AI does not become right: {deployment.alarms()} {deployment.steps()}"
            world.discover()
            time.sleep(0.5)
        for each in mortals:
            each.kill()

        world.check()
        assert needless(aai.control.writes()) == []
        record_property("kills", f"{KILLS}, in the middle of {dict(lost)}; {aai.control.counts()['writes']} writes")
        assert lost.total() >= KILLS // 3  # the others were killed before or after


def settle_in(deployment: Deployment, cloud: SmallCloud) -> None:
    """Point the region at the cloud."""
    with deployment.store.write("pointing") as transaction:
        changed = replace(deployment.region, coordinates=cloud.coordinates)
        deployment.region = regions.change(transaction, keys(), changed, {"cloud": json.dumps(CREDENTIAL)})
