# SPDX-License-Identifier: Apache-2.0
"""What the README shows of a region is what comes out: the flavors of the examples, before and after they changed."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cli.running import Ran, hpa
from docs.console import NEEDS_REGION, commands, matches
from docs.fenced import ROOT, blocks
from hpa_discovery.cli.deployment import Told
from hpa_discovery.packs.activate import activate
from hpa_discovery.store import regions
from hpa_discovery.store.opening import open_store
from hpa_discovery.store.seen import Seen
from peers.aai.running import Aai
from peers.test_oof_reading import COMPLEXES
from peers.test_oof_reading import PLACE as WHERE
from store.listed import listed

README = ROOT / "README.md"
FLAVORS = ROOT / "examples" / "flavors"
SOURCE = "openstack.flavor"
NAME = "acme/RegionOne"
REGION = f"/cloud-infrastructure/cloud-regions/cloud-region/{NAME}"
LINK = {"related-to": "complex", "related-link": f"{COMPLEXES}/here"}
THERE = [
    (f"{COMPLEXES}/here", WHERE),
    (REGION, {"cloud-region-version": "1", "relationship-list": {"relationship": [LINK]}}),
]


class Region:
    """A deployment with one region whose A&AI is the double."""

    def __init__(self, folder: Path, aai: Aai) -> None:
        self._state, self._aai = folder / "state", aai
        there = {"url": aai.url, "user": aai.user, "password": aai.password, "ca": aai.ca}
        body = {
            "coordinates": {"auth_url": "https://keystone.example:5000/v3"},
            "credential": {"username": "hpa", "password": "x"},
            "aai": there,
        }
        ran = hpa("region", "add", NAME, "--from", "-", "--state-dir", self._state, stdin=json.dumps(body))
        assert ran.code == 0, ran.err
        self._generation = activate(SOURCE)

    def find(self, *flavors: dict[str, Any]) -> None:
        """Two listings give these flavors, as the bundled packs judge them."""
        context = self._generation.see(SOURCE, json.loads((ROOT / "examples" / "context.json").read_text("utf-8")))
        found = [
            Seen(each["id"], each["name"], each, self._generation.evaluate(SOURCE, each, context)) for each in flavors
        ]
        with closing(open_store(self._state, Told())) as store:
            with store.read("the region") as transaction:
                region = regions.get(transaction, *NAME.split("/"))
            assert region is not None
            for _ in range(2):
                listed(store, region.id, *found)

    def run(self, command: str) -> Ran:
        """A command of the page."""
        egress = f"aai=127.0.0.0/8:{urlsplit(self._aai.url).port}"
        return hpa(*command.split()[1:], "--state-dir", self._state, "--egress", egress)


def flavor(name: str, **extra_specs: str) -> dict[str, Any]:
    """A flavor of the examples, with these extra specs different."""
    found: dict[str, Any] = json.loads((FLAVORS / f"{name}.json").read_text("utf-8"))
    return {**found, "extra_specs": {**found.get("extra_specs", {}), **extra_specs}}


def test_the_plan_of_the_readme(tmp_path: Path) -> None:
    """A flavor came, one says otherwise and one went; what it shows is what is planned."""
    [block] = [each for each in blocks(README) if NEEDS_REGION in each.marks]
    [(command, expected)] = commands(block)
    with Aai(mode="strict") as aai:
        aai.control.load(THERE)
        region = Region(tmp_path, aai)
        region.find(flavor("upf", **{"hw:mem_page_size": "2MB"}), flavor("plain"), flavor("crypto-gateway"))
        assert region.run(f"hpa apply {NAME}").code == 0
        region.find(flavor("upf"), flavor("inference"), flavor("crypto-gateway"))
        ran = region.run(command)
    assert matches(expected, ran.out + ran.err), ran.out + ran.err
