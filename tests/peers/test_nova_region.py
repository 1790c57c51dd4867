# SPDX-License-Identifier: Apache-2.0
"""The source openstack.flavor on a cloud given by values, against a real Keystone and Nova."""

from __future__ import annotations

from contextlib import ExitStack, closing
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from connectors.speaking import LOOPBACK, Asked, answer, client, speaking
from hpa_discovery.errors import EgressError, SourceError
from hpa_discovery.sources.openstack import Config, list_flavors, list_region, sees_all
from hpa_discovery.sources.openstack_values import CloudValues, read_cloud
from peers import nova_flavors as flavors
from peers.certificates import Authority
from peers.keystone_admin import KeystoneAdmin

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from socket import socket

    from peers.real_nova import RealNova

pytestmark = [
    pytest.mark.peer,
    # openstacksdk 4.22 warns of a part of its own that it loads whether or not it is used.
    pytest.mark.filterwarnings("ignore:Support for InfluxDB"),
]

PROJECT = {"project_name": "admin", "project_domain_name": "Default"}


def values(nova: RealNova, name: str, **changes: Any) -> CloudValues:
    """A cloud of clouds.yaml as the values of a region."""
    entry = nova.cloud(name, **changes)
    credential = dict(entry["auth"])
    return read_cloud(name, {"auth_url": credential.pop("auth_url"), "region_name": entry["region_name"]}, credential)


@pytest.mark.parametrize("name", ["admin", "reader", "member"])
def test_values_give_what_clouds_yaml_gives(nova: RealNova, name: str) -> None:
    """The same flavors in the same order, with the same extra specs or without them."""
    with client(rules=LOOPBACK) as http:
        found = list(list_region(values(nova, name), http))

    assert found == list(list_flavors(Config(name)))


def test_an_admin_sees_every_flavor(nova: RealNova) -> None:
    """More flavors than Nova gives at once."""
    with client(rules=LOOPBACK) as http:
        found = [flavor["name"] for flavor in list_region(values(nova, "admin"), http)]

    assert sorted(found) == sorted(flavors.ALL)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"password": "wrong"}, r"cloud 'admin'.*login was refused"),
        ({"region_name": "Elsewhere"}, r"cloud 'admin'.*no compute endpoint"),
        ({"auth_url": "http://127.0.0.1:1/v3"}, r"cloud 'admin'.*refused"),
    ],
)
def test_what_is_wrong_is_told(nova: RealNova, changes: dict[str, str], said: str) -> None:
    """As with clouds.yaml; without the password."""
    cloud = values(nova, "admin", **changes)
    with client(rules=LOOPBACK, retries=0) as http, pytest.raises(SourceError, match=said) as caught:
        list(list_region(cloud, http))

    assert cloud.credential["password"] not in str(caught.value)


@pytest.mark.parametrize(("name", "expected"), [("admin", True), ("reader", False), ("member", False)])
def test_who_is_shown_all(nova: RealNova, name: str, expected: bool) -> None:
    """Nova reads is_public from its administrators alone."""
    with client(rules=LOOPBACK) as http:
        assert sees_all(values(nova, name), http) is expected


@pytest.fixture
def keystone(nova: RealNova) -> KeystoneAdmin:
    """The admin, logged in anew."""
    return KeystoneAdmin(nova.identity_url, nova.cloud("admin")["auth"]["password"])


def test_a_token_is_a_credential(nova: RealNova, keystone: KeystoneAdmin) -> None:
    """For the project that is named with it; when it is revoked, that is told and the token is not."""
    where = {"auth_url": nova.identity_url, "region_name": "RegionOne"}
    credential = {"token": keystone.token, **PROJECT}
    with client(rules=LOOPBACK) as http:
        assert len(list(list_region(read_cloud("lab", where, credential), http))) == len(flavors.ALL)
        with pytest.raises(SourceError, match="for no project; give project_id, or project_name"):
            list(list_region(read_cloud("lab", where, {"token": keystone.token}), http))
    keystone.revoke(keystone.token)
    with client(rules=LOOPBACK) as http, pytest.raises(SourceError, match="expired token must be replaced") as caught:
        list(list_region(read_cloud("lab", where, credential), http))
    assert keystone.token not in str(caught.value)


