# SPDX-License-Identifier: Apache-2.0
"""What a cloud that is broken or lies does to its region: an alarm, a stale listing, and nothing else.

Each case goes over real sockets: Keystone and Nova are doubles, connectors, store and A&AI's double are as ever.
"""

from __future__ import annotations

import json
import logging
import re
from email.utils import formatdate
from socket import SHUT_RDWR
from typing import TYPE_CHECKING, Any

import pytest

from connectors.speaking import answer, silent
from work.hostile_cloud import (
    FIRST,
    PASSWORD,
    SECOND,
    SPECS,
    STEPS,
    TOKEN,
    HostileCloud,
    bomb,
    flavor,
    told,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from socket import socket

    from connectors.speaking import Asked
    from work.hostile_region import Region

pytest.importorskip("openstack", reason="clouds are read with openstacksdk, an extra")
# openstacksdk 4.22 warns of a part of its own that it loads whether or not it is used.
pytestmark = pytest.mark.filterwarnings("ignore:Support for InfluxDB")


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
    usual = region.limits
    if EVERYWHERE[name] in (silent, half_a_body):
        region.limits = {**usual, "read_seconds": 2.5, "retries": 0}
    for step in STEPS:
        region.cloud.heal()
        region.cloud.old = step == SPECS
        region.cloud.says[step] = EVERYWHERE[name]
        region.round()

        text = region.assert_kept("source.incomplete" if step == SECOND else "source.unreachable")
        assert re.search(r"cloud 'owner/region one': .*; .*(check|see|give)", text), (step, text)
        assert not re.search(f"{PASSWORD}|{TOKEN}", region.everything_told() + caplog.text), step

    region.cloud.heal()
    region.limits = usual
    region.round()
    region.assert_healed()


def bare(**changes: Any) -> Callable[[HostileCloud], None]:
    """The first flavor, changed so; None takes a member away."""

    def change(cloud: HostileCloud) -> None:
        told_of = {key: value for key, value in (flavor("a") | changes).items() if value is not None}
        cloud.flavors["a"] = told_of

    return change


def raw(text: str) -> Callable[[HostileCloud], None]:
    """A first flavor with a member that json.dumps would not write."""

    def change(cloud: HostileCloud) -> None:
        page = json.dumps(cloud.page("")).replace('"disk": 0', f'"disk": {text}', 1)
        cloud.says[FIRST] = answer(200, page.encode(), Content_Type="application/json")

    return change


def nested(levels: int) -> Any:
    """Lists in lists."""
    return [] if levels == 0 else [nested(levels - 1)]


SECOND_VALUE = '{"value":"2"}'  # of hugePages, as A&AI has it
FLAWS: dict[str, tuple[Callable[[HostileCloud], None], str]] = {
    "no id": (bare(id=None), "such as flavor 'onap.a': its id is no text"),
    "an empty id": (bare(id=""), "its id is no text"),
    "an id that is a number": (bare(id=7), "flavor '7': its id is no text"),
    "an id of 10 kB": (bare(id="i" * 10_000), "it must have 1 to 300 characters"),
    "an id with NUL": (bare(id="a\0b"), "and no NUL"),
    "an id of half a pair": (bare(id="\ud800"), "its id is no text"),
    "no name": (bare(name=None), "flavor 'a': its name is no text"),
    "a name that is a list": (bare(name=["onap.a"]), "its name is no text"),
    "extra specs that are a list": (bare(extra_specs=["hw:pages"]), "its extra specs are no object"),
    "extra specs that are a text": (bare(extra_specs="hw:pages=1"), "its extra specs are no object"),
    "nested": (bare(more=nested(900)), "nested deeper than 20 levels"),
}


@pytest.mark.parametrize("name", FLAWS)
def test_a_flavor_that_cannot_be_kept(region: Region, name: str) -> None:
    """It is told which and why; the others are seen, and nothing is taken away for it."""
    spoil, said = FLAWS[name]
    spoil(region.cloud)
    region.cloud.flavors["c"]["extra_specs"] = {"hw:pages": "2"}
    region.round()
    region.round()

    assert said in region.assert_kept("source.incomplete")
    assert [each.id for each in region.deployment.desired().flavors if SECOND_VALUE in str(each)] == ["c"]
    region.cloud.heal()
    region.round()
    region.assert_healed()


NO_PAGE: dict[str, Callable[[HostileCloud], None]] = {
    "not a number": raw("NaN"),
    "without end": raw("1e999"),
    "infinity": raw("-Infinity"),
}


@pytest.mark.parametrize("name", NO_PAGE)
def test_numbers_that_are_none(region: Region, name: str) -> None:
    """What JSON does not have makes the page none: no database would take it."""
    NO_PAGE[name](region.cloud)
    region.round()
    assert "no JSON" in region.assert_kept("source.unreachable")


KEPT: dict[str, tuple[Callable[[HostileCloud], None], str]] = {
    "extra specs of 5 MB": (bare(extra_specs={"hw:pages": "1" * 5_000_000}), "the flavor is larger than"),
    "a name of 10 kB": (bare(name="onap." + "a" * 10_000), "limit.capability"),
    "a name with NUL": (bare(name="onap.\0a"), ""),
    "a name of half a pair": (bare(name="onap.\ud800"), ""),
    "extra specs that are no texts": (bare(extra_specs={"hw:pages": [{"a": 1}], "hw:x": None, "hw:y": 10**300}), ""),
}


@pytest.mark.parametrize("name", KEPT)
def test_a_flavor_that_is_only_odd(region: Region, name: str) -> None:
    """The listing is whole; nothing is deleted, no step fails, and what is too large is told."""
    region.limits["body_bytes"] = 64 * 1024 * 1024
    spoil, said = KEPT[name]
    spoil(region.cloud)
    region.round()
    region.round()
    one = region.deployment
    print(
        "KEPT",
        name,
        one.alarms(),
        {k: (v.last_error, v.attempts) for k, v in one.steps().items()},
        [e for e in one.events if e[0].startswith("work")],
    )
    assert one.listing().complete
    assert one.deletes() == []
    assert not [name for name, _ in one.events if name.startswith("work")]
    assert [said in each.text for each in one.alarms().values()] == ([True] if said else [])
