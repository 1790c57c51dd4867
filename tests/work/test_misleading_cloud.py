# SPDX-License-Identifier: Apache-2.0
"""What a cloud does that sends its reader elsewhere, round in circles or on for ever, or repeats what it was told."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

import pytest

from connectors.speaking import Asked, answer, full_queue, speaking
from hpa_discovery.connectors.reply import MOST_JSON
from peers.certificates import DAY, Authority
from work.hostile_cloud import (
    FIRST,
    PASSWORD,
    SECOND,
    SPECS,
    TOKEN,
    TOKENS,
    VERSION,
    HostileCloud,
    flavor,
    told,
)
from work.hostile_region import Region

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from socket import socket


pytest.importorskip("openstack", reason="clouds are read with openstacksdk, an extra")
# openstacksdk 4.22 warns of a part of its own that it loads whether or not it is used.
pytestmark = pytest.mark.filterwarnings("ignore:Support for InfluxDB")


def paged(cloud: HostileCloud, link: str) -> dict[str, Any]:
    """The first page with this link to the next."""
    return cloud.page("", flavors_links=[{"rel": "next", "href": link}])


LINKS = {
    "to itself": "http://{nova}/v2.1/flavors/detail?limit=1000",
    "to another host": "http://{elsewhere}/v2.1/flavors/detail?marker=b",
    "to the metadata service": "http://169.254.169.254/latest/meta-data",
    "with http instead of https": "http://nova.example/v2.1/flavors/detail?marker=b",
    "to a file": "file:///etc/passwd",
    "that is no URL": "http://[",
}


@pytest.mark.parametrize("name", LINKS)
def test_a_next_link(region: Region, name: str) -> None:
    """It says that there is more, and never where: the listing is whole, and nobody else is asked."""
    cloud = region.cloud
    with speaking(answer()) as elsewhere:
        nova = cloud.nova.split("/")[2]
        link = LINKS[name].format(nova=nova, elsewhere=f"127.0.0.1:{elsewhere.port}")
        cloud.says[FIRST] = told(200, paged(cloud, link))
        region.round()
        assert elsewhere.connections == 0
    region.assert_healed()


@pytest.mark.parametrize("form", ["version", "versions"])
def test_a_version_document_that_leads_elsewhere(region: Region, form: str) -> None:
    """Its links are not followed to another host: the token stays with the Nova of the catalog."""
    with speaking(answer(404)) as elsewhere:
        document = region.cloud.version(f"127.0.0.1:{elsewhere.port}")
        said = document if form == "version" else [document]
        region.cloud.says[VERSION] = told(200, {form: said})
        region.round()
        assert elsewhere.connections == 0
    region.assert_healed()


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_version_document_that_is_hidden(region: Region, status: int) -> None:
    """Then the cloud is read as an old one, which costs a request a flavor."""
    region.cloud.old = True
    region.cloud.says[VERSION] = told(status, {})
    region.round()
    region.assert_healed()
    assert region.cloud.asked.count(SPECS) == len(region.cloud.flavors)


@pytest.mark.parametrize("step", [TOKENS, VERSION, FIRST, SECOND, SPECS])
def test_an_answer_that_is_too_large_to_parse(region: Region, step: str) -> None:
    """JSON takes up to 25 times its size in memory, so it is refused before that."""
    region.limits["body_bytes"] = 64 * 1024 * 1024
    region.cloud.old = step == SPECS
    region.cloud.says[step] = answer(200, b"[" + b"[]," * (MOST_JSON // 3) + b"[]]")
    region.round()

    text = region.assert_kept("source.incomplete" if step == SECOND else "source.unreachable")
    assert f"has more than {MOST_JSON} bytes; see what answers in its place" in text


def first_again(cloud: HostileCloud) -> None:
    """The marker is not heard."""
    cloud.says[SECOND] = told(200, paged(cloud, "http://127.0.0.1/"))


def twice_in_a_page(cloud: HostileCloud) -> None:
    """One id for two flavors."""
    cloud.flavors["c"] = flavor("d")


def empty_with_more(cloud: HostileCloud) -> None:
    """Nothing, and more of it."""
    cloud.says[SECOND] = told(200, {"flavors": [], "flavors_links": [{"rel": "next", "href": "x"}]})


def more_after_nobody(cloud: HostileCloud) -> None:
    """The last flavor of the page has no id to go on from."""
    page = cloud.page("")
    page["flavors"][-1] = {"name": "onap.b"}
    cloud.says[FIRST] = told(200, page)


CIRCLES: dict[str, tuple[Callable[[HostileCloud], None], str, str]] = {
    "the same page again": (first_again, "source.incomplete", "'a' came a second time"),
    "an id twice": (twice_in_a_page, "source.incomplete", "'d' came a second time"),
    "an empty page with more": (empty_with_more, "source.incomplete", "an empty page says that more follow"),
    "no way on": (more_after_nobody, "source.unreachable", "of which its id is no text, says that more follow"),
}


@pytest.mark.parametrize("name", CIRCLES)
def test_pages_that_lead_nowhere(region: Region, name: str) -> None:
    """The listing is given up, and told why."""
    spoil, kind, said = CIRCLES[name]
    spoil(region.cloud)
    region.round()
    region.round()

    assert said in region.assert_kept(kind)
    assert region.cloud.asked.count(SECOND) < 10


CATALOGS = {
    "nobody listens": ("http://127.0.0.1:1/v2.1", "refused; check that it is up"),
    "this machine": ("http://localhost:{port}/v2.1", "127.0.0.1 is in none of the networks"),
    "this machine, oddly": ("http://0x7f.1:{port}/v2.1", "four decimal numbers"),
    "this machine in IPv6": ("http://[::ffff:127.0.0.2]:{port}/v2.1", "in none of the networks"),
    "the metadata service": ("http://169.254.169.254/v2.1", "169.254.169.254 is in none of the networks"),
    "the metadata service by name": ("http://metadata.google.internal/v2.1", "metadata|no address|Name|resolution"),
    "a file": ("file:///etc/passwd", "no compute endpoint.*the URL in its catalog"),
    "gopher": ("gopher://127.0.0.1:{port}/v2.1", "scheme is 'gopher'"),
    "a user name": ("http://me:secret@127.0.0.1:{port}/v2.1", "holds a user name"),
    "no host": ("http:///v2.1", "no compute endpoint.*the URL in its catalog"),
    "dots": ("http://127.0.0.1:{port}/v2.1/../../x/%2e%2e", "'..' segment"),
    "no URL": ("http://[", "answers otherwise|cannot be read|refused|Invalid"),
    "a number": (7, "answers otherwise"),
    "nothing": (None, "no compute endpoint|answers otherwise"),
}


@pytest.mark.parametrize("name", CATALOGS)
def test_a_catalog_that_leads_elsewhere(region: Region, name: str) -> None:
    """Only the cloud's own ports of 127.0.0.1 are allowed here: the token goes nowhere else."""
    url, said = CATALOGS[name]
    cloud = region.cloud
    with speaking(answer()) as elsewhere:
        cloud.nova = url.format(port=elsewhere.port) if isinstance(url, str) else url
        region.rules = (f"cloud=127.0.0.1:1,{cloud.keystone_port}",)
        region.round()
        assert elsewhere.connections == 0

    text = region.assert_kept("source.unreachable")
    assert re.search(said, text), text


