# SPDX-License-Identifier: Apache-2.0
"""What sriov_nic makes of the three ways in which a flavor asks for network cards."""

from __future__ import annotations

from typing import Any

import pytest

from custom_drivers.sriov_driver import SriovNic, lines, specs

NIC = SriovNic()
LONG = "n" * 256
VF = "8086:154c type-VF"
# Nova's [pci]alias entries, as the operator gives them.
TABLE: dict[str, Any] = {
    "vf": {"vendor_id": "8086", "product_id": "154C", "device_type": "type-VF"},
    "cx5": {"vendor_id": "15B3", "product_id": "1017"},
    "whole": {"vendor_id": "15b3", "product_id": "1017", "device_type": "type-PCI"},
    "wrong": {"vendor_id": "8086", "product_id": "1572", "device_type": "type-VF"},
    "never": {"vendor_id": "8086", "product_id": "154c", "device_type": "type-PCI"},
    "odd": {"vendor_id": "8086", "product_id": "154c", "device_type": "VF"},
    "odder": {"vendor_id": "8086", "product_id": "154c", "device_type": ""},
    "number": {"vendor_id": "8086", "product_id": "154c", "device_type": 1},
    "half": {"vendor_id": "8086"},
    "bad": {"vendor_id": "0x8086", "product_id": "154c"},
    "word": "8086",
    "nothing": None,
    "qat": {"vendor_id": "8086", "product_id": "37c8"},
    "named-15b3-1017": {"vendor_id": "8086", "product_id": "37c8"},
    "half-15b3-1017": {"product_id": "1018"},
    "typed-15b3-1018": {"device_type": "type-VF"},
    "either": [{"vendor_id": "8086", "product_id": "154c"}, {"vendor_id": "8086", "product_id": "1889"}],
    "same": [{"vendor_id": "8086", "product_id": "154c"}, {"vendor_id": "8086", "product_id": "154C"}],
    "none": [],
}


def answer(extra_specs: Any, context: Any = None) -> list[str]:
    """The driver's answer in short."""
    return lines(NIC.discover({"extra_specs": extra_specs}, context))


@pytest.mark.parametrize(
    ("alias", "expected"),
    [
        # what ONAP's documents write
        ("Intel-8086-154C:2", [f"pci Intel-8086-154C 2x{VF}"]),
        ("sriov-nic-Intel64-15b3-1017:1", ["pci sriov-nic-Intel64-15b3-1017 1x15b3:1017 type-PF vf=1018"]),
        ("8086-10ed:1", ["pci 8086-10ed 1x8086:10ed type-VF"]),
        ("15b3-1018 : 1 ,8086-154c:3", ["pci 15b3-1018 1x15b3:1018 type-VF pf=1017", f"pci 8086-154c 3x{VF}"]),
        # what the operator says
        ("vf:1", [f"pci vf 1x{VF}"]),
        ("vf:1, vf:2", [f"pci vf 3x{VF}"]),
        ("cx5:1", ["pci cx5 1x15b3:1017 type-PF vf=1018"]),
        ("whole:1", ["pci whole 1x15b3:1017 type-PCI vf=1018"]),
        ("same:1", [f"pci same 1x{VF}"]),
        ("nothing-8086-154c:1", [f"pci nothing-8086-154c 1x{VF}"]),
        ("half-15b3-1017:1", ["pci half-15b3-1017 1x15b3:1018 type-VF pf=1017"]),
        ("typed-15b3-1018:1", ["pci typed-15b3-1018 1x15b3:1018 type-VF pf=1017"]),
        ("wrong:1", ["pci wrong 1x8086:1572", "warning pci.device_type pci wrong"]),
        ("never:1", ["pci never 1x8086:154c", "warning pci.device_type pci never"]),
        # another pack's matter, or nothing
        ("qat:1", []),
        ("named-15b3-1017:1", []),
        ("GPU-10de-1eb8:4", []),
        ("vf:0", []),
        ("vf:00,unheard-of:0", []),
        # what cannot be judged
        ("QuickAssist:1", ["error pci.alias_unknown pci QuickAssist"]),
        ("Intel8086-154c:1", ["error pci.alias_unknown pci Intel8086-154c"]),
        ("8086-154c-1:1", ["error pci.alias_unknown pci 8086-154c-1"]),
        ("nothing:1", ["error pci.alias_unknown pci nothing"]),
        ("none:1", ["error pci.alias_unknown pci none"]),
        ("half:1", ["error pci.alias_unknown pci half"]),
        ("bad:1", ["error pci.alias_unknown pci bad"]),
        ("word:1", ["error pci.alias_unknown pci word"]),
        ("odd:1", ["error pci.device_type pci odd"]),
        ("odder:1", ["error pci.device_type pci odder"]),
        ("number:1", ["error pci.device_type pci number"]),
        ("either:1", ["error pci.alias_several pci either"]),
        ("vf:1,vf:12345678901", ["error pci.count pci vf"]),
        ("vf", ["error pci.alias_form pci"]),
        ("", ["error pci.alias_form pci"]),
        ("vf:1,", [f"pci vf 1x{VF}", "error pci.alias_form pci"]),
        (":1", ["error pci.alias_form pci"]),
        ("vf:-1", ["error pci.alias_form pci"]),
        ("vf:1:2", ["error pci.alias_form pci"]),
        ("vf:\u0661", ["error pci.alias_form pci"]),
        ("v\x00f:1", ["error pci.alias_form pci"]),
        (f"{LONG}:1", ["error pci.alias_form pci"]),
        (",".join(["vf:1"] * 64), [f"pci vf 64x{VF}"]),
        (",".join(["vf:1"] * 65), ["error sriov.many pci"]),
        (7, ["error pci.alias_form pci"]),
        (["vf:1"], ["error pci.alias_form pci"]),
    ],
    ids=lambda value: str(value)[:30],
)
def test_aliases(alias: Any, expected: list[str]) -> None:
    """An alias is a network card, another device, or unknown; nothing is guessed."""
    assert answer(specs(alias), {"pci_aliases": TABLE}) == expected


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ({"pci_aliases": [{"name": "vf", "vendor_id": "8086", "product_id": "154c"}, 7]}, [f"pci vf 1x{VF}"]),
        (
            {"pci_aliases": [{"name": "other", "vendor_id": "8086", "product_id": "154c"}]},
            ["error pci.alias_unknown pci vf"],
        ),
        ({"pci_aliases": {}}, ["error pci.alias_unknown pci vf"]),
        ({"pci_aliases": None}, ["error pci.alias_unknown pci vf"]),
        ({"pci_aliases": "vf"}, ["error pci.alias_table pci"]),
        ({}, ["error pci.alias_unknown pci vf"]),
        (None, ["error pci.alias_unknown pci vf"]),
        ([], ["error pci.alias_unknown pci vf"]),
    ],
)
def test_the_operators_table(context: Any, expected: list[str]) -> None:
    """Nova's table comes by name or as a list; without it a name that says nothing is unknown."""
    assert answer(specs("vf:1"), context) == expected


