# SPDX-License-Identifier: Apache-2.0
"""Discovery, rule changes, foreign edits in A&AI, faults and deaths in any order: at quiet, A&AI is as it must be."""

from __future__ import annotations

import os
import random
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from aai.wishes import PLACE, REGION, standing
from discovery.small_packs import SOURCE, emit, pack
from hpa_discovery.model import CapabilityWriter
from hpa_discovery.store import listings
from hpa_discovery.work.orders import Order
from hpa_discovery.work.steps import publish_now
from peers.aai.asking import Asking
from work.deployments import ALWAYS, PAGES, Serving, deletes, serving
from work.dying import FailingDatabase, Killed, MortalStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from hpa_discovery.model import Outcome
    from work.deployments import Deployment

SEEDS = range(200 if os.environ.get("HPA_PROVE") else 8)
STEPS = 80
NAMES = ("f", "g", "h", "i")
AAI_FAULTS: list[dict[str, Any]] = [
    {"kind": "reset_before", "method": "bulk"},
    {"kind": "reset_after", "method": "bulk"},
    {"kind": "status", "status": 503, "done": True, "method": "bulk"},
    {"kind": "status", "status": 500},
    {"kind": "gave_up", "method": "bulk"},
    {"kind": "truncated", "method": "GET"},
    {"kind": "html", "method": "GET"},
    {"kind": "conflict"},
    {"kind": "poison"},
    {"kind": "implied"},
    {"kind": "lose"},
    {"kind": "status", "status": 429, "method": "bulk", "skip": 1},
    {"kind": "status", "status": 429, "method": "PUT"},
]
OTHER = {**PAGES, "emit": emit({"key": "count", "value": "7"}, feature="hugePages")}
GENERATIONS: tuple[Serving, ...] = (
    serving(pack(ALWAYS, PAGES)),
    serving(pack(ALWAYS)),
    serving(pack(ALWAYS, {**PAGES, "emit": emit({"key": "pages", "from": "x"}, feature="hugePages")})),
    serving(pack(ALWAYS, PAGES), pack(OTHER, namespace="other.test")),
)


