# SPDX-License-Identifier: Apache-2.0
"""What a cloud that is broken or lies does to its region: an alarm, a stale listing, and nothing else.

Each case goes over real sockets: Keystone and Nova are doubles, connectors, store and A&AI's double are as ever.
"""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass, replace
from email.utils import formatdate
from socket import SHUT_RDWR
from typing import TYPE_CHECKING, Any

import pytest

from connectors.speaking import LOOPBACK, answer, client, silent
from discovery.small_packs import SOURCE
from hpa_discovery.store import regions
from hpa_discovery.work.reading import read_openstack_flavors
from store.filling import keys
from work.hostile_cloud import (
    CREDENTIAL,
    PASSWORD,
    SECOND,
    SPECS,
    STEPS,
    TOKEN,
    HostileCloud,
    bomb,
    told,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from socket import socket

    from connectors.speaking import Asked
    from hpa_discovery.work.reading import Question, Subject
    from work.deployments import Deployment

pytest.importorskip("openstack")
# openstacksdk 4.22 warns of a part of its own that it loads whether or not it is used.
pytestmark = pytest.mark.filterwarnings("ignore:Support for InfluxDB")
LIMITS: dict[str, Any] = {"read_seconds": 0.3, "connect_seconds": 0.3, "retries": 1, "body_bytes": 2 * 1024 * 1024}


@pytest.fixture
def cloud() -> Iterator[HostileCloud]:
    """A cloud that is well until a test says otherwise."""
    with HostileCloud() as made:
        yield made


@dataclass
class Region:
    """The region of a deployment, which is that cloud."""

    deployment: Deployment
    cloud: HostileCloud

    def __post_init__(self) -> None:
        self.point(self.cloud.coordinates)
        self.deployment.workplace = self.deployment.using(readers={SOURCE: self._read})
        self.limits = LIMITS
        self.round()

    def point(self, coordinates: dict[str, str], credential: Any = CREDENTIAL) -> None:
        """Where its cloud is."""
        one = self.deployment
        with one.store.write("pointing") as transaction:
            changed = replace(one.region, coordinates=coordinates)
            one.region = regions.change(transaction, keys(), changed, {"cloud": json.dumps(credential)})

    def _read(self, question: Question) -> Iterator[Subject]:
        # A client for each listing: no breaker of the one before.
        with client(rules=LOOPBACK, breaker_failures=1000, **self.limits) as http:
            yield from read_openstack_flavors(replace(question, http=http))

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
        assert [each for each in one.aai.control.writes() if each["method"] == "DELETE"] == []
        return alarm.text

    def assert_healed(self) -> None:
        """No alarm, and A&AI is as the cloud."""
        assert self.deployment.alarms() == {}
        assert self.deployment.listing().stale_since is None
        self.deployment.assert_right()


@pytest.fixture
def region(deployment: Deployment, cloud: HostileCloud) -> Region:
    """A region that was read and published once."""
    made = Region(deployment, cloud)
    made.assert_healed()
    deployment.aai.control.forget()
    return made


def half_a_body(wire: socket, asked: Asked) -> None:
    """The head, some of the body, and then nothing."""
    wire.sendall(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"flavors": [')
    silent(wire, asked)


def hangs_up(wire: socket, _: Asked) -> None:
    """The head, some of the body, and the end."""
    wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{")
    wire.shutdown(SHUT_RDWR)


HTML = answer(200, b"<html><h1>Maintenance</h1></html>", Content_Type="text/html")
EVERYWHERE: dict[str, Any] = {
    "silence": silent,
    "half a body": half_a_body,
    "hangs up": hangs_up,
    "HTML": HTML,
    "truncated JSON": answer(200, b'{"flavors": [{"id": "a", "na', Content_Type="application/json"),
    "a list": answer(200, b"[]", Content_Type="application/json"),
    "a number": answer(200, b"7", Content_Type="application/json"),
    "a text": answer(200, b'"token versions version flavors"', Content_Type="application/json"),
    "null": answer(200, b"null", Content_Type="application/json"),
    "deep": answer(200, b"[" * 100_000, Content_Type="application/json"),
    "a number too long": answer(200, b"1" * 5000, Content_Type="application/json"),
    "no UTF-8": answer(200, b'{"flavors": ["\xff\xfe"]}', Content_Type="application/json"),
    "wrong members": told(200, {"token": 7, "version": 7, "versions": 7, "flavors": 7, "extra_specs": 7}),
    "members of members": told(
        200, {"token": {"catalog": 7}, "version": {"id": []}, "flavors": [7], "extra_specs": ["x"]}
    ),
    "429 in seconds": told(429, {}, Retry_After="0"),
    "429 at a date": told(429, {}, Retry_After=formatdate(4e9, usegmt=True)),
    "429 absurd": told(429, {}, Retry_After="9" * 400),
    "429 of no sense": told(429, {}, Retry_After="-soon"),
    "500": told(500, {"computeFault": {"code": 500, "message": "Unexpected API Error."}}),
    "503": answer(503, b"<html>no server is available</html>", Content_Type="text/html"),
    "a redirect": answer(302, Location="http://169.254.169.254/latest"),
    "a bomb": bomb(64),
    "no gzip": answer(200, b"no gzip", Content_Encoding="gzip"),
}


@pytest.mark.parametrize("name", EVERYWHERE)
def test_a_step_that_fails(region: Region, name: str, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever is answered at whichever step: the alarm says what to do, and when it ends all is well."""
    caplog.set_level(logging.DEBUG)
    for step in STEPS:
        region.cloud.heal()
        region.cloud.old = step == SPECS
        region.cloud.says[step] = EVERYWHERE[name]
        region.round()

        text = region.assert_kept("source.incomplete" if step == SECOND else "source.unreachable")
        assert re.search(r"cloud 'owner/region one': .*; .*(check|see|give)", text), (step, text)
        assert not re.search(f"{PASSWORD}|{TOKEN}", region.everything_told() + caplog.text), step

    region.cloud.heal()
    region.round()
    region.assert_healed()