def test_an_application_credential(nova: RealNova, keystone: KeystoneAdmin) -> None:
    """By its id, or by its name with the user's; a wrong secret is refused."""
    number = keystone.add_application_credential("hpa", "s3cret-of-hpa")
    where = {"auth_url": nova.identity_url, "region_name": "RegionOne"}
    by_name = {"application_credential_name": "hpa", "username": "admin", "user_domain_name": "Default"}
    for which in ({"application_credential_id": number}, by_name):
        with client(rules=LOOPBACK) as http:
            cloud = read_cloud("lab", where, {"application_credential_secret": "s3cret-of-hpa", **which})
            assert len(list(list_region(cloud, http))) == len(flavors.ALL)
        wrong = read_cloud("lab", where, {"application_credential_secret": "s3cret-of-nobody", **which})
        with client(rules=LOOPBACK) as http, pytest.raises(SourceError, match="login was refused") as caught:
            list(list_region(wrong, http))
        assert "s3cret" not in str(caught.value)


def behind_tls(port: int, addresses: dict[str, str]) -> Callable[[socket, Asked], None]:
    """Forwards to a server of this machine; in its answers other addresses stand."""

    def forward(wire: socket, asked: Asked) -> None:
        with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as server:
            kept = {name: value for name, value in asked.headers.items() if name != "accept-encoding"}
            server.request(asked.method, asked.target, asked.body or None, kept)
            got = server.getresponse()
            body = got.read().decode()
        for old, new in addresses.items():
            body = body.replace(old, new)
        headers = {name: got.headers[name] for name in ("Content-Type", "X-Subject-Token") if name in got.headers}
        wire.sendall(answer(got.status, body.encode(), **headers))

    return forward


@pytest.mark.parametrize("method", ["password", "token"])
def test_a_cloud_behind_tls(nova: RealNova, keystone: KeystoneAdmin, tmp_path: Path, method: str) -> None:
    """With the text of its CA; Nova's version document names http, as behind many a proxy, and nobody goes there."""
    own, ports = Authority(), [urlsplit(url).port or 0 for url in (nova.identity_url, nova.compute_url)]
    addresses: dict[str, str] = {}
    with ExitStack() as kept:
        front = [
            kept.enter_context(speaking(behind_tls(port, addresses), own.serving(tmp_path, "127.0.0.1")))
            for port in ports
        ]
        for port, each in zip(ports, front, strict=True):
            addresses[f"http://127.0.0.1:{port}"] = f"https://127.0.0.1:{each.port}"
        where = {"auth_url": f"https://127.0.0.1:{front[0].port}", "region_name": "RegionOne", "ca": own.pem}
        credential = values(nova, "admin").credential if method == "password" else {"token": keystone.token, **PROJECT}
        rules = tuple(f"cloud=127.0.0.1:{each.port}" for each in front)
        http = kept.enter_context(client(rules=rules))
        assert len(list(list_region(read_cloud("lab", where, credential), http))) == len(flavors.ALL)
        with pytest.raises(SourceError, match=r"not trusted.*PEM text"):
            list(list_region(read_cloud("lab", where | {"ca": Authority("another").pem}, credential), http))


def test_the_nova_of_the_catalog_is_held_to_the_rules(nova: RealNova) -> None:
    """With a rule for Keystone alone, Nova is refused."""
    cloud = values(nova, "admin")
    rules = (f"cloud=127.0.0.1:{urlsplit(cloud.auth_url).port}",)
    with client(rules=rules) as http, pytest.raises(SourceError) as caught:
        list(list_region(cloud, http))

    assert isinstance(caught.value.__cause__, EgressError)
