# SPDX-License-Identifier: Apache-2.0
"""What a cloud hides from a user who has lost rights, or seems to have lost them; and what is really gone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from work.hostile_cloud import FIRST, PUBLIC, SPECS, HostileCloud, flavor, told

if TYPE_CHECKING:
    from socket import socket

    from connectors.speaking import Asked
    from work.hostile_region import Region

pytest.importorskip("openstack", reason="clouds are read with openstacksdk, an extra")
# openstacksdk 4.22 warns of a part of its own that it loads whether or not it is used.
pytestmark = pytest.mark.filterwarnings("ignore:Support for InfluxDB")


@pytest.fixture
def half_private(region: Region) -> Region:
    """Half of the flavors are private, and in A&AI."""
    hide(region.cloud)
    region.round()
    region.assert_healed()
    region.deployment.aai.control.forget()
    return region


def hide(cloud: HostileCloud) -> None:
    """Two of the flavors are private."""
    for name in "bd":
        cloud.flavors[name] = flavor(name, **{PUBLIC: False})


def test_rights_that_are_lost(half_private: Region) -> None:
    """A user who is no administrator any more proves of no private flavor that it is gone, however few there are."""
    half_private.cloud.admin = False
    for _ in range(3):
        half_private.round()

    text = half_private.assert_kept("source.incomplete")
    assert re.search("2 flavors .* such as 'onap.b', .* no administrator.*give a credential with the role admin", text)
    half_private.cloud.heal()
    hide(half_private.cloud)
    half_private.round()
    half_private.assert_healed()


@pytest.mark.parametrize("status", [400, 403])
def test_a_listing_that_is_refused_to_an_administrator(half_private: Region, status: int) -> None:
    """What stands before Nova refuses the wish for private flavors, and only of the listing: it proves nothing."""

    def refuse(wire: socket, asked: Asked) -> None:
        if "is_public" not in asked.target:
            public = [each for each in half_private.cloud.flavors.values() if each.get(PUBLIC, True)]
            wire.sendall(told(200, {"flavors": public}))
        elif "limit=1000" in asked.target and asked.target not in refused:
            refused.append(asked.target)
            wire.sendall(told(status, {"error": {"code": status, "message": "not now"}}))
        else:
            wire.sendall(told(200, half_private.cloud.page("")))

    half_private.cloud.says[FIRST] = refuse
    for _ in range(3):
        refused: list[str] = []
        half_private.round()

    assert "was refused at first" in half_private.assert_kept("source.incomplete")


def test_a_private_flavor_that_is_gone(half_private: Region) -> None:
    """An administrator is believed: after two listings its capabilities are deleted."""
    del half_private.cloud.flavors["b"]
    half_private.round()
    half_private.round()

    assert half_private.deployment.deletes()
    half_private.assert_healed()


def test_a_public_flavor_that_is_gone(half_private: Region) -> None:
    """Anybody is believed."""
    half_private.cloud.flavors = {name: flavor(name) for name in "abcd"}
    half_private.round()
    half_private.cloud.admin = False
    del half_private.cloud.flavors["b"]
    half_private.round()
    half_private.round()

    assert half_private.deployment.deletes()
    half_private.assert_healed()


def test_extra_specs_that_may_not_be_read_any_more(region: Region) -> None:
    """Of an old Nova, 403 for each flavor; of a newer one, no member: all is unknown, and nothing is deleted."""
    region.cloud.old = True
    region.cloud.says[SPECS] = told(403, {"forbidden": {"code": 403, "message": "Policy doesn't allow it."}})
    region.round()
    assert region.deployment.alarm_types() == ["source.unreadable"]
    region.cloud.heal()
    for each in region.cloud.flavors.values():
        del each["extra_specs"]
    region.round()

    [alarm] = region.deployment.alarms().values()
    assert "4 of 4 subjects, such as onap.a: subject.unreadable: flavor.extra_specs" in alarm.text
    assert region.deployment.deletes() == []
    region.cloud.heal()
    region.round()
    region.assert_healed()