def test_a_catalog_of_two_addresses(region: Region) -> None:
    """Of a name with an allowed address and another one, only the allowed one is asked."""
    region.cloud.nova = region.cloud.nova.replace("127.0.0.1", "cloud.example")
    region.addresses = {"cloud.example": ("169.254.169.254", "127.0.0.1")}
    region.round()
    region.assert_healed()

    region.addresses = {"cloud.example": ("169.254.169.254", "10.0.0.1")}
    region.round()
    assert "in none of the networks" in region.assert_kept("source.unreachable")


def test_a_cloud_that_takes_no_connection(region: Region) -> None:
    """Neither Keystone nor Nova may keep a thread for longer than the limits say."""
    region.limits["connect_seconds"] = 0.3
    with full_queue() as full:
        region.cloud.nova = f"http://127.0.0.1:{full.port}/v2.1"
        region.round()
        assert "no connection within" in region.assert_kept("source.unreachable")
        region.cloud.heal()
        region.point({"auth_url": f"http://127.0.0.1:{full.port}/v3"})
        region.round()
        assert "no connection within" in region.assert_kept("source.unreachable")


CERTIFICATES: dict[str, tuple[dict[str, Any], str, str]] = {
    "of another CA": ({"names": ("127.0.0.1",)}, "other", "not trusted.*as PEM text"),
    "of another name": ({"names": ("keystone.example",)}, "own", "for another name.*check the host"),
    "expired": ({"names": ("127.0.0.1",), "since": -2 * DAY, "until": -DAY}, "own", "certificate has expired"),
    "not yet valid": ({"names": ("127.0.0.1",), "since": DAY}, "own", "not yet valid"),
}


