# SPDX-License-Identifier: Apache-2.0
"""The region of a deployment whose cloud is a hostile one, read over real sockets."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from connectors.speaking import LOOPBACK
from discovery.small_packs import SOURCE
from hpa_discovery.connectors.client import HttpClient
from hpa_discovery.connectors.egress import Egress
from hpa_discovery.connectors.egress_rules import read_rules
from hpa_discovery.connectors.limits import ConnectorLimits
from hpa_discovery.connectors.names import resolve
from hpa_discovery.store import regions
from hpa_discovery.work.reading import read_openstack_flavors
from store.filling import keys
from work.hostile_cloud import CREDENTIAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hpa_discovery.connectors.addresses import Address
    from hpa_discovery.work.reading import Question, Subject
    from work.deployments import Deployment
    from work.hostile_cloud import HostileCloud

LIMITS: dict[str, Any] = {"retries": 1, "body_bytes": 2 * 1024 * 1024}


@dataclass
class Region:
    """The region of a deployment, which is that cloud."""

    deployment: Deployment
    cloud: HostileCloud

    def __post_init__(self) -> None:
        self.point(self.cloud.coordinates)
        self.deployment.workplace = self.deployment.using(readers={SOURCE: self._read})
        self.limits = dict(LIMITS)
        self.rules: tuple[str, ...] = LOOPBACK
        self.addresses: dict[str, tuple[str, ...]] = {}
        self.round()

    def point(self, coordinates: dict[str, str], credential: Any = CREDENTIAL) -> None:
        """Where its cloud is."""
        one = self.deployment
        with one.store.write("pointing") as transaction:
            changed = replace(one.region, coordinates=coordinates)
            one.region = regions.change(transaction, keys(), changed, {"cloud": json.dumps(credential)})

    def _read(self, question: Question) -> Iterator[Subject]:
        # A client for each listing: no breaker of the one before.
        limits = ConnectorLimits(first_pause_seconds=0.01, breaker_failures=1000, **self.limits)
        egress = Egress(read_rules(self.rules), resolve=self._resolve)
        with HttpClient(egress, limits=limits) as http:
            yield from read_openstack_flavors(replace(question, http=http))

    def _resolve(self, host: str, seconds: float) -> tuple[Address, ...]:
        named = self.addresses.get(host)
        return resolve(host, seconds) if named is None else tuple(map(ip_address, named))

    def round(self) -> None:
        """Discover and publish."""
        self.deployment.cloud.flavors = self.cloud.flavors
        self.deployment.round()

    def everything_told(self) -> str:
        """All that anybody could read of it, but the log."""
        one = self.deployment
        return repr([one.events, one.alarms(), one.listing(), one.steps(), one.operations()])

    def assert_kept(self, kind: str) -> str:
        """Stale, with one alarm and nothing lost; what the alarm says."""
        one = self.deployment
        assert one.alarm_types() == [kind]
        [alarm] = one.alarms().values()
        assert one.listing().stale_since is not None
        assert (one.listing().complete, one.listing().error) == (False, alarm.text)
        assert {each.presence for each in one.desired().flavors} == {"present"}
        assert one.deletes() == []
        return alarm.text

    def assert_healed(self) -> None:
        """No alarm, and A&AI is as the cloud."""
        assert self.deployment.alarms() == {}
        assert self.deployment.listing().stale_since is None
        self.deployment.assert_right()
