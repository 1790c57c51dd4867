# SPDX-License-Identifier: Apache-2.0
"""The wheels of custom_drivers/: what is in them, and what they answer once they are installed, allowed and fenced."""

from __future__ import annotations

import json
import shutil
import struct
from pathlib import Path
from typing import Any

import pytest

from cli.running import hpa
from custom_drivers.built import QAT, SRIOV, Shipped, build_wheel, copy_of, digest_in, names_in, run
from custom_drivers.venvs import Installed
from hpa_discovery.drivers.folders import digest_of
from hpa_discovery.drivers.isolation import fences
from hpa_discovery.packs.lint import lint_paths

TAKE_OVER = SRIOV.pack / "site" / "take-over.overlay.yaml"
OTHER = "0" * 64
BASIC = {"vcpus": 1, "ram": 512, "disk": 1, "swap": 0, "OS-FLV-EXT-DATA:ephemeral": 0}
PT_INTERP = 3


def flavor(**specs: str) -> dict[str, Any]:
    """A flavor; `nic`, `alias` and `device` stand for the three keys that ask for cards."""
    keys = {
        "nic": "aggregate_instance_extra_specs:sriov_nic",
        "alias": "pci_passthrough:alias",
        "device": "aggregate_instance_extra_specs:sriov-device-1",
    }
    return BASIC | {"id": "f", "name": "f", "extra_specs": {keys[name]: value for name, value in specs.items()}}


def asked(context: dict[str, Any] | None = None, **specs: str) -> dict[str, Any]:
    """One question."""
    return {"flavor": flavor(**specs), "context": context or {}}


