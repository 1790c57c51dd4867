# SPDX-License-Identifier: Apache-2.0
"""docs/regions.md, followed from the first line to the last with the double of A&AI, and its table of alarms."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

from docs.console import Console
from docs.fenced import DOCS, Block, blocks, code, table
from hpa_discovery.alarms.inventory import TYPES
from hpa_discovery.cli.deployment import Told
from hpa_discovery.connectors.egress_rules import read_rules
from hpa_discovery.store import regions
from hpa_discovery.store.opening import open_store
from peers.aai.running import Aai
from peers.test_oof_reading import COMPLEXES
from peers.test_oof_reading import PLACE as WHERE
from store.listed import listed, seen

PAGE = DOCS / "regions.md"
REGION = "/cloud-infrastructure/cloud-regions/cloud-region/acme/RegionOne"
URL = "https://aai.example:8443"


class RegionsConsole(Console):
    """A console in which the page's A&AI is the double, and a cloud was listed before the block that says so."""

    def __init__(self, folder: Path, aai: Aai) -> None:
        super().__init__(folder)
        self._aai = aai
        self._state = folder / "home" / ".local" / "state" / "hpa-discovery"
        (self.folder / "aai.password").write_text(f"{aai.password}\n", "utf-8")
        (self.folder / "aai-ca.pem").write_text(aai.ca, "ascii")

    def follow(self, block: Block) -> None:
        """As a console does."""
        if "listed" in block.marks:
            self._list()
        super().follow(block)

    def run(self, command: str, status: int = 0) -> tuple[str, int]:
        """With the double's address and user, which may be asked though it is on this machine."""
        egress = f"aai=127.0.0.0/8:{urlsplit(self._aai.url).port}"
        command = command.replace(URL, self._aai.url).replace("--aai-user AAI", f"--aai-user {self._aai.user}")
        if command.startswith(("hpa plan", "hpa apply")):
            command = f'HPA_EGRESS="{egress}" {command}'
        return super().run(command, status)

    def _list(self) -> None:
        store = open_store(self._state, Told())
        with store.read("a region") as transaction:
            region = regions.get(transaction, "acme", "RegionOne")
        assert region is not None
        listed(store, region.id, seen("f-1", "numa"))
        store.close()


def test_all_commands_do_what_the_page_shows(tmp_path: Path) -> None:
    """In order."""
    with Aai(mode="strict") as aai:
        link = {"related-to": "complex", "related-link": f"{COMPLEXES}/here"}
        whole = {"cloud-region-version": "1", "relationship-list": {"relationship": [link]}}
        aai.control.load([(f"{COMPLEXES}/here", WHERE), (REGION, whole)])
        console = RegionsConsole(tmp_path, aai)
        for block in blocks(PAGE):
            console.follow(block)


def test_the_alarms_are_those_of_the_inventory() -> None:
    """The table has every type with what the API tells of it."""
    shown = [(code(row[0]), *row[1:]) for row in table(PAGE, "Alarms").rows]
    assert shown == [(each.name, each.severity, each.meaning, each.remedy) for each in TYPES.values()]


def test_the_rules_of_egress_can_be_read() -> None:
    """What the page gives to hpa serve."""
    text = next(block.text for block in blocks(PAGE) if "hpa serve" in block.text)
    rules = [word for before, word in pairwise(text.split()) if before == "--egress"]
    assert set(read_rules(rules)) == {"cloud", "aai"}
