# SPDX-License-Identifier: Apache-2.0
"""A cloud given by values, against small doubles of Keystone and Nova; the real ones are in tests/peers."""

from __future__ import annotations

import json
import logging
import os
import time
import traceback
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.speaking import Asked, Speaker, answer, client, speaking
from hpa_discovery.connectors.client import HttpClient
from hpa_discovery.connectors.egress import Egress
from hpa_discovery.errors import ConnectorError, EgressError, SourceError
from hpa_discovery.sources.openstack import list_region
from hpa_discovery.sources.openstack_limits import ListingLimits
from hpa_discovery.sources.openstack_values import CloudValues, read_cloud
from peers.certificates import Authority

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytest.importorskip("openstack", reason="clouds are read with openstacksdk, an extra")
# openstacksdk 4.22 warns of a part of its own that it loads whether or not it is used.
pytestmark = pytest.mark.filterwarnings("ignore:Support for InfluxDB")

PASSWORD = {"username": "hpa", "password": "s3cret", "user_domain_name": "Default", "project_name": "admin"}
PASSWORD |= {"project_domain_name": "Default"}
CREDENTIALS = [
    (PASSWORD, "password"),
    ({"token": "s3cret", "project_id": "p1"}, "token"),
    ({"application_credential_id": "a1", "application_credential_secret": "s3cret"}, "application_credential"),
]
MANY = ListingLimits().flavors if os.environ.get("HPA_PROVE") else 5000
FLAVORS = [{"id": name, "name": f"onap.{name}", "extra_specs": {}} for name in "abc"]


def told(status: int, body: Any, **headers: str) -> bytes:
    """An answer in JSON."""
    return answer(status, json.dumps(body).encode(), Content_Type="application/json", **headers)


class Nova:
    """Flavors in pages of two."""

    def __init__(self) -> None:
        self.first: list[bytes] = []

    def __call__(self, wire: socket.socket, asked: Asked) -> None:
        """The version document, or a page; what is in `first` goes before."""
        path, query = urlsplit(asked.target).path, parse_qs(urlsplit(asked.target).query)
        if not path.endswith("/flavors/detail"):
            links = [{"rel": "self", "href": f"http://{asked.headers['host']}/v2.1/"}]
            version = {"id": "v2.1", "status": "CURRENT", "version": "2.96", "min_version": "2.1", "links": links}
            wire.sendall(told(200, {"version": version}))
        elif self.first:
            wire.sendall(self.first.pop(0))
        else:
            start = next((number + 1 for number, each in enumerate(FLAVORS) if [each["id"]] == query.get("marker")), 0)
            links = [{"rel": "next", "href": "http://169.254.169.254/"}] if start + 2 < len(FLAVORS) else []
            wire.sendall(told(200, {"flavors": FLAVORS[start : start + 2], "flavors_links": links}))


class Keystone:
    """Gives a token to everybody, with a catalog that names one Nova."""

    def __init__(self, nova: str) -> None:
        self.nova = nova
        self.logins: list[dict[str, Any]] = []
        self.answer: bytes | None = None

    def __call__(self, wire: socket.socket, asked: Asked) -> None:
        """A token."""
        self.logins.append(json.loads(asked.body))
        endpoint = {"id": "e", "interface": "public", "region": "one", "region_id": "one", "url": self.nova}
        service = {"id": "s", "type": "compute", "name": "nova", "endpoints": [endpoint]}
        token = {"methods": ["password"], "expires_at": "2999-01-01T00:00:00.000000Z", "catalog": [service]}
        token |= {"user": {"id": "u", "name": "hpa", "domain": {"id": "d", "name": "Default"}}}
        wire.sendall(self.answer or told(201, {"token": token}, X_Subject_Token="the-token"))  # noqa: S106 - no real one


class Cloud:
    """Both doubles, listening."""

    def __init__(self, kept: ExitStack) -> None:
        self.nova_says = Nova()
        self.nova: Speaker = kept.enter_context(speaking(self.nova_says))
        self.keystone_says = Keystone(f"http://127.0.0.1:{self.nova.port}/v2.1")
        self.keystone: Speaker = kept.enter_context(speaking(self.keystone_says))

    def values(self, credential: Any = PASSWORD, **changes: Any) -> CloudValues:
        """The cloud as a region gives it."""
        coordinates = {"auth_url": f"http://127.0.0.1:{self.keystone.port}/v3", "region_name": "one"} | changes
        return read_cloud("lab", coordinates, credential)


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """A cloud of doubles."""
    with ExitStack() as kept:
        yield Cloud(kept)


