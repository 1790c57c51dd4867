# SPDX-License-Identifier: Apache-2.0
"""From a real Nova through the bundled rules to A&AI, and what OOF makes of what stands there."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from aai.wishes import PLACE
from connectors.speaking import LOOPBACK
from hpa_discovery.aai.reading import PAGE_SIZE
from hpa_discovery.connectors.client import HttpClient
from hpa_discovery.connectors.egress import Egress
from hpa_discovery.connectors.egress_rules import read_rules
from hpa_discovery.packs.files import find_packs
from hpa_discovery.packs.load import load_pack
from hpa_discovery.resources import bundled
from hpa_discovery.store import regions
from hpa_discovery.work.reading import READERS
from peers import nova_flavors as flavors
from peers.aai import oof_reading
from peers.aai.asking import Asking
from peers.aai.running import Aai
from peers.test_oof_reading import COMPLEXES, wants
from peers.test_oof_reading import PLACE as WHERE
from store.filling import keys
from work.deployments import Deployment, deletes, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hpa_discovery.language.pack import Pack
    from peers.real_nova import RealNova

pytestmark = [
    pytest.mark.peer,
    # openstacksdk 4.22 warns of a part of its own that it loads whether or not it is used.
    pytest.mark.filterwarnings("ignore:Support for InfluxDB"),
]
REGION = "cloud-infrastructure/cloud-regions/cloud-region/owner/region%20one"


def default_packs() -> list[Pack]:
    """The bundled packs that serve unless somebody says otherwise."""
    loaded = (load_pack(root).pack for root in find_packs(Path(bundled("rules"))))
    return [pack for pack in loaded if pack is not None and pack.activation == "default"]


@pytest.fixture
def aai() -> Iterator[Aai]:
    """With a region as OOF wants it: a version and one whole complex."""
    link = {"related-to": "complex", "related-link": f"{COMPLEXES}/here"}
    objects: list[tuple[str, dict[str, Any]]] = [
        (f"{COMPLEXES}/here", WHERE),
        (REGION, {"cloud-region-version": "1", "relationship-list": {"relationship": [link]}}),
    ]
    with Aai(mode="strict") as server:
        server.control.load(objects)
        server.control.forget()
        yield server


@pytest.fixture
def deployment(nova: RealNova, aai: Aai, tmp_path: Path) -> Iterator[Deployment]:
    """A region of this Nova, seen by its administrator."""
    rules = read_rules([*LOOPBACK, "aai=127.0.0.0/8", "aai=::1/128"])
    with HttpClient(Egress(rules)) as http, Deployment(tmp_path, aai, http) as made:
        made.serves = serving(*default_packs())
        made.workplace = made.using(readers=READERS)
        log_in_as(made, nova, "admin")
        yield made


def log_in_as(deployment: Deployment, nova: RealNova, name: str) -> None:
    """From now on the region's credential is that of this user."""
    entry = nova.cloud(name)
    credential = dict(entry["auth"])
    where = {"auth_url": credential.pop("auth_url"), "region_name": entry["region_name"]}
    with deployment.store.write("changing who logs in") as transaction:
        changed = replace(deployment.region, coordinates=where)
        deployment.region = regions.change(transaction, keys(), changed, {"cloud": json.dumps(credential)})


def test_what_oof_finds_is_what_nova_has(deployment: Deployment, aai: Aai) -> None:
    """OOF takes the region, reads every flavor and every value, and chooses the one that fits; again costs no write."""
    deployment.round()

    with Asking(aai, app=oof_reading.APP) as oof:
        taken = oof_reading.read_regions(lambda path: oof.get(path).body).taken
        found = oof_reading.read_flavors(lambda path: oof.get(path).body, PLACE.owner, PLACE.region)
    assert taken == ((PLACE.owner, PLACE.region),)
    assert {each["flavor-name"] for each in found} == flavors.ALL
    assert oof_reading.unreadable(found) == []
    pages = wants("hugePages", ("memoryPageSize", "=", "1", "GB"))
    chosen = oof_reading.choose(found, [pages])
    assert chosen is not None
    assert chosen.flavor_name == "onap.hw"
    assert deployment.alarms() == {}

    aai.control.forget()
    deployment.round()
    assert aai.control.counts() == {"GET": -(-len(flavors.ALL) // PAGE_SIZE)}


def test_who_may_not_read_extra_specs_deletes_nothing_of_what_is_seen(
    deployment: Deployment, nova: RealNova, aai: Aai
) -> None:
    """An administrator lost the rights: nothing is deleted, of private flavors neither, and it is told."""
    deployment.round()
    before = aai.control.counts()["writes"]
    assert before
    aai.control.forget()
    log_in_as(deployment, nova, "member")

    deployment.round(3)

    assert deletes(aai.control.writes()) == []
    assert deployment.alarm_types() == ["source.incomplete", "source.unreadable"]
    alarm = deployment.alarms()["source.incomplete", ""]
    assert "2 flavors that Nova does not show to everybody are not shown any more" in alarm.text