class Proof:
    """What complete listings that were kept prove to be absent, worked out apart from the store: all else must stay."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._number = 0
        self._missing: dict[str, int] = {}
        self._made: dict[str, tuple[str, str, str]] = {}  # of a capability: flavor, feature, discriminator
        self._absent: set[str] = set()

    def look(self) -> None:
        """After each step: what a listing that was kept since then shows, and whether each delete was right."""
        with self._deployment.store.read("looking") as transaction:
            last = listings.listing(transaction, self._deployment.region.id)
        if last is not None and last.number > self._number:
            self._number = last.number
            self._learn(complete=last.complete)
        ours = [each for each in self._deployment.aai.control.writes() if each["app"] == "hpa-discovery"]
        gone = [urlsplit(each).path.rpartition("/flavors/flavor/")[2] for each in deletes(ours)]
        wrong = [each for each in gone if not self.may_go(*each.split("/hpa-capabilities/hpa-capability/"))]
        # What changes by DELETE, then PUT has to come again: World.look_for_lost.
        assert wrong == [] or self._deployment.region.aai.replace == "sequential"
        self._deployment.aai.control.forget()

    def _learn(self, *, complete: bool) -> None:
        flavors = self._deployment.cloud.flavors
        outcomes = {name: self._deployment.serves.generation.evaluate(SOURCE, flavors[name]) for name in flavors}
        for name, outcome in outcomes.items():
            writer = CapabilityWriter(PLACE.owner, PLACE.region, name)
            self._made |= {
                writer.identify(each): (name, each.feature, each.discriminator) for each in outcome.capabilities
            }
        if complete:
            self._missing = {name: 0 if name in flavors else self._missing.get(name, 0) + 1 for name in NAMES}
            self._absent = {key for key, (name, *_) in self._made.items() if self._is_absent(key, outcomes.get(name))}

    def _is_absent(self, key: str, outcome: Outcome | None) -> bool:
        name, feature, discriminator = self._made[key]
        if outcome is None:
            return self._missing[name] > 1
        writer = CapabilityWriter(PLACE.owner, PLACE.region, name)
        unknown = {(each.feature, each.discriminator) for each in outcome.unknown}
        return key not in map(writer.identify, outcome.capabilities) and not unknown & {
            (feature, discriminator),
            (feature, "*"),
        }

    def may_go(self, name: str, key: str = "") -> bool:
        """Whether the last complete listing that was kept says so of a capability, or of a flavor object."""
        return key in self._absent if key else self._missing.get(name, 0) > 1


@dataclass
class World:
    """What may happen, and what others wrote."""

    deployment: Deployment
    chance: random.Random
    foreign: set[tuple[str, str]] = field(default_factory=set)
    count: int = 0
    unproved: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.proof = Proof(self.deployment)
        self.mortal = MortalStore(self.deployment.store)
        self.deployment.workplace = self.deployment.using(store=self.mortal)

    def step(self) -> None:
        """One thing happens."""
        steps: list[tuple[int, Callable[[], None]]] = [
            (10, self.change_cloud),
            (3, self.change_listing),
            (2, self.change_rules),
            (1, self.foreign_capability),
            (2, self.foreign_edit),
            (1, self.fault),
            (4, lambda: self.deployment.do("discover")),
            (4, lambda: self.deployment.do("publish")),
            (12, self.deployment.round),
            (3, self.die),
            (2, self.lose_database),
            (1, self.change_region),
            (3, self.look_for_lost),
        ]
        weights, whats = zip(*steps, strict=True)
        self.chance.choices(whats, weights)[0]()
        self.proof.look()
        self.unproved = {each for each in self.unproved | self.ours() if not self.proof.may_go(*each)}

    def ours(self) -> set[tuple[str, str]]:
        """What stands in A&AI and others did not write."""
        return {(name, key) for name, inside in standing(self.deployment.aai).items() for key in inside} - self.foreign

    def look_for_lost(self) -> None:
        """When A&AI is well and was applied, nothing is missing that nobody proved to be absent."""
        self.deployment.aai.control.heal()
        self.deployment.change(mode="apply")
        turn = publish_now(self.deployment.workplace, self.deployment.region.id, Order(allow_deletes=1000))
        if turn is not None and turn.applied is not None:
            assert turn.applied.complete
            assert self.unproved - self.ours() == set()

    def change_cloud(self) -> None:
        """Two flavors come, go, change, or cannot be judged."""
        for name in self.chance.sample(NAMES, 2):
            self.change_flavor(name, self.chance.random())

    def change_flavor(self, name: str, what: float) -> None:
        """One of them."""
        flavors = self.deployment.cloud.flavors
        if what < 0.25:
            flavors.pop(name, None)
        elif what < 0.5:
            self.deployment.cloud.add(name)
        else:
            self.deployment.cloud.add(name, hw_pages=str(self.chance.randrange(5)))
            if what > 0.8:
                flavors[name]["vcpus"] = "many"
            elif what > 0.7:
                del flavors[name]["extra_specs"]

    def change_listing(self) -> None:
        """The cloud cannot be listed, or only in part, or can be again."""
        cloud = self.deployment.cloud
        cloud.error, cloud.shown = self.chance.choice(("", "broken")), self.chance.randrange(1, 5)

    def change_rules(self) -> None:
        """Another generation serves."""
        self.deployment.serves = self.chance.choice(GENERATIONS)

    def foreign_capability(self) -> None:
        """Somebody else writes a capability of their own, and the flavor if there is none."""
        name, self.count = self.chance.choice(NAMES), self.count + 1
        if name not in standing(self.deployment.aai):
            self.deployment.aai.control.load([(path(name), {"flavor-name": "theirs", "flavor-selflink": "s"})])
        self.deployment.aai.control.load([(path(name, f"theirs-{self.count}"), {"hpa-feature": "hugePages"})])
        self.foreign.add((name, f"theirs-{self.count}"))

    def foreign_edit(self) -> None:
        """Somebody else deletes a capability of ours."""
        aai = self.deployment.aai
        found = [(f, c) for f, inside in standing(aai).items() for c in inside if (f, c) not in self.foreign]
        if not found or any(each["left"] for each in aai.control.faults().values()):
            return
        where = path(*self.chance.choice(found))
        with Asking(aai) as other:
            assert other.delete(where.lstrip("/"), other.version_of(where.lstrip("/"))).status == 204
        self.unproved &= self.ours()

    def fault(self) -> None:
        """A&AI goes wrong some times."""
        self.deployment.aai.control.fail(times=self.chance.randrange(1, 3), **self.chance.choice(AAI_FAULTS))

    def die(self) -> None:
        """Somewhere in a step; its lease runs out."""
        self.mortal.left = self.chance.randrange(1, 4)
        with suppress(Killed):
            self.deployment.round()
        self.mortal.left = None
        self.deployment.lose_leases()

    def lose_database(self) -> None:
        """It goes away in the middle of a step, before or after what was written is kept; the lease runs out."""
        database = FailingDatabase(self.deployment.store, self.chance.randrange(5), kept=self.chance.random() < 0.5)
        workplace, self.deployment.workplace = self.deployment.workplace, self.deployment.using(store=database)
        self.deployment.try_round()
        self.deployment.workplace = workplace
        self.deployment.lose_leases()

    def change_region(self) -> None:
        """Its A&AI is only planned for, or applied."""
        self.deployment.change(mode=self.chance.choice(("plan", "apply", "apply", "apply")))

    def quiet(self) -> None:
        """Nothing goes wrong any more, and all is known."""
        self.deployment.aai.control.heal()
        self.deployment.cloud.error = ""
        self.deployment.serves = GENERATIONS[0]
        self.deployment.change(mode="apply")
        for name in list(self.deployment.cloud.flavors):
            self.deployment.cloud.add(name, hw_pages="9")
        for _ in range(2):
            self.deployment.round()
            self.proof.look()
        for _ in range(3):
            publish_now(self.deployment.workplace, self.deployment.region.id, Order(allow_deletes=1000))

    def model(self) -> dict[str, set[str]]:
        """What A&AI must have: ours and theirs."""
        expected: dict[str, set[str]] = {}
        for name, flavor in self.deployment.cloud.flavors.items():
            writer = CapabilityWriter(PLACE.owner, PLACE.region, name)
            outcome = GENERATIONS[0].generation.evaluate(SOURCE, flavor)
            expected[name] = {writer.identify(each) for each in outcome.capabilities}
        for name, key in self.foreign:
            expected.setdefault(name, set()).add(key)
        return expected


def path(name: str, key: str = "") -> str:
    """A flavor, or a capability of it."""
    below = f"/hpa-capabilities/hpa-capability/{key}" if key else ""
    return f"{REGION}/flavors/flavor/{name}{below}"


@pytest.mark.parametrize("seed", SEEDS)
def test_at_quiet_aai_is_as_the_model_says(deployment: Deployment, seed: int) -> None:
    """It has what the rules say of the cloud and what others wrote; only what was proved absent was ever deleted."""
    deployment.change(replace="sequential" if seed % 2 else "transaction")
    world = World(deployment, random.Random(seed))
    for _ in range(STEPS):
        world.step()
    world.quiet()

    assert {name: set(inside) for name, inside in standing(deployment.aai).items()} == world.model()
    wanted = {each.id: each for flavor in deployment.desired().flavors for each in flavor.capabilities}
    for inside in standing(deployment.aai).values():
        for key in inside.keys() & wanted.keys():
            said = wanted[key].content["hpa-feature-attributes"]
            assert inside[key] == {each["hpa-attribute-key"]: each["hpa-attribute-value"] for each in said}
    assert deployment.alarms() == {}
