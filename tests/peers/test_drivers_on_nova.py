# SPDX-License-Identifier: Apache-2.0
"""End to end: flavors of a real Nova, answered by the drivers of custom_drivers/ from their wheels in a fresh venv."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from custom_drivers.built import QAT, SRIOV, build_wheel, copy_of, digest_in, go_command
from custom_drivers.venvs import Venv
from hpa_discovery.sources.openstack import Config, list_flavors
from peers.real_nova import RealNova

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.peer,
    # openstacksdk 4.22 warns of a part of its own that it loads whether or not it is used.
    pytest.mark.filterwarnings("ignore:Support for InfluxDB"),
]

NIC, ALIAS = "aggregate_instance_extra_specs:sriov_nic", "pci_passthrough:alias"
DEVICE = "aggregate_instance_extra_specs:sriov-device-"
# nova.conf's [pci]alias entries, which no API shows.
CONTEXT = {
    "pci_aliases": {
        "fast": {"vendor_id": "15B3", "product_id": "1018", "device_type": "type-VF"},
        "crypto": {"vendor_id": "8086", "product_id": "37c9", "device_type": "type-VF"},
        "nvme": {"vendor_id": "144d", "product_id": "a808"},
    }
}
FLAVORS: dict[str, dict[str, str]] = {
    "onap.router": {NIC: "sriov-nic-Intel64-8086-154C-data-net-1:2,a-b-c-15b3-1018-oam:1", ALIAS: "fast:1"},
    "onap.firewall": {ALIAS: "fast:1 , crypto:2,nvme:1", f"{DEVICE}1": "8086-1563", f"{DEVICE}2": "Intel-8086-1563"},
    "onap.gateway": {ALIAS: "QAT-Intel64-8086-0443:2,SRIOV-8086-1889:4"},
    "onap.plain": {},
}

Said = dict[tuple[str, str], dict[str, str]]
VF_700 = {
    "pciDeviceName": "Ethernet Virtual Function 700 Series",
    "pciCardFamily": "Intel Ethernet 700 Series",
    "pciDeviceType": "type-VF",
}
CX5 = {
    "pciDeviceName": "MT27800 Family [ConnectX-5 Virtual Function]",
    "pciCardFamily": "Mellanox ConnectX-5",
    "pciDeviceType": "type-VF",
    "pciPfDeviceId": "1017",
}
X550 = {
    "pciDeviceName": "Ethernet Controller X550",
    "pciCardFamily": "Intel X550",
    "pciDeviceType": "type-PF",
    "pciVfDeviceId": "1565",
}
VF_800 = {
    "pciDeviceName": "Ethernet Adaptive Virtual Function",
    "pciCardFamily": "Intel Ethernet 800 Series",
    "pciDeviceType": "type-VF",
}


def qat(family: str, physical: str) -> dict[str, str]:
    """What go_qat adds about a virtual function."""
    return {
        "pciDeviceName": f"{family} Virtual Function",
        "pciCardFamily": family,
        "pciDeviceType": "type-VF",
        "pciPfDeviceId": physical,
    }


def ids(count: int, vendor: str, device: str, network: str = "") -> dict[str, str]:
    """Count, vendor, device and network of one instance."""
    found = {"pciCount": str(count), "pciVendorId": vendor, "pciDeviceId": device}
    return found | ({"physicalNetwork": network} if network else {})


# Worked out by hand from FLAVORS, CONTEXT, and what lspci calls these devices.
EXPECTED: dict[str, Said] = {
    "onap.router": {
        ("pciePassthrough", "fast"): ids(1, "15b3", "1018") | CX5,
        ("sriovNICNetwork", "8086-154c-data-net-1"): ids(2, "8086", "154c", "data-net-1") | VF_700,
        ("sriovNICNetwork", "15b3-1018-oam"): ids(1, "15b3", "1018", "oam") | CX5,
    },
    "onap.firewall": {
        ("pciePassthrough", "crypto"): ids(2, "8086", "37c9") | qat("Intel QAT C62x", "37c8"),
        ("pciePassthrough", "fast"): ids(1, "15b3", "1018") | CX5,
        ("pciePassthrough", "nvme"): ids(1, "144d", "a808"),
        ("sriovNICNetwork", "8086-1563"): ids(2, "8086", "1563") | X550,
    },
    "onap.gateway": {
        ("pciePassthrough", "QAT-Intel64-8086-0443"): ids(2, "8086", "0443") | qat("Intel QAT DH895xCC", "0435"),
        ("pciePassthrough", "SRIOV-8086-1889"): ids(4, "8086", "1889") | VF_800,
    },
    "onap.plain": {},
}


@dataclass(frozen=True)
class Site:
    """A venv with both wheels, a state directory in which both are allowed, and a Nova that holds FLAVORS."""

    venv: Venv
    folder: Path
    nova: RealNova

    def hpa(self, *arguments: str | Path) -> str:
        """What `hpa` of the venv prints; it must succeed."""
        command = [self.venv.python, "-m", "hpa_discovery.cli", *map(str, arguments)]
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("OS_", "HPA_", "PYTHON"))}
        settings = {**self.nova.environment, "HPA_STATE_DIR": str(self.folder / "state")}
        done = subprocess.run(
            command, env=kept | settings, cwd=self.folder, capture_output=True, text=True, timeout=120, check=False
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stdout[-2000:] + done.stderr
        return done.stdout

    @property
    def drivers(self) -> dict[str, dict[str, Any]]:
        """What `hpa driver list` says of each driver."""
        return {row["driver"]: row for row in json.loads(self.hpa("driver", "list", "-o", "json"))["drivers"]}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Both wheels built, installed, found by their lists of files, looked at and allowed."""
    go_command()
    folder = tmp_path_factory.mktemp("site")
    venv, digests = Venv(folder / "venv"), dict[str, str]()
    for shipped in (SRIOV, QAT):
        wheel = build_wheel(copy_of(shipped, folder))
        venv.install(wheel)
        digests[shipped.driver] = digest_in(wheel, shipped, folder / "unpacked")
    (folder / "context.json").write_text(json.dumps(CONTEXT), "utf-8")
    with RealNova(tmp_path_factory.mktemp("nova-with-cards")) as nova:
        for name, specs in FLAVORS.items():
            nova.create_flavor(name, specs, validated=True, id=name)
        made = Site(venv, folder, nova)
        for driver, digest in digests.items():
            made.hpa("driver", "allow", driver, "--digest", digest)
        yield made