def cards(outcome: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """The attributes of each instance of the two features about cards."""
    found = outcome["capabilities"]
    shown = [item for item in found if item["feature"] in {"pciePassthrough", "sriovNICNetwork"}]
    assert {(item["architecture"], item["version"]) for item in shown} <= {("generic", "v1")}
    by_instance = {(item["feature"], item["discriminator"]): item["attributes"] for item in shown}
    assert len(by_instance) == len(shown)
    return by_instance


def ids(count: int, vendor: str, device: str, **more: str) -> dict[str, str]:
    """What rules and drivers alike say of a card."""
    return {"pciCount": str(count), "pciVendorId": vendor, "pciDeviceId": device, **more}


VF_700 = {
    "pciDeviceName": "Ethernet Virtual Function 700 Series",
    "pciCardFamily": "Intel Ethernet 700 Series",
    "pciDeviceType": "type-VF",
}
CX5 = {
    "pciDeviceName": "MT27800 Family [ConnectX-5]",
    "pciCardFamily": "Mellanox ConnectX-5",
    "pciDeviceType": "type-PF",
    "pciVfDeviceId": "1018",
}
X550 = {
    "pciDeviceName": "Ethernet Controller X550",
    "pciCardFamily": "Intel X550",
    "pciDeviceType": "type-PF",
    "pciVfDeviceId": "1565",
}
C62X = {
    "pciDeviceName": "Intel QAT C62x Virtual Function",
    "pciCardFamily": "Intel QAT C62x",
    "pciDeviceType": "type-VF",
    "pciPfDeviceId": "37c8",
}


def test_the_wheel_of_sriov_nic_is_for_every_machine(sriov: Installed) -> None:
    """It is pure, and holds the pack, its driver and the overlay, and nothing else."""
    assert sriov.wheel.name == "onap_device_driver_sriov_nic-1.0.0-py3-none-any.whl"
    below = "onap_device_driver_sriov_nic"
    modules = ("__init__", "aliases", "asked", "cards", "driver", "networks")
    assert names_in(sriov.wheel) == {
        f"{below}/__init__.py",
        f"{below}/pack.yaml",
        f"{below}/site/take-over.overlay.yaml",
        f"{below}/drivers/sriov-nic/driver.yaml",
        f"{below}/drivers/sriov-nic/nics.toml",
        *(f"{below}/drivers/sriov-nic/sriov_nic/{name}.py" for name in modules),
    }


def unpacked_driver(qat: Installed) -> Path:
    """The folder of go-qat as it lies in its wheel."""
    return qat.source.parent / "unpacked" / QAT.package / "drivers" / "go-qat"


def test_the_wheel_of_go_qat_is_for_one_platform(qat: Installed) -> None:
    """It is for any Python 3, and holds the program without its sources."""
    assert qat.wheel.name.startswith("onap_device_driver_qat-1.0.0-py3-none-linux_")
    below = "onap_device_driver_qat"
    assert names_in(qat.wheel) == {
        f"{below}/__init__.py",
        f"{below}/pack.yaml",
        f"{below}/drivers/go-qat/driver.yaml",
        f"{below}/drivers/go-qat/go-qat",
    }


def test_the_program_of_go_qat_is_static(qat: Installed) -> None:
    """It asks for no loader, so it runs on every Linux, and inside fences that hide the system's libraries."""
    content = (unpacked_driver(qat) / "go-qat").read_bytes()
    (start,) = struct.unpack_from("=Q", content, 32)
    size, count = struct.unpack_from("=HH", content, 54)
    kinds = {struct.unpack_from("=I", content, start + place * size)[0] for place in range(count)}

    assert content[:5] == b"\x7fELF\x02"
    assert PT_INTERP not in kinds


@pytest.mark.parametrize("name", ["sriov", "qat"])
def test_a_wheel_built_elsewhere_has_the_same_driver(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """What an operator allowed stays allowed when the same sources are built again, in another folder."""
    first: Installed = request.getfixturevalue(name)
    again = build_wheel(copy_of(first.shipped, tmp_path / "another"))

    assert digest_in(again, first.shipped, tmp_path / "unpacked") == first.digest


def test_a_wheel_built_without_setup_py_has_the_same_driver(sriov: Installed, tmp_path: Path) -> None:
    """`hpa pack build` needs no Python packaging, and what it packs is allowed where the other wheel is."""
    ran = hpa("pack", "build", SRIOV.pack, "--out", tmp_path / "wheels")

    assert (ran.code, ran.err) == (0, "")
    (wheel,) = (tmp_path / "wheels").iterdir()
    assert wheel.name == sriov.wheel.name
    assert names_in(wheel) == names_in(sriov.wheel)
    assert digest_in(wheel, SRIOV, tmp_path / "unpacked") == sriov.digest


@pytest.mark.parametrize("name", ["sriov", "qat"])
def test_hpa_reads_the_wheel_before_it_is_installed(name: str, request: pytest.FixtureRequest) -> None:
    """`hpa pack show` finds the pack in the file, with its driver and the digest to allow."""
    installed: Installed = request.getfixturevalue(name)

    ran = hpa("pack", "show", installed.wheel)

    assert (ran.code, ran.err) == (0, "")
    assert [word for word in (installed.shipped.driver, installed.digest) if word not in ran.out] == []


@pytest.mark.parametrize("name", ["sriov", "qat"])
def test_the_installed_driver_is_the_one_in_the_wheel(name: str, request: pytest.FixtureRequest) -> None:
    """The pack is found by the list of files, and its driver's digest is the same before and after pip."""
    installed: Installed = request.getfixturevalue(name)

    answer = installed.ask([])

    assert answer["drivers"] == {installed.shipped.driver: installed.digest}
    assert Path(answer["root"]).is_relative_to(installed.venv.folder)
    assert Path(answer["root"]).name == installed.shipped.package


@pytest.mark.parametrize("name", ["sriov", "qat"])
def test_the_installed_pack_is_lint_clean(name: str, request: pytest.FixtureRequest) -> None:
    """There are no findings of any level."""
    installed: Installed = request.getfixturevalue(name)

    assert lint_paths([Path(installed.ask([])["root"])]).findings == ()


def test_a_checkout_is_lint_clean_once_go_qat_is_made(go: str, tmp_path: Path) -> None:
    """`make` in the driver's folder puts the program where driver.yaml looks for it."""
    packs = [copy_of(shipped, tmp_path) / shipped.package for shipped in (SRIOV, QAT)]
    run(["make"], packs[1] / "drivers" / "go-qat")

    assert lint_paths(packs).findings == ()


def test_make_builds_the_program_of_the_wheel(qat: Installed, go: str, tmp_path: Path) -> None:
    """Both ways to build give one program, byte for byte, which says the version of the pack."""
    made = copy_of(QAT, tmp_path) / QAT.package / "drivers" / "go-qat"
    run(["make"], made)

    assert (made / "go-qat").read_bytes() == (unpacked_driver(qat) / "go-qat").read_bytes()
    assert json.loads(run([str(made / "go-qat")], tmp_path, '{"op": "describe", "id": 0}\n'))["version"] == "1.0.0"
    assert digest_of(made) != qat.digest, "the sources lie beside it, and count"


def test_the_tests_in_go_pass(go: str, tmp_path: Path) -> None:
    """go_qat has tests of its own; they and Go's own checks find nothing."""
    folder = copy_of(QAT, tmp_path) / QAT.package / "drivers" / "go-qat"

    assert "ok" in run(["make", "test"], folder)


def test_sriov_nic_answers_from_its_wheel(sriov: Installed) -> None:
    """Every form at once: ids and counts as the rules say them, and beside them what the table of cards knows."""
    table = {"pci_aliases": {"fast": {"vendor_id": "15B3", "product_id": "1017"}}}
    question = asked(
        table,
        nic="sriov-nic-intel-8086-154C-data-net-1:2, a-b-c-8086-154c-data-net-1:1,a-b-c-8086-154c-other:1",
        alias="fast:1,fast:1,QAT-8086-37c8:1",
        device="Intel-8086-1563",
    )

    answer = sriov.ask([question], alone=True)

    assert answer["told"] == []
    (outcome,) = answer["outcomes"]
    assert (outcome["unknown"], outcome["diagnostics"]) == ([], [])
    assert cards(outcome) == {
        ("pciePassthrough", "fast"): ids(2, "15b3", "1017") | CX5,
        ("sriovNICNetwork", "8086-154c-data-net-1"): ids(3, "8086", "154c", physicalNetwork="data-net-1") | VF_700,
        ("sriovNICNetwork", "8086-154c-other"): ids(1, "8086", "154c", physicalNetwork="other") | VF_700,
        ("sriovNICNetwork", "8086-1563"): ids(1, "8086", "1563") | X550,
    }


def test_each_way_to_ask_is_enough(sriov: Installed) -> None:
    """The driver is asked about a flavor that uses any one of the three keys, and about no other."""
    ways = [{"nic": "a-b-c-8086-154c-net:1"}, {"alias": "8086-154c:1"}, {"device": "8086-154c"}, {}]

    allowed = sriov.ask([asked(**way) for way in ways], alone=True)["outcomes"]
    refused = sriov.ask([asked(**way) for way in ways], alone=True, allow=OTHER)["outcomes"]

    assert [[name for _, name in cards(outcome)] for outcome in allowed] == [
        ["8086-154c-net"],
        ["8086-154c"],
        ["8086-154c"],
        [],
    ]
    assert [bool(outcome["unknown"]) for outcome in refused] == [True, True, True, False]


def test_go_qat_answers_from_its_wheel(qat: Installed) -> None:
    """A program in Go behind the same lines; the network card beside it stays the rules' matter."""
    table = {"pci_aliases": {"qat": {"vendor_id": "8086", "product_id": "37C9"}}}

    answer = qat.ask([asked(table, alias="qat:2, qat:1,nic-8086-154c:1")])

    assert answer["told"] == []
    (outcome,) = answer["outcomes"]
    assert (outcome["unknown"], outcome["diagnostics"]) == ([], [])
    assert cards(outcome) == {
        ("pciePassthrough", "qat"): ids(3, "8086", "37c9") | C62X,
        ("pciePassthrough", "nic-8086-154c"): ids(1, "8086", "154c"),
    }


@pytest.mark.parametrize("name", ["sriov", "qat"])
def test_all_fences_of_this_machine_stand(name: str, request: pytest.FixtureRequest) -> None:
    """In a venv of its own a driver has the fences that it has here."""
    installed: Installed = request.getfixturevalue(name)

    assert installed.ask([])["missing"].keys() == fences().missing.keys()


@pytest.mark.parametrize(
    ("name", "feature", "specs"),
    [
        ("sriov", "sriovNICNetwork", {"nic": "a-b-c-8086-154c-net:1"}),
        ("qat", "pciePassthrough", {"alias": "QAT-8086-37c8:1"}),
    ],
)
def test_a_driver_that_is_not_allowed_is_not_asked(
    name: str, feature: str, specs: dict[str, str], request: pytest.FixtureRequest
) -> None:
    """What it would answer is unknown, with a hint how to allow it; what the rules know is answered."""
    installed: Installed = request.getfixturevalue(name)

    (outcome,) = installed.ask([asked(**specs)], allow=OTHER)["outcomes"]

    driver = installed.shipped.driver
    assert [feature, "*", driver, "driver.untrusted"] in outcome["unknown"]
    ((code, rule, level, message),) = outcome["diagnostics"]
    assert (code, rule, level) == ("driver.untrusted", driver, "error")
    assert f"hpa driver allow {driver} --digest {installed.digest}" in message
    ((_, attributes),) = cards(outcome).items()
    assert "pciCardFamily" not in attributes


def site_with(folder: Path, *overlays: Path) -> Path:
    """A site's folder with overlays, and a pack of nothing where there are none."""
    folder.mkdir()
    for overlay in overlays:
        shutil.copy(overlay, folder)
    return folder


def test_the_overlay_leaves_the_feature_to_the_driver(sriov: Installed, tmp_path: Path) -> None:
    """With it a bad request is reported once, by the driver, and a driver that may not run leaves nothing answered."""
    site = site_with(tmp_path / "site", TAKE_OVER)
    good, bad = asked(nic="a-b-c-8086-154c-net:1"), asked(nic="net:1")

    whole, broken = sriov.ask([good, bad], site=site)["outcomes"]
    (untrusted,) = sriov.ask([good], allow=OTHER, site=site)["outcomes"]

    assert cards(whole) == {
        ("sriovNICNetwork", "8086-154c-net"): ids(1, "8086", "154c", physicalNetwork="net") | VF_700
    }
    assert [(code, rule) for code, rule, *_ in broken["diagnostics"]] == [("sriov.form", SRIOV.driver)]
    assert cards(untrusted) == {}
    assert {rule for feature, _, rule, _ in untrusted["unknown"] if feature == "sriovNICNetwork"} == {SRIOV.driver}


def test_without_the_overlay_the_rules_answer_beside_the_driver(sriov: Installed) -> None:
    """A vendor's answer wins; but rule and driver both report a bad request, and the rule steps in for the driver."""
    good, bad = asked(nic="a-b-c-8086-154c-net:1"), asked(nic="net:1")

    whole, broken = sriov.ask([good, bad])["outcomes"]
    (untrusted,) = sriov.ask([good], allow=OTHER)["outcomes"]

    assert cards(whole) == {
        ("sriovNICNetwork", "8086-154c-net"): ids(1, "8086", "154c", physicalNetwork="net") | VF_700
    }
    reporters = sorted((code, rule) for code, rule, *_ in broken["diagnostics"])
    assert reporters == [("sriov.form", "onap.openstack/sriov-nic"), ("sriov.form", SRIOV.driver)]
    assert cards(untrusted) == {
        ("sriovNICNetwork", "8086-154c-net"): ids(1, "8086", "154c", physicalNetwork="net"),
    }


def test_the_overlay_changes_nothing_else(sriov: Installed, tmp_path: Path) -> None:
    """PCI aliases that are no network card are answered by the bundled rules as before."""
    site = site_with(tmp_path / "site", TAKE_OVER)
    question = asked(alias="QAT-8086-37c8:1,nic-8086-154c:1")

    with_it, without = (sriov.ask([question], site=each)["outcomes"] for each in (site, None))

    assert with_it == without
    assert cards(with_it[0]) == {
        ("pciePassthrough", "QAT-8086-37c8"): ids(1, "8086", "37c8"),
        ("pciePassthrough", "nic-8086-154c"): ids(1, "8086", "154c") | VF_700,
    }


@pytest.mark.parametrize("shipped", [SRIOV, QAT], ids=lambda shipped: shipped.folder)
def test_the_wheel_is_called_after_the_pack(shipped: Shipped) -> None:
    """A wheel is onap-device-driver-<name of the pack>."""
    lines = (shipped.pack / "pack.yaml").read_text("utf-8").splitlines()
    (name,) = [line.split()[1] for line in lines if line.startswith("  name: ")]

    assert shipped.distribution == f"onap-device-driver-{name}"
