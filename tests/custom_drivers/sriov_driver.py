# SPDX-License-Identifier: Apache-2.0
"""The modules of sriov_nic, imported from the driver's folder as its host does, and its answers in short."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from custom_drivers.built import SRIOV
from hpa_discovery.language.driver import Driver, parse_driver
from hpa_discovery.language.yaml_reader import read_yaml

FOLDER = SRIOV.pack / "drivers" / "sriov-nic"
sys.path.insert(0, str(FOLDER))

from sriov_nic import SriovNic  # noqa: E402 - its folder is known only now
from sriov_nic.cards import TABLE, Card, read_cards  # noqa: E402 - its folder must be on the path before

__all__ = ["DRIVER", "FOLDER", "TABLE", "Card", "SriovNic", "lines", "read_cards", "specs"]

DRIVER: Driver = parse_driver(
    read_yaml(Path(FOLDER, "driver.yaml").read_bytes(), "driver.yaml").value, str(FOLDER), "0" * 64
)
_PREFIX = "aggregate_instance_extra_specs:"
_SHORT = {"pciPfDeviceId": "pf", "pciVfDeviceId": "vf"}
_LEFT_OUT = {"pciDeviceName", "pciCardFamily"}


def specs(alias: Any = None, nic: Any = None, **devices: Any) -> dict[str, Any]:
    """Extra specs: `alias` and `nic` are the two long keys, any other name n stands for sriov-device-n."""
    named = {"pci_passthrough:alias": alias, f"{_PREFIX}sriov_nic": nic}
    named |= {f"{_PREFIX}sriov-device-{name}": value for name, value in devices.items()}
    return {key: value for key, value in named.items() if value is not None}


def lines(answer: dict[str, Any]) -> list[str]:
    """An answer, one line each: `pci <instance> <count>x<vendor>:<device> ...`, then `<level> <code> <feature> ...`."""
    return [*map(_capability, answer["capabilities"]), *map(_diagnostic, answer["diagnostics"])]


def _capability(found: dict[str, Any]) -> str:
    told = {key: item["value"] for key, item in found["attributes"].items() if key not in _LEFT_OUT}
    count, vendor, device = (told.pop(key) for key in ("pciCount", "pciVendorId", "pciDeviceId"))
    rest = [f"{_SHORT[key]}={value}" if key in _SHORT else value for key, value in told.items()]
    return " ".join([_feature(found), found["discriminator"], f"{count}x{vendor}:{device}", *rest])


def _diagnostic(found: dict[str, Any]) -> str:
    said = [found["level"], found["code"], _feature(found), found.get("discriminator", "")]
    return " ".join(said).strip()


def _feature(found: dict[str, Any]) -> str:
    return {"pciePassthrough": "pci", "sriovNICNetwork": "net"}[found["feature"]]