def rows(site: Site, *options: str | Path) -> dict[str, dict[str, Any]]:
    """The rows of `hpa discover` by flavor."""
    place = ("--owner", "example", "--region", "RegionOne", "--context", site.folder / "context.json")
    printed = site.hpa("discover", "--cloud", "admin", "-o", "jsonl", *place, *options)
    found = [json.loads(line) for line in printed.splitlines()]
    return {row["subject"]["name"]: row for row in found}


def cards(row: dict[str, Any]) -> Said:
    """The instances of a row's two features about cards, by feature and card, with their values."""
    found = [each for each in row["capabilities"] if each["hpa-feature"] in {"pciePassthrough", "sriovNICNetwork"}]
    assert {(each["architecture"], each["hpa-version"]) for each in found} <= {("generic", "v1")}
    said = [{item["hpa-attribute-key"]: read(item) for item in each["hpa-feature-attributes"]} for each in found]
    by_card = {(each["hpa-feature"], named(values)): values for each, values in zip(found, said, strict=True)}
    assert len(by_card) == len(found)
    return by_card


def read(attribute: dict[str, str]) -> str:
    """What an hpa-attribute-value says."""
    value = json.loads(attribute["hpa-attribute-value"])
    assert value.keys() == {"value"}
    return str(value["value"])


def named(values: dict[str, str]) -> str:
    """Vendor, device and network of an instance: A&AI's object has no member for what tells instances apart."""
    return "-".join(values[key] for key in ("pciVendorId", "pciDeviceId", "physicalNetwork") if key in values)


def by_ids(expected: Said) -> Said:
    """The same, named as `cards` names instances."""
    return {(feature, named(values)): values for (feature, _), values in expected.items()}


def test_the_cards_of_real_flavors(site: Site) -> None:
    """Ids, counts and networks of each flavor, with the names of network cards and QAT devices; nothing is unknown."""
    assert {name: row["allowed"] for name, row in site.drivers.items()} == {SRIOV.driver: True, QAT.driver: True}
    packs = [Path(row["folder"]).parents[1] for row in site.drivers.values()]
    assert all(pack.is_relative_to(site.venv.folder) for pack in packs)

    found = rows(site, "--pack-path", packs[0], "--pack-path", packs[1])

    assert {name: cards(row) for name, row in found.items()} == {
        name: by_ids(expected) for name, expected in EXPECTED.items()
    }
    assert [row for row in found.values() if row["unknown"] or row["diagnostics"]] == []


def test_only_what_the_table_of_cards_knows_is_new(site: Site) -> None:
    """Without the drivers the same instances are answered by the rules, with ids, counts and networks alone."""
    known = {*ids(1, "", "", "x")}
    plain = {
        name: {key: {each: values[each] for each in values if each in known} for key, values in by_ids(found).items()}
        for name, found in EXPECTED.items()
    }

    assert {name: cards(row) for name, row in rows(site, "--packs", "onap.openstack").items()} == plain


def test_go_qat_over_its_lines(site: Site) -> None:
    """The program itself, as it lies in the wheel, is asked about what Nova lists: one line in, one line out."""
    program = Path(site.drivers[QAT.driver]["folder"]) / "go-qat"
    with pytest.MonkeyPatch.context() as patch:
        for variable in [name for name in os.environ if name.startswith("OS_")]:
            patch.delenv(variable)
        patch.setenv("OS_CLIENT_CONFIG_FILE", str(site.nova.clouds_file))
        subjects = list(list_flavors(Config("admin")))
    questions = [
        {"op": "discover", "id": number, "subject": subject, "context": CONTEXT}
        for number, subject in enumerate(subjects)
    ]
    lines = "".join(json.dumps(question) + "\n" for question in questions)
    done = subprocess.run([program], input=lines, capture_output=True, text=True, timeout=30, check=True, env={})

    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == list(range(len(FLAVORS)))
    assert [answer["diagnostics"] for answer in answers] == [[]] * len(FLAVORS)
    said = {
        subject["name"]: {
            (each["feature"], each["discriminator"]): {key: item["value"] for key, item in each["attributes"].items()}
            for each in answer["capabilities"]
        }
        for subject, answer in zip(subjects, answers, strict=True)
    }
    assert said == {
        name: {key: values for key, values in found.items() if "QAT" in values.get("pciCardFamily", "")}
        for name, found in EXPECTED.items()
    }