def names(values: CloudValues, http: HttpClient, prefix: str = "", **more: Any) -> list[str]:
    """The names of its flavors."""
    return [flavor["name"] for flavor in list_region(values, http, name_prefix=prefix, **more)]


def keystone_only(cloud: Cloud) -> HttpClient:
    """A client that may ask Keystone and nobody else."""
    return client(rules=(f"cloud=127.0.0.1:{cloud.keystone.port}",))


@pytest.mark.parametrize(("credential", "method"), CREDENTIALS)
def test_flavors_of_a_cloud_given_by_values(cloud: Cloud, credential: dict[str, str], method: str) -> None:
    """Password, token and application credential log in, and all pages come."""
    with client() as http:
        assert names(cloud.values(credential), http) == ["onap.a", "onap.b", "onap.c"]
        assert names(cloud.values(credential), http, "onap.c") == ["onap.c"]

    assert [each["auth"]["identity"]["methods"] for each in cloud.keystone_says.logins] == [[method]] * 2
    assert {each.headers.get("x-auth-token") for each in cloud.nova.asked} <= {"the-token", None}


def test_keystone_is_reached_with_the_ca_of_the_region(tmp_path: Path) -> None:
    """The text of the CA is enough, for Keystone and for what its catalog names."""
    ca = Authority()
    with ExitStack() as kept:
        nova = kept.enter_context(speaking(Nova(), ca.serving(tmp_path, "127.0.0.1")))
        says = Keystone(f"https://127.0.0.1:{nova.port}/v2.1")
        keystone = kept.enter_context(speaking(says, ca.serving(tmp_path, "localhost")))
        http = kept.enter_context(client(retries=0))
        where = {"auth_url": f"https://localhost:{keystone.port}"}

        assert len(names(read_cloud("lab", where | {"ca": ca.pem}, PASSWORD), http)) == len(FLAVORS)
        for other in ({}, {"ca": Authority("another").pem}):
            with pytest.raises(SourceError, match=r"cloud 'lab'.*not trusted.*PEM text"):
                names(read_cloud("lab", where | other, PASSWORD), http)


def test_a_catalog_that_names_a_place_outside_is_refused(cloud: Cloud) -> None:
    """Keystone may be asked, the Nova of its catalog may not: nothing is sent there, the token least of all."""
    said = rf"cloud 'lab'.*{cloud.nova.port}.*--egress"
    with keystone_only(cloud) as http, pytest.raises(SourceError, match=said) as caught:
        names(cloud.values(), http)

    assert isinstance(caught.value.__cause__, EgressError)
    assert cloud.nova.connections == 0


@pytest.mark.parametrize("url", ["http://169.254.169.254/latest", "http://localhost:1/v2.1", "http://0x7f.1/v2.1"])
def test_a_catalog_that_names_this_machine_is_refused(cloud: Cloud, url: str) -> None:
    """The rules that hold without any rule hold for the catalog too."""
    cloud.keystone_says.nova = url
    with keystone_only(cloud) as http, pytest.raises(SourceError, match="cloud target") as caught:
        names(cloud.values(), http)

    assert isinstance(caught.value.__cause__, EgressError)