@pytest.mark.parametrize(
    ("nic", "expected"),
    [
        ("sriov-nic-Intel64-8086-154C-physnet:1", [f"net 8086-154c-physnet 1x{VF}"]),
        ("a-b-c-8086-154c-data-net-1:2", [f"net 8086-154c-data-net-1 2x{VF}"]),
        ("a-b-c-15b3-1018-net:1-2:4", ["net 15b3-1018-net:1-2 4x15b3:1018 type-VF pf=1017"]),
        ("a-b-c-8086-154c-n:1,x-y-z-8086-154C-n:2 ", [f"net 8086-154c-n 3x{VF}"]),
        ("a-b-c-8086-154c-n:1,a-b-c-8086-154c-N:2 ", [f"net 8086-154c-n 1x{VF}", f"net 8086-154c-N 2x{VF}"]),
        ("a-b-c-8086-1572-n:1", ["net 8086-1572-n 1x8086:1572 type-PF vf=154c"]),
        # a card that the table does not know is answered with what is asked
        ("a-b-c-1d6a-00b1-n:1", ["net 1d6a-00b1-n 1x1d6a:00b1"]),
        ("a-b-c-8086-154c-n:0", []),
        ("8086-154c-n:1,a-b-c-8086-154c-n:1", [f"net 8086-154c-n 1x{VF}", "error sriov.form net"]),
        ("a-b-c-808-154c-n:1", ["error sriov.form net"]),
        ("a-b-c-8086-154g-n:1", ["error sriov.form net"]),
        ("a-b--8086-154c-n:1", ["error sriov.form net"]),
        ("a-b-c-8086-154c-:1", ["error sriov.form net"]),
        ("a-b-c-8086-154c-n", ["error sriov.form net"]),
        ("a-b-c-8086-154c-n:", ["error sriov.form net"]),
        ("a-b-c-8086-154c-n:x", ["error sriov.form net"]),
        ("a-b-c-8086-154c-n\x7f:1", ["error sriov.form net"]),
        (f"a-b-c-8086-154c-{LONG}:1", ["error sriov.form net"]),
        ("a-b-c-8086-154c-n:9999999999,a-b-c-8086-154c-n:1", ["error sriov.count net 8086-154c-n"]),
        (",".join(["a-b-c-8086-154c-n:1"] * 65), ["error sriov.many net"]),
        ("", ["error sriov.form net"]),
        (1, ["error sriov.form net"]),
        ({}, ["error sriov.form net"]),
    ],
    ids=lambda value: str(value)[:30],
)
def test_networks(nic: Any, expected: list[str]) -> None:
    """Vendor, device, network and count of ONAP's long form; a network is written as it is, dashes and all."""
    shown = [line if line.startswith("error") else with_network(line) for line in expected]

    assert answer(specs(nic=nic)) == shown


def with_network(line: str) -> str:
    """The line with the physical network, which is the end of its discriminator, behind the ids."""
    feature, discriminator, card, *rest = line.split(" ")
    return " ".join([feature, discriminator, card, discriminator.split("-", 2)[2], *rest])


