# SPDX-License-Identifier: Apache-2.0
"""The source openstack.flavor on a cloud given by values, against a real Keystone and Nova."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from connectors.speaking import LOOPBACK, client
from hpa_discovery.errors import EgressError, SourceError
from hpa_discovery.sources.openstack import Config, list_flavors, list_region
from hpa_discovery.sources.openstack_values import CloudValues, read_cloud
from peers import nova_flavors as flavors

if TYPE_CHECKING:
    from peers.real_nova import RealNova

pytestmark = [
    pytest.mark.peer,
    # openstacksdk 4.22 warns of a part of its own that it loads whether or not it is used.
    pytest.mark.filterwarnings("ignore:Support for InfluxDB"),
]


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


def test_the_nova_of_the_catalog_is_held_to_the_rules(nova: RealNova) -> None:
    """With a rule for Keystone alone, Nova is refused."""
    cloud = values(nova, "admin")
    rules = (f"cloud=127.0.0.1:{urlsplit(cloud.auth_url).port}",)
    with client(rules=rules) as http, pytest.raises(SourceError) as caught:
        list(list_region(cloud, http))

    assert isinstance(caught.value.__cause__, EgressError)
