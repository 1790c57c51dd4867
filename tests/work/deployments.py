# SPDX-License-Identifier: Apache-2.0
"""A deployment for tests: a store, a cloud in memory, the double of A&AI, and steps that are done when asked for."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Self

from aai.wishes import PLACE, as_standing, standing
from discovery.small_packs import CONTRACTS, SOURCE, emit, lets, pack
from hpa_discovery.discovery.generation import Compiler, Generation
from hpa_discovery.errors import SourceError
from hpa_discovery.store import alarm_rows, listings, operations, regions, schedule
from hpa_discovery.store.opening import open_store
from hpa_discovery.store.region import AaiSettings, Region
from hpa_discovery.store.schedule import Due
from hpa_discovery.work.desiring import read_desired, read_ours
from hpa_discovery.work.reading import Subject
from hpa_discovery.work.steps import do_due
from hpa_discovery.work.workplace import Workplace
from store.filling import keys
from work.dying import Killed, MortalStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from hpa_discovery.aai.desired import Desired, Ours
    from hpa_discovery.connectors.client import HttpClient
    from hpa_discovery.language.pack import Pack
    from hpa_discovery.store.alarm_rows import Alarm
    from hpa_discovery.store.listings import Listing
    from hpa_discovery.store.operations import Operation
    from hpa_discovery.store.schedule import Kind, Step
    from hpa_discovery.work.reading import Question
    from peers.aai.running import Aai

ALWAYS: Mapping[str, Any] = {
    "let": lets(x="flavor.name"),
    "emit": emit({"key": "name", "from": "x"}, feature="basicCapabilities"),
}
PAGES: Mapping[str, Any] = {
    "let": lets(x='flavor.extra_specs."hw:pages"', cpus=("flavor.vcpus", "integer")),
    "when": {"var": "x", "present": True},
    "emit": emit({"key": "count", "from": "x"}, {"key": "cpus", "from": "cpus"}, feature="hugePages"),
}


def serving(*packs: Pack, compiler: Compiler | None = None) -> Serving:
    """A generation of these packs, with a digest of its own for other content."""
    generation = (compiler or Compiler(CONTRACTS)).compile(packs)
    return Serving(sha256(repr(packs).encode()).hexdigest(), generation)


def usual() -> Serving:
    """Two features: one for each flavor, one for those with hw:pages."""
    return serving(pack(ALWAYS, PAGES))


@dataclass(frozen=True, slots=True)
class Serving:
    """What serves."""

    digest: str
    generation: Generation


@dataclass
class Cloud:
    """Flavors by name, and what is wrong: `error` comes after `shown` of them."""

    flavors: dict[str, dict[str, Any]] = field(default_factory=dict)
    error: str = ""
    shown: int = 0
    asked: int = 0

    def add(self, *names: str, **specs: str) -> None:
        """Flavors with these extra specs, where _ stands for a colon."""
        for name in names:
            told = {key.replace("_", ":"): value for key, value in specs.items()}
            self.flavors[name] = {"id": name, "name": f"onap.{name}", "vcpus": 4, "ram": 512, "disk": 0, "swap": ""}
            self.flavors[name]["extra_specs"] = told

    def read(self, question: Question) -> Iterator[Subject]:
        """A Reader."""
        self.asked += 1
        found = list(self.flavors.values())
        for flavor in found[: self.shown] if self.error else found:
            yield Subject(flavor["id"], flavor["name"], flavor)
        if self.error:
            raise SourceError(self.error)


class Deployment:
    """One region of one store."""

    def __init__(self, folder: Path, aai: Aai, http: HttpClient, database: str | None = None, **settings: Any) -> None:
        self.aai = aai
        self.cloud = Cloud()
        self.serves = usual()
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.store = open_store(folder, self, database)
        self.workplace = Workplace(
            self.store, keys(), lambda: self.serves, http, self, "test:1", readers={SOURCE: self.cloud.read}
        )
        self.region = self._add(settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.store.close()

    def event(self, name: str, fields: dict[str, Any]) -> None:
        """Remember it."""
        self.events.append((name, fields))

    def using(self, **changes: Any) -> Workplace:
        """The same workplace with changes."""
        return replace(self.workplace, **changes)

    def is_due(self) -> bool:
        """Whether something may be claimed now."""
        with self.store.read("looking") as transaction:
            return bool(schedule.due(transaction))

    def change(self, **aai: Any) -> None:
        """Change the region's A&AI settings."""
        with self.store.write("changing") as transaction:
            changed = replace(self.region, aai=replace(self.region.aai, **aai))
            self.region = regions.change(transaction, keys(), changed, {"aai": self.aai.password})

    def make_due(self, kind: Kind) -> None:
        """At once, or when it ends if it is under way."""
        with self.store.write("asking") as transaction:
            schedule.soon(transaction, (self.region.id,), kind, timedelta(0))

    def lose_leases(self) -> list[str]:
        """Let the leases of all steps under way run out; their kinds."""
        past = "statement_timestamp() - interval '1 second'"
        if not self.store.shared:
            past = "strftime('%Y-%m-%d %H:%M:%f000', 'now', '-1 seconds')"
        found = [kind for kind, step in self.steps().items() if step.claimed_by is not None]
        with self.store.write("pretending that time has passed") as transaction:
            transaction.exec_driver_sql(
                f"UPDATE step SET lease_until = {past}, due_at = {past} WHERE claimed_by IS NOT NULL"  # noqa: S608 - a text of this test
            )
        return found

    def do(self, kind: Kind) -> None:
        """One step, due or not."""
        self.make_due(kind)
        assert do_due(self.workplace, Due(self.region.id, kind, datetime.now(UTC)))

    def switch(self, *, on: bool) -> None:
        """Switch the region on or off."""
        with self.store.write("switching") as transaction:
            self.region = regions.change(transaction, keys(), replace(self.region, enabled=on), {})

    def die_after(self, writes: int, kind: Kind) -> None:
        """Begin a step, and be killed before the process writes once more; its lease runs out."""
        self.make_due(kind)
        mortal = self.using(store=MortalStore(self.store, writes))
        with suppress(Killed):
            do_due(mortal, Due(self.region.id, kind, datetime.now(UTC)))
        assert self.lose_leases() == [kind]

    def try_round(self) -> None:
        """Discover and publish, as far as the database lets it."""
        kinds: tuple[Kind, ...] = ("discover", "publish")
        for kind in kinds:
            self.make_due(kind)
            do_due(self.workplace, Due(self.region.id, kind, datetime.now(UTC)))

    def ask(self, kind: str) -> Operation:
        """Somebody asks for an operation of the region."""
        with self.store.write("asking") as transaction:
            return operations.add(transaction, kind, region=self.region.name, by="cli:test")

    def round(self, times: int = 1) -> None:
        """Discover and publish."""
        for _ in range(times):
            self.do("discover")
            self.do("publish")

    def alarms(self) -> dict[tuple[str, str], Alarm]:
        """Those that stand, by type and qualifier."""
        with self.store.read("alarms") as transaction:
            wanted = alarm_rows.Wanted(cleared=False)
            return {(each.type, each.qualifier): each for each in alarm_rows.page(transaction, wanted=wanted)}

    def resources(self) -> dict[str, Alarm]:
        """Alarms that stand, by resource."""
        with self.store.read("alarms") as transaction:
            found = alarm_rows.page(transaction, wanted=alarm_rows.Wanted(cleared=False))
        return {each.resource: each for each in found}

    def alarm_types(self) -> list[str]:
        """The types of those that stand."""
        return sorted(kind for kind, _ in self.alarms())

    def listing(self) -> Listing:
        """The last listing."""
        with self.store.read("listing") as transaction:
            found = listings.listing(transaction, self.region.id)
        assert found is not None
        return found

    def steps(self) -> dict[str, Step]:
        """How its steps stand, by kind."""
        with self.store.read("steps") as transaction:
            return {each.kind: each for each in schedule.steps(transaction, self.region.id)}

    def operations(self) -> tuple[Operation, ...]:
        """All of them, newest first."""
        with self.store.read("operations") as transaction:
            return operations.page(transaction, limit=500)

    def desired(self) -> Desired:
        """What the store wants."""
        with self.store.read("desired") as transaction:
            found = read_desired(transaction, self.region)
        assert found is not None
        return found

    def ours(self) -> Ours:
        """What is ours."""
        with self.store.read("ours") as transaction:
            return read_ours(transaction, self.region)

    def assert_right(self) -> None:
        """A&AI has what the store wants, and that is what the cloud has."""
        wanted = self.desired()
        present = tuple(each for each in wanted.flavors if each.presence == "present")
        assert standing(self.aai) == as_standing(replace(wanted, flavors=present))
        assert {each.id for each in present} == set(self.cloud.flavors)

    def deletes(self) -> list[str]:
        """What was deleted in A&AI since the last `forget`."""
        return deletes(self.aai.control.writes())

    def _add(self, settings: Mapping[str, Any]) -> Region:
        told = {"mode": "apply", **settings}
        aai = AaiSettings(self.aai.url, self.aai.user, self.aai.ca, **told)
        draft = Region(PLACE.owner, PLACE.region, SOURCE, {}, aai=aai)
        with self.store.write("adding") as transaction:
            return regions.add(transaction, keys(), draft, {"aai": self.aai.password})


def deletes(writes: Iterable[Mapping[str, Any]]) -> list[str]:
    """The URIs of what was deleted and not written again by the same call."""
    puts = {(each["call"], each["uri"]) for each in writes if each["method"] != "DELETE"}
    return [each["uri"] for each in writes if each["method"] == "DELETE" and (each["call"], each["uri"]) not in puts]