@pytest.mark.parametrize("whose", ["keystone", "nova"])
@pytest.mark.parametrize("name", CERTIFICATES)
def test_a_certificate_that_is_wrong(region: Region, tmp_path: Path, name: str, whose: str) -> None:
    """Of Keystone or of the Nova of the catalog: nothing is sent, and what is wrong is told."""
    made, trusted, said = CERTIFICATES[name]
    own, good = Authority(), tmp_path / "good"
    good.mkdir()
    dates = {key: value for key, value in made.items() if key != "names"}
    contexts = {"keystone": own.serving(good, "127.0.0.1"), "nova": own.serving(good, "127.0.0.1")}
    contexts[whose] = own.serving(tmp_path, *made["names"], **dates)
    if trusted == "other":
        contexts[whose] = Authority("another").serving(tmp_path, "127.0.0.1")
    with HostileCloud(**contexts) as cloud:
        region.point(cloud.coordinates | {"ca": own.pem})
        region.round()

        assert re.search(said, region.assert_kept("source.unreachable"))
        assert cloud.asked == ([] if whose == "keystone" else [TOKENS])


def test_the_ca_of_the_region(region: Region, tmp_path: Path) -> None:
    """With the text of its own CA the same cloud is read."""
    own = Authority()
    with HostileCloud(own.serving(tmp_path, "127.0.0.1"), own.serving(tmp_path, "127.0.0.1")) as cloud:
        region.point(cloud.coordinates | {"ca": own.pem})
        region.round()
        region.assert_healed()
        region.point(cloud.coordinates)
        region.round()
        assert "not trusted" in region.assert_kept("source.unreachable")


def expiring(cloud: HostileCloud, step: str, *, for_ever: bool = False) -> None:
    """The token is refused at this step, once or always."""

    def refuse(wire: socket, _: Asked) -> None:
        if not for_ever:
            del cloud.says[step]
        wire.sendall(told(401, {"error": {"code": 401, "message": "Please log in."}}))

    cloud.says[step] = refuse


@pytest.mark.parametrize("step", [FIRST, SECOND, SPECS])
def test_a_token_that_expires_on_the_way(region: Region, step: str) -> None:
    """There is one more login, and the listing is whole."""
    region.cloud.old = step == SPECS
    before = len(region.cloud.logins)
    expiring(region.cloud, step)
    region.round()

    assert len(region.cloud.logins) - before == 2
    region.assert_healed()


@pytest.mark.parametrize("step", [FIRST, SECOND, SPECS])
def test_a_token_that_is_never_taken(region: Region, step: str) -> None:
    """One more login and no third."""
    region.cloud.old = step == SPECS
    before = len(region.cloud.logins)
    expiring(region.cloud, step, for_ever=True)
    region.round()

    text = region.assert_kept("source.incomplete" if step == SECOND else "source.unreachable")
    assert re.search("answered 401 .*give another credential", text)
    assert len(region.cloud.logins) - before == 2


@pytest.mark.parametrize("status", [401, 404])
def test_a_credential_that_is_a_token_and_expires(region: Region, status: int) -> None:
    """It cannot log in again: the alarm says that it must be replaced, and does not show it.

    Keystone answers 401 or, to a token that it does not know any more, 404.
    """
    region.point(region.cloud.coordinates, {"token": TOKEN, "project_id": "p1"})
    region.round()
    region.assert_healed()
    region.deployment.aai.control.forget()

    expiring(region.cloud, SECOND)

    def refuse_all(wire: socket, asked: Asked) -> None:
        wire.sendall(told(status, {"error": {"code": status, "message": "Failed to validate token"}}))

    def once(wire: socket, asked: Asked) -> None:
        region.cloud.says[TOKENS] = refuse_all
        wire.sendall(region.cloud.token())

    region.cloud.says[TOKENS] = once
    region.round()
    assert "an expired token must be replaced" in region.assert_kept("source.incomplete")
    region.round()
    assert "an expired token must be replaced" in region.assert_kept("source.unreachable")
    assert TOKEN not in region.everything_told()


@pytest.mark.parametrize("step", [TOKENS, FIRST, SECOND, SPECS])
@pytest.mark.parametrize("status", [200, 400, 401, 500])
def test_secrets_that_a_server_repeats(
    region: Region, step: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """An error page that shows the request shows it to nobody else, at whatever level is logged."""
    caplog.set_level(logging.DEBUG)

    def repeat(wire: socket, asked: Asked) -> None:
        shown = f"{asked.line} {asked.headers} {asked.body.decode()}"
        wire.sendall(told(status, {"error": {"code": status, "message": "x" * 270 + shown}}))

    region.cloud.old = step == SPECS
    region.cloud.says[step] = repeat
    region.round()

    text = region.assert_kept("source.incomplete" if step == SECOND else "source.unreachable")
    everything = region.everything_told()
    for secret in (PASSWORD, TOKEN):
        assert secret[:6] not in text
        assert secret not in everything + caplog.text
