# SPDX-License-Identifier: Apache-2.0
"""Small regions for tests: what is desired, and a caller of apply that keeps what it is told to keep."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from hpa_discovery.aai.actual import Actual, read_flavor
from hpa_discovery.aai.applying import Applied, Target, apply_region
from hpa_discovery.aai.client import AaiAccess, AaiClient
from hpa_discovery.aai.desired import Desired, DesiredCapability, DesiredFlavor, Instance, Ours
from hpa_discovery.aai.flavor_object import write_flavor
from hpa_discovery.aai.paths import Place
from hpa_discovery.aai.planning import Policy, make_plan
from hpa_discovery.connectors.client import HttpClient
from hpa_discovery.connectors.egress import Egress
from hpa_discovery.connectors.egress_rules import read_rules
from hpa_discovery.connectors.limits import ConnectorLimits
from hpa_discovery.model import Capability, CapabilityWriter, make_attribute

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hpa_discovery.aai.plan import Plan
    from peers.aai.running import Aai

PLACE = Place("owner", "region one")
REGION = "/cloud-infrastructure/cloud-regions/cloud-region/owner/region%20one"
FOREIGN = {"hpa-capability-id": "theirs", "hpa-feature": "hugePages", "hpa-version": "v1", "architecture": "generic"}
RANDOM = "0b7c3f5e-2f66-4b5c-9d0a-6f2f0c0f4a11"  # an id as ONAP's own driver makes them
PATIENCE = 2.5  # seconds that `impatient` waits for an answer
SLOW = 300.0  # seconds that a slow double takes, unless it is told to settle
QUICK = ConnectorLimits(first_pause_seconds=0.01, breaker_failures=1000)


def capability(
    flavor: str, feature: str = "hugePages", value: str = "1", discriminator: str = "", version: str = "v1"
) -> DesiredCapability:
    """A capability with two attributes."""
    attributes = (make_attribute("count", value), make_attribute("size", "2", "MB"))
    said = Capability(feature, version, "generic", discriminator, attributes)
    content = CapabilityWriter(PLACE.owner, PLACE.region, flavor).write(said)
    return DesiredCapability(content["hpa-capability-id"], feature, version, "generic", discriminator, content)


def flavor(name: str, capabilities: Iterable[DesiredCapability] | None = None, **more: Any) -> DesiredFlavor:
    """A flavor whose id is its name; with one capability unless told otherwise."""
    inside = (capability(name),) if capabilities is None else tuple(capabilities)
    nova = {"id": name, "name": f"onap.{name}", "vcpus": 4, "ram": 8192, "disk": 0, "swap": ""}
    return DesiredFlavor(name, f"onap.{name}", write_flavor(nova), inside, **more)


def desired(*flavors: DesiredFlavor, complete: bool = True) -> Desired:
    """All flavors of the region."""
    return Desired(flavors, complete)


def flavors(count: int, value: str = "1") -> Desired:
    """Flavors with one capability each."""
    return desired(*(flavor(f"f{n}", [capability(f"f{n}", value=value)]) for n in range(count)))


def as_written(one: DesiredCapability, **changes: Any) -> dict[str, Any]:
    """The object as somebody might have it in A&AI."""
    return {**one.content, **changes}


def client(aai: Aai, http: HttpClient, version: int = 28) -> AaiClient:
    """A client of the double."""
    return AaiClient(http, AaiAccess(aai.url, aai.user, aai.password, aai.ca, version))


def http_client(limits: ConnectorLimits = QUICK, **more: Any) -> HttpClient:
    """May ask this machine alone."""
    return HttpClient(Egress(read_rules(["aai=127.0.0.0/8", "aai=::1/128"])), limits=limits, **more)


@dataclass
class Caller:
    """Applies to one region, and keeps what is ours as a store would: committed before the first write."""

    target: Target
    ours: Ours = field(default_factory=Ours)
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    committed: list[Ours] = field(default_factory=list)
    apart: frozenset[tuple[str, str]] = frozenset()

    def event(self, name: str, fields: dict[str, Any]) -> None:
        """Take note of it."""
        self.events.append((name, fields))

    def commit(self, _: object, ours: Ours) -> None:
        """Keep what is ours from now on."""
        self.ours = ours
        self.committed.append(ours)

    def apply(self, wanted: Desired, **policy: Any) -> Applied:
        """One apply."""
        target = replace(self.target, policy=replace(self.target.policy, **policy))
        applied = apply_region(target, wanted, self.ours, commit=self.commit, apart=self.apart, observer=self)
        self.ours = applied.ours
        self.apart = applied.troubled
        return applied


def caller(aai: Aai, http: HttpClient, version: int = 28, **policy: Any) -> Caller:
    """Somebody who applies to the double."""
    return Caller(Target(client(aai, http, version), PLACE, Policy(**policy)))


def instances(*capabilities: DesiredCapability, flavor: str) -> dict[str, Instance]:
    """As ours."""
    return {each.id: Instance(flavor, each.feature, each.discriminator) for each in capabilities}


def standing(aai: Aai) -> dict[str, dict[str, dict[str, str]]]:
    """What A&AI has: flavor -> capability id -> attribute -> text."""
    tree = aai.control.tree(f"{REGION}/flavors") or {"flavor": []}
    return {
        each["flavor-id"]: {
            one["hpa-capability-id"]: {
                a["hpa-attribute-key"]: a["hpa-attribute-value"] for a in one.get("hpa-feature-attributes", [])
            }
            for one in each.get("hpa-capabilities", {}).get("hpa-capability", [])
        }
        for each in tree["flavor"]
    }


def as_standing(wanted: Desired) -> dict[str, dict[str, dict[str, str]]]:
    """The same of what is desired."""
    return {
        each.id: {
            one.id: {a["hpa-attribute-key"]: a["hpa-attribute-value"] for a in one.content["hpa-feature-attributes"]}
            for one in each.capabilities
        }
        for each in wanted.flavors
        if each.capabilities
    }


def actual(*flavors: tuple[str, Iterable[dict[str, Any]]], **more: Any) -> Actual:
    """What A&AI has: (flavor id, capabilities)."""
    read = [
        read_flavor(
            {
                **flavor(name).properties,
                "resource-version": "1",
                "hpa-capabilities": {"hpa-capability": [{"resource-version": "2", **each} for each in inside]},
                **more,
            },
            "test",
        )
        for name, inside in flavors
    ]
    return Actual({each.id: each for each in read})


def plan(wanted: Desired, has: Actual, ours: Ours | None = None, **policy: Any) -> Plan:
    """The plan; all that is desired or given is ours."""
    return make_plan(PLACE, wanted, ours or Ours(), has, Policy(**policy))


def told(made: Plan) -> list[tuple[str, str]]:
    """(kind, hpa-capability-id or "") of each action."""
    return [(each.kind, each.capability) for each in made.actions]