def test_many_flavors(cloud: Cloud, record_property: Callable[[str, object], None]) -> None:
    """As many as are read of a cloud at all come; one more is an error, after them."""
    big = {"name": "onap.big", "extra_specs": {f"hw:key{number}": "value" for number in range(30)}}
    pages = [[{"id": f"{number}-{row}", **big} for row in range(1000)] for number in range(MANY // 1000)]
    links = [{"rel": "next", "href": "x"}]
    texts = [told(200, {"flavors": rows, "flavors_links": links}) for rows in pages]
    limits = ListingLimits(flavors=MANY)
    with client() as http:
        cloud.nova_says.first = [*texts, told(200, {"flavors": []})]
        started = time.monotonic()
        assert sum(1 for _ in list_region(cloud.values(), http, limits=limits)) == MANY
        record_property("listing", f"{MANY} flavors in {time.monotonic() - started:.1f} s")
        cloud.nova_says.first = [*texts, told(200, {"flavors": FLAVORS})]
        with pytest.raises(SourceError, match=f"has more than {MANY} flavors"):
            names(cloud.values(), http, limits=limits)


def test_a_keystone_outside_is_refused(cloud: Cloud) -> None:
    """Without a rule a region cannot point at this machine."""
    with HttpClient(Egress()) as http, pytest.raises(SourceError, match="loopback"):
        names(cloud.values(), http)

    assert cloud.keystone.connections == 0


def test_a_redirect_of_keystone_is_not_followed(cloud: Cloud) -> None:
    """The password goes to the Keystone that was registered and nowhere else."""
    with speaking(answer()) as elsewhere, client() as http:
        location = f"http://127.0.0.1:{elsewhere.port}/v3/auth/tokens"
        for status in (302, 305, 307, 308):
            cloud.keystone_says.answer = answer(status, Location=location)
            with pytest.raises(SourceError, match="cloud 'lab'"):
                names(cloud.values(), http)

        assert elsewhere.connections == 0


def test_a_redirect_of_nova_is_an_answer(cloud: Cloud) -> None:
    """The token stays with the Nova of the catalog."""
    with speaking(answer()) as elsewhere, client() as http:
        cloud.nova_says.first = [answer(302, Location=f"http://127.0.0.1:{elsewhere.port}/")]
        with pytest.raises(SourceError, match="answered 302"):
            names(cloud.values(), http)

        assert elsewhere.connections == 0


def test_a_page_is_tried_again_by_the_client_alone(cloud: Cloud) -> None:
    """A Nova that is busy for a moment is asked again; one that stays busy is asked three times and not nine."""
    with client() as http:
        cloud.nova_says.first = [told(503, {}), told(503, {})]
        assert len(names(cloud.values(), http)) == len(FLAVORS)
    before = len(cloud.nova.asked)
    with client() as http:
        cloud.nova_says.first = [told(503, {})] * 20
        with pytest.raises(SourceError, match="answered 503"):
            names(cloud.values(), http)

    assert [each.target.partition("?")[0] for each in cloud.nova.asked[before:]].count("/v2.1/flavors/detail") == 3


def test_a_login_is_sent_once(cloud: Cloud) -> None:
    """A Keystone that is busy gets no password a second time."""
    cloud.keystone_says.answer = told(503, {})
    with client() as http, pytest.raises(SourceError, match="cloud 'lab'"):
        names(cloud.values(), http)

    assert len(cloud.keystone_says.logins) == 1


def test_an_expired_token_is_told(cloud: Cloud) -> None:
    """A login that is refused says so, as with clouds.yaml."""
    cloud.keystone_says.answer = told(401, {"error": {"code": 401, "message": "expired"}})
    with client() as http, pytest.raises(SourceError, match=r"cloud 'lab'.*login was refused"):
        names(cloud.values({"token": "old"}), http)


@pytest.mark.parametrize(
    ("catalog", "said"),
    [
        ([], "for no project; give project_id"),
        ([{"type": "identity", "endpoints": []}], "no compute endpoint; check region and interface"),
    ],
)
def test_a_catalog_without_nova(cloud: Cloud, catalog: Any, said: str) -> None:
    """A login without a project gets an empty catalog, one of another region gets others."""
    token = {"methods": ["token"], "expires_at": "2999-01-01T00:00:00.000000Z", "catalog": catalog, "user": {"id": "u"}}
    cloud.keystone_says.answer = told(201, {"token": token}, X_Subject_Token="the-token")  # noqa: S106 - of nobody
    with client() as http, pytest.raises(SourceError, match=rf"cloud 'lab': .*{said}"):
        names(cloud.values({"token": "s3cret"}), http)


@pytest.mark.parametrize("body", [b"<html>maintenance</html>", b"", b'{"flavors": [{"id": "a"', b'{"flavors": []'])
def test_what_is_no_listing_is_an_error(cloud: Cloud, body: bytes) -> None:
    """HTML, nothing and half a page are never a short listing."""
    cloud.nova_says.first = [answer(body=body)]
    with client() as http, pytest.raises(SourceError, match=r"cloud 'lab'.*not a list of flavors"):
        names(cloud.values(), http)


def test_secrets_are_not_told(cloud: Cloud, caplog: pytest.LogCaptureFixture) -> None:
    """Neither repr nor message nor log at any level holds the password or the token."""
    caplog.set_level(logging.DEBUG)
    values = cloud.values()
    texts = [repr(values)]
    with client() as http:
        names(values, http)
        cloud.nova_says.first = [answer(body=b"no")]
        with pytest.raises(SourceError) as caught:
            names(values, http)
        texts += ["".join(traceback.format_exception(caught.value))]

    written = "\n".join([*texts, caplog.text])
    assert "s3cret" not in written
    assert "the-token" not in written


def test_secrets_that_are_repeated_in_escapes(cloud: Cloud) -> None:
    """JSON may write any character otherwise than it was sent; what is told is what it means."""
    said = "".join(f"\\u{ord(each):04x}" for each in "no: s3cret or the-token")
    cloud.nova_says.first = [answer(500, f'{{"computeFault": {{"message": "{said}"}}}}'.encode())] * 3
    with client(retries=0) as http, pytest.raises(SourceError, match="no: ") as caught:
        names(cloud.values(), http)

    assert "s3cret" not in str(caught.value)
    assert "the-token" not in str(caught.value)


@pytest.mark.parametrize(
    ("coordinates", "credential", "said"),
    [
        ({"cacert": "/etc/ssl/ca.pem"}, PASSWORD, "'cacert' is not allowed.*never by files"),
        ({"verify": False}, PASSWORD, "'verify' is not allowed"),
        ({"auth_type": "v3oidcdeviceauthz"}, PASSWORD, "'auth_type' is not allowed.*login plugins"),
        ({"proxy": "http://proxy"}, PASSWORD, "'proxy' is not allowed"),
        ({"interface": "private"}, PASSWORD, "interface is one of public, internal, admin"),
        ({"auth_url": ""}, PASSWORD, "auth_url must be a text"),
        ({"region_name": 7}, PASSWORD, "region_name must be a text"),
        ({"cert": "/etc/client.pem"}, PASSWORD, "'cert' is not allowed.*never by files"),
        ({"key": "/etc/client.key"}, PASSWORD, "'key' is not allowed.*never by files"),
        ({"profile": "vexxhost"}, PASSWORD, "'profile' is not allowed"),
        ({"cloud": "devstack"}, PASSWORD, "'cloud' is not allowed"),
        ({"insecure": True}, PASSWORD, "'insecure' is not allowed"),
        ({"compute_endpoint_override": "http://nova"}, PASSWORD, "'compute_endpoint_override' is not allowed"),
        ({"auth": {"password": "s3cret"}}, PASSWORD, "'auth' is not allowed"),
        ({}, PASSWORD | {"auth_type": "v3kerberos"}, "'auth_type' is not allowed.*login plugins"),
        ({}, PASSWORD | {"auth_plugin": "v3adfspassword"}, "'auth_plugin' is not allowed.*login plugins"),
        ({}, PASSWORD | {"auth_url": "http://elsewhere"}, "'auth_url' is not allowed"),
        ({}, PASSWORD | {"system_scope": "all"}, "'system_scope' is not allowed"),
        ({}, PASSWORD | {"passcode": "123456"}, "'passcode' is not allowed"),
        ({}, {"token_file": "/run/token"}, "exactly one of"),
        ({}, {"password": None}, "password must be a text"),
        ({}, PASSWORD | {"\0": "x"}, "is not allowed"),
        ({}, {}, "exactly one of password, token, application_credential_secret"),
        ({}, PASSWORD | {"token": "t"}, "exactly one of"),
        ({}, PASSWORD | {"exec": "/bin/login"}, "'exec' is not allowed.*programs"),
        ({}, {"token": "t", "username": "hpa"}, "'username' is not allowed"),
        ({}, {"password": {"file": "/etc/shadow"}}, "password must be a text"),
        ({}, {"token": ""}, "token must be a text"),
    ],
)
def test_values_that_are_refused(coordinates: dict[str, Any], credential: dict[str, Any], said: str) -> None:
    """Files, programs and plugins by name; a member too much; what is no text. No value is repeated."""
    with pytest.raises(SourceError, match=f"lab: .*{said}") as caught:
        read_cloud("lab", {"auth_url": "http://keystone.example"} | coordinates, credential)

    assert "s3cret" not in str(caught.value)


def test_auth_url_is_needed() -> None:
    """Without Keystone there is no cloud."""
    with pytest.raises(SourceError, match="auth_url is missing"):
        read_cloud("lab", {}, PASSWORD)


@pytest.mark.parametrize("ending", ["", "/", "/v3", "/v3/"])
def test_keystone_is_asked_in_version_3(ending: str) -> None:
    """Whether or not the URL says so, nobody needs to ask where the login is."""
    values = read_cloud("lab", {"auth_url": f"http://keystone.example/identity{ending}"}, PASSWORD)

    assert values.auth_url == "http://keystone.example/identity/v3"


def test_a_file_name_for_a_ca_is_refused(cloud: Cloud) -> None:
    """`ca` is text: a path of this machine is not opened."""
    with client() as http, pytest.raises(SourceError, match="not as a file name") as caught:
        names(cloud.values(ca="/etc/ssl/certs/ca-certificates.crt"), http)

    assert isinstance(caught.value.__cause__, ConnectorError)