@pytest.mark.parametrize(
    ("devices", "expected"),
    [
        ({"1": "8086-1563"}, ["net 8086-1563 1x8086:1563 type-PF vf=1565"]),
        ({"intel": " Intel-8086-154C "}, [f"net 8086-154c 1x{VF}"]),
        (
            {"1": "8086-154c", "2": "x-8086-154c", "3": "15b3-1018"},
            [f"net 8086-154c 2x{VF}", "net 15b3-1018 1x15b3:1018 type-VF pf=1017"],
        ),
        ({"1": "1d6a-00b1"}, ["net 1d6a-00b1 1x1d6a:00b1"]),
        ({"1": "8086", "2": "8086-154c"}, [f"net 8086-154c 1x{VF}", "error sriov.form net"]),
        ({"1": "Intel8086-154c"}, ["error sriov.form net"]),
        ({"1": ""}, ["error sriov.form net"]),
        ({"1": 8086}, ["error sriov.form net"]),
        ({"1": f"{LONG}-8086-154c"}, ["error sriov.form net"]),
        ({str(number): "8086-154c" for number in range(65)}, ["error sriov.many net"]),
    ],
    ids=lambda value: str(value)[:30],
)
def test_devices(devices: dict[str, Any], expected: list[str]) -> None:
    """Each sriov-device key is one function; equal cards are one capability with their number."""
    assert answer(specs(**devices)) == expected


def test_the_three_ways_at_once() -> None:
    """They are answered side by side: aliases first, then networks, then devices."""
    asked = specs("vf:1", "a-b-c-8086-154c-n:1", **{"1": "8086-154c"})

    assert answer(asked, {"pci_aliases": TABLE}) == [
        f"pci vf 1x{VF}",
        "net 8086-154c-n 1x8086:154c n type-VF",
        f"net 8086-154c 1x{VF}",
    ]


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ({"extra_specs": {}}, []),
        ({"extra_specs": {"aggregate_instance_extra_specs:sriov-device": "8086-154c"}}, []),
        ({"extra_specs": {"PCI_PASSTHROUGH:ALIAS": "8086-154c:1"}}, []),
        ({"extra_specs": dict.fromkeys(specs("", "", x=""))}, []),
        ({"extra_specs": None}, ["error sriov.flavor pci", "error sriov.flavor net"]),
        ({}, ["error sriov.flavor pci", "error sriov.flavor net"]),
        ([], ["error sriov.flavor pci", "error sriov.flavor net"]),
        (None, ["error sriov.flavor pci", "error sriov.flavor net"]),
    ],
)
def test_subjects(subject: Any, expected: list[str]) -> None:
    """Extra specs that are not there are unknown; none at all ask for nothing."""
    assert lines(NIC.discover(subject, {})) == expected


def test_what_the_table_of_cards_adds() -> None:
    """Beside ids and count: the name as in lspci, the family, the kind of function and the other function's id."""
    (found,) = NIC.discover({"extra_specs": specs("15b3-101e:1")}, {})["capabilities"]

    assert found == {
        "feature": "pciePassthrough",
        "architecture": "generic",
        "version": "v1",
        "discriminator": "15b3-101e",
        "attributes": {
            "pciCount": {"value": "1"},
            "pciVendorId": {"value": "15b3"},
            "pciDeviceId": {"value": "101e"},
            "pciDeviceName": {"value": "ConnectX Family mlx5Gen Virtual Function"},
            "pciCardFamily": {"value": "Mellanox ConnectX-6 Dx and later"},
            "pciDeviceType": {"value": "type-VF"},
        },
    }


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (specs("QuickAssist:1"), ["'QuickAssist'", "context.pci_aliases", "VENDOR-DEVICE"]),
        (specs("vf;1"), ["pci_passthrough:alias", "'vf;1'", "NAME:COUNT"]),
        (specs("odd:1"), ["'odd'", "'VF'", "type-PCI, type-PF, type-VF"]),
        (specs("number:1"), ["'number'", "'a number'", "type-PCI, type-PF, type-VF"]),
        (specs(["vf:1"]), ["pci_passthrough:alias is a list; a text is needed"]),
        (specs("wrong:1"), ["type-VF", "8086:1572", "type-PF", "Nova will find no such device"]),
        (
            specs(nic="net:1"),
            ["aggregate_instance_extra_specs:sriov_nic", "'net:1'", "TYPE-KIND-ARCH-VENDOR-DEVICE-PHYSNET:COUNT"],
        ),
        (specs(one="intel"), ["sriov-device-", "'one'", "'intel'", "VENDOR-DEVICE"]),
        (specs("\x1b[31m" + "x" * 100), ["'?[31mxxx", "xxx...'"]),
    ],
)
def test_messages_help(asked: dict[str, Any], words: list[str]) -> None:
    """A message names the key, the bad value, short and printable, and what is allowed."""
    (diagnostic,) = NIC.discover({"extra_specs": asked}, {"pci_aliases": TABLE})["diagnostics"]

    assert [word for word in words if word not in diagnostic["message"]] == []
    assert diagnostic["message"].isprintable()
    assert len(diagnostic["message"]) < 300
