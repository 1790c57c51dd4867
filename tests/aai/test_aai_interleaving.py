# SPDX-License-Identifier: Apache-2.0
"""A cloud that changes, others who write A&AI, faults and killed processes, in any order: in the end A&AI is right."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from aai.wishes import QUICK, REGION, Caller, caller, capability, flavor, http_client, standing
from hpa_discovery.aai.applying import apply_region
from hpa_discovery.aai.desired import Desired
from peers.aai.asking import Asking

if TYPE_CHECKING:
    from hpa_discovery.aai.desired import DesiredFlavor, Ours, Presence
    from peers.aai.running import Aai

SEEDS = range(100 if os.environ.get("HPA_PROVE") else 4)
STEPS = 80
PATIENCE, SLOW = 0.25, 0.5
NAMES = ("f", "g", "h")
INSTANCES = (("hugePages", ""), ("numa", ""), ("sriovNICNetwork", "a"), ("sriovNICNetwork", "b"))
FAULTS: list[dict[str, Any]] = [
    {"kind": "reset_before"},
    {"kind": "reset_after"},
    {"kind": "truncated"},
    {"kind": "status", "status": 503, "done": True},
    {"kind": "status", "status": 504},
    {"kind": "html"},
    {"kind": "gave_up"},
    {"kind": "status", "status": 429, "skip": 1},
    {"kind": "conflict"},
    {"kind": "poison"},
    {"kind": "implied"},
    {"kind": "lose"},
    {"kind": "slow", "seconds": SLOW},
]


class Killed(Exception):
    """The process ended here."""


@dataclass
class Subject:
    """One flavor of the cloud, as the last listing and evaluation have it."""

    presence: Presence = "present"
    values: dict[tuple[str, str], int] = field(default_factory=dict)
    unknown: set[tuple[str, str]] = field(default_factory=set)


class World:
    """The cloud, A&AI, those who write it, and what of it must never be lost."""

    def __init__(self, aai: Aai, region: Caller, chance: random.Random) -> None:
        self.aai = aai
        self.region = region
        self.chance = chance
        self.cloud = {name: Subject() for name in NAMES}
        self.foreign: set[tuple[str, str]] = set()
        self.their_flavors: set[str] = set()
        self.complete = True
        self.count = 0
        self.unproved: set[tuple[str, str]] = set()  # what stood as ours, and nothing proved it absent
        self.proved: set[tuple[str, str, str]] = set()  # with its resource-version: a delete may come late

    def step(self) -> None:
        """One thing happens."""
        self.happen()
        found = {(name, key, version) for (name, key), version in self.ours().items()}
        self.proved |= {each for each in found if self.is_absent(*each[:2])}
        self.unproved |= {(name, key) for name, key, _ in found - self.proved}
        self.unproved -= {each for each in self.unproved if self.is_absent(*each)}
        self.unproved -= {(name, key) for name, key, _ in found & self.proved}

    def happen(self) -> None:
        """Whatever it is."""
        steps: list[tuple[int, Callable[[], None]]] = [
            (12, self.change_cloud),
            (2, self.change_presence),
            (2, self.change_doubt),
            (1, self.change_listing),
            (2, self.foreign_capability),
            (2, self.foreign_edit),
            (6, self.fault),
            (8, self.apply),
            (2, self.apply_and_die),
            (1, self.die_before_writing),
        ]
        weights, whats = zip(*steps, strict=True)
        self.chance.choices(whats, weights)[0]()

    def ours(self) -> dict[tuple[str, str], str]:
        """What stands in A&AI and others did not write, with its resource-version."""
        tree = self.aai.control.tree(f"{REGION}/flavors") or {"flavor": []}
        return {
            (each["flavor-id"], one["hpa-capability-id"]): one["resource-version"]
            for each in tree["flavor"]
            for one in each.get("hpa-capabilities", {}).get("hpa-capability", [])
            if (each["flavor-id"], one["hpa-capability-id"]) not in self.foreign
        }

    def is_absent(self, name: str, key: str) -> bool:
        """Whether a whole listing and a whole evaluation say so."""
        subject = self.cloud[name]
        [which] = [each for each in INSTANCES if capability(name, each[0], "", each[1]).id == key]
        doubt = {which, (which[0], "*")} & subject.unknown
        if not self.complete or subject.presence == "missing":
            return False
        return subject.presence == "gone" or not (which in subject.values or doubt)

    def change_cloud(self) -> None:
        """Another value, a new instance, or one less; only what is known can change."""
        subject, instance = self.cloud[self.chance.choice(NAMES)], self.chance.choice(INSTANCES)
        if instance in subject.unknown:
            return
        if self.chance.random() < 0.3:
            subject.values.pop(instance, None)
        else:
            subject.values[instance] = self.chance.randrange(5)

    def change_presence(self) -> None:
        """A flavor goes missing, is gone, or comes again."""
        subject = self.cloud[self.chance.choice(NAMES)]
        following: dict[Presence, Presence] = {"present": "missing", "missing": "gone", "gone": "present"}
        back = subject.presence == "missing" and self.chance.random() < 0.5
        subject.presence = "present" if back else following[subject.presence]

    def change_doubt(self) -> None:
        """Something cannot be judged any more, or can be again."""
        subject = self.cloud[self.chance.choice(NAMES)]
        if subject.unknown:
            subject.unknown.clear()
        else:
            feature, discriminator = self.chance.choice(INSTANCES)
            subject.unknown.add((feature, self.chance.choice((discriminator, "*"))))

    def change_listing(self) -> None:
        """A listing is whole or not."""
        self.complete = not self.complete

    def foreign_capability(self) -> None:
        """Somebody else writes a capability of their own, and the flavor if there is none."""
        name, self.count = self.chance.choice(NAMES), self.count + 1
        body = {"hpa-feature": self.chance.choice(("hugePages", "ovsDpdk"))}
        if name not in standing(self.aai):
            self.aai.control.load([(self.path(name), {"flavor-name": "theirs", "flavor-selflink": "s"})])
            self.their_flavors.add(name)
        self.aai.control.load([(self.path(name, f"theirs-{self.count}"), body)])
        self.foreign.add((name, f"theirs-{self.count}"))

    def foreign_edit(self) -> None:
        """Somebody else deletes a capability of ours, or writes another attribute into it."""
        found = [(f, c) for f, inside in standing(self.aai).items() for c in inside if (f, c) not in self.foreign]
        if not found:
            return
        path = self.path(*self.chance.choice(found))
        tree = self.aai.control.tree(path)
        assert tree is not None
        if self.chance.random() < 0.5:
            extra = {"hpa-attribute-key": "extra", "hpa-attribute-value": str(self.chance.random())}
            attributes = [e for e in tree["hpa-feature-attributes"] if e["hpa-attribute-key"] != "extra"]
            known = [e for e in tree["hpa-feature-attributes"] if e["hpa-attribute-key"] == "extra"]
            attributes.append({**(known[0] if known else {}), **extra})
            self.aai.control.load([(path, {**tree, "hpa-feature-attributes": attributes})])
            return
        if any(each["left"] for each in self.aai.control.faults().values()):
            return  # they are meant for us
        with Asking(self.aai) as other:
            # A write of ours that comes late may be quicker.
            assert other.delete(path.lstrip("/"), tree["resource-version"]).status in {204, 404, 412}
        self.unproved &= self.ours().keys()

    def fault(self) -> None:
        """Something goes wrong some times."""
        wish = {"path": "flavors", **self.chance.choice(FAULTS)}
        if wish["kind"] not in {"conflict", "poison", "implied", "lose"}:
            wish["method"] = self.chance.choice(("GET", "PUT", "bulk", "bulk"))
            wish.pop("path")
        self.aai.control.fail(times=self.chance.randrange(1, 4), **wish)

    def apply(self) -> None:
        """One apply; where it says that A&AI is right, nothing is missing that nobody proved to be absent."""
        if self.region.apply(self.desired(), allow_deletes=1000).complete:
            assert {each for each in self.unproved - self.ours().keys() if not self.is_absent(*each)} == set()

    def apply_and_die(self) -> None:
        """All is written, and nobody keeps what came of it."""
        before = self.region.ours
        self.region.committed.clear()
        self.apply()
        self.region.ours = self.region.committed[-1] if self.region.committed else before

    def die_before_writing(self) -> None:
        """The intents are kept, and nothing is written."""

        def commit(_: object, ours: Ours) -> None:
            self.region.ours = ours
            raise Killed

        target = replace(self.region.target, policy=replace(self.region.target.policy, allow_deletes=1000))
        try:
            self.region.ours = apply_region(target, self.desired(), self.region.ours, commit=commit).ours
        except Killed:
            return

    def desired(self) -> Desired:
        """What the last evaluation says."""
        return Desired(tuple(self.wish(name) for name in NAMES), self.complete)

    def wish(self, name: str) -> DesiredFlavor:
        """Of one flavor; what is unknown is not said."""
        subject = self.cloud[name]
        inside = [
            capability(name, feature, str(value), which)
            for (feature, which), value in subject.values.items()
            if not {(feature, which), (feature, "*")} & subject.unknown
        ]
        return flavor(name, inside, unknown=frozenset(subject.unknown), presence=subject.presence)

    def path(self, name: str, key: str = "") -> str:
        """A flavor, or a capability of it."""
        below = f"/hpa-capabilities/hpa-capability/{key}" if key else ""
        return f"{REGION}/flavors/flavor/{name}{below}"

    def quiet(self) -> None:
        """Nothing goes wrong any more, what was given up has come, and all is known."""
        self.aai.control.settle()
        self.aai.control.heal()
        self.complete = True
        for subject in self.cloud.values():
            subject.unknown.clear()
            subject.presence = "gone" if subject.presence == "missing" else subject.presence
        for _ in range(8):
            applied = self.region.apply(self.desired(), allow_deletes=1000)
            if applied.complete and not applied.done:
                return
        pytest.fail(f"A&AI does not become quiet: {applied}")


@pytest.mark.parametrize("aai", ["strict", "faithful"], indirect=True)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("replaces", ["transaction", "sequential"])
def test_in_the_end_aai_is_right(aai: Aai, seed: int, replaces: Any) -> None:
    """It has what is desired and what others wrote, no flavor of ours is left over, and nobody's capability is lost."""
    with http_client(replace(QUICK, read_seconds=PATIENCE)) as http:
        world = World(aai, caller(aai, http, replace=replaces), random.Random(f"{replaces}{seed}"))
        for _ in range(STEPS):
            world.step()
        world.quiet()

    found = standing(aai)
    for wish in world.desired().flavors:
        inside = set(found.get(wish.id, {}))
        theirs = {key for name, key in world.foreign if name == wish.id}
        wanted = {each.id for each in wish.capabilities} if wish.presence == "present" else set()
        assert inside == theirs | wanted
        assert wish.id not in found or inside or wish.presence == "present" or wish.id in world.their_flavors
        for each in wish.capabilities if wish.presence == "present" else ():
            assert found[wish.id][each.id] == {
                a["hpa-attribute-key"]: a["hpa-attribute-value"] for a in each.content["hpa-feature-attributes"]
            }
    ours = [write for write in aai.control.writes() if write["app"] == "hpa-discovery"]
    assert not [each["uri"] for each in ours if "theirs-" in each["uri"]]
