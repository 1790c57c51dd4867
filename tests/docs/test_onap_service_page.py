# SPDX-License-Identifier: Apache-2.0
"""What docs/onap.md says of the service, followed with a small cloud and the double of A&AI, as ONAP left it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from docs.fenced import DOCS, blocks, codes, table
from docs.test_service_page import ServiceConsole
from hpa_discovery.service.forms.multicloud import RegistryReply
from peers.aai.oof_reading import COMPLEX_WANTS
from peers.aai.running import Aai
from rules.onap_oracle import answers
from work.small_cloud import SmallCloud

PAGE = DOCS / "onap.md"
REGIONS = "/cloud-infrastructure/cloud-regions/cloud-region"
OURS = f"{REGIONS}/CloudOwner/RegionOne"
URL = "https://aai.example:8443"


class OnapConsole(ServiceConsole):
    """A console in which the page's A&AI is the double, which may be asked though it is on this machine."""

    def __init__(self, folder: Path, aai: Aai) -> None:
        super().__init__(folder, "")
        self._aai = aai
        self._egress = f"aai=127.0.0.0/8:{urlsplit(aai.url).port} cloud=127.0.0.0/8:1-65535"
        (self.folder / "aai.password").write_text(f"{aai.password}\n", "utf-8")
        (self.folder / "aai-ca.pem").write_text(aai.ca, "ascii")

    def run(self, command: str, status: int = 0) -> tuple[str, int]:
        """With the double's address and user."""
        command = command.replace(URL, self._aai.url).replace("--aai-user AAI", f"--aai-user {self._aai.user}")
        return super().run(f'export HPA_EGRESS="{self._egress}"; {command}' if "hpa " in command else command, status)

    def environment(self) -> dict[str, str]:
        """Of the service."""
        return {**super().environment(), "HPA_EGRESS": self._egress}


def registered(cloud: SmallCloud) -> list[tuple[str, dict[str, Any]]]:
    """What ONAP has in A&AI: two regions, and in one of them a flavor with what its own driver wrote."""
    cloud.add("upf")
    flavor = cloud.flavors["upf"]
    flavor |= {"OS-FLV-EXT-DATA:ephemeral": 0, "extra_specs": {"hw:cpu_policy": "dedicated"}}
    system = {
        "service-url": cloud.coordinates["auth_url"],
        "user-name": "onap",
        "password": "s3cret",
        "system-type": "VIM",
        "cloud-domain": "Default",
        "default-tenant": "vnfs",
        "openstack-region-id": cloud.coordinates["region_name"],
    }
    inside = {"hpa-capabilities": {"hpa-capability": answers(flavor, {})}}
    return [
        (OURS, {"cloud-type": "openstack", "cloud-region-version": "ocata"}),
        (f"{OURS}/esr-system-info-list/esr-system-info/1", system),
        (f"{OURS}/flavors/flavor/upf", {"flavor-name": "onap.upf", "flavor-selflink": "http://0.0.0.0", **inside}),
        (f"{REGIONS}/K8sOwner/edge", {"cloud-type": "k8s"}),
    ]


def test_all_commands_do_what_the_page_shows(tmp_path: Path) -> None:
    """In order, with the service that the page starts; at the end A&AI has what ONAP's driver alone says."""
    with SmallCloud() as cloud, Aai(mode="strict") as aai:
        aai.control.load(registered(cloud))
        console = OnapConsole(tmp_path, aai)
        try:
            for block in blocks(PAGE):
                console.follow(block)
        finally:
            console.stop()
        left = (aai.control.tree(f"{OURS}/flavors/flavor/upf/hpa-capabilities") or {})["hpa-capability"]
    assert [each["hpa-feature"] for each in left] == ["ovsDpdk"]
    assert (console.folder / "multicloud.token").stat().st_mode & 0o077 == 0


def test_the_words_of_a_status_are_those_of_the_api() -> None:
    """The table has every one."""
    [row] = [row for row in table(PAGE, "Requests").rows if row[0].startswith("GET")]
    words: list[str] = RegistryReply.model_json_schema()["properties"]["status"]["enum"]
    assert [each for each in codes(row[1]) if each in words] == words


def test_what_oof_wants_of_a_complex_is_told() -> None:
    """As OOF's own reading has it."""
    [row] = [row for row in table(PAGE, "What OOF sees").rows if row[0] == "its complex"]
    assert codes(row[1]) == list(COMPLEX_WANTS)
