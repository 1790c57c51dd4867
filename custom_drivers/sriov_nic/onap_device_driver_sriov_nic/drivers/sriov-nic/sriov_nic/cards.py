# SPDX-License-Identifier: Apache-2.0
"""The network cards of nics.toml: by vendor and device id, with the other functions of the same card."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parent.parent / "nics.toml"


@dataclass(frozen=True, slots=True)
class Card:
    """One kind of function of a card; `device_type` is type-PF or type-VF, as Nova says it.

    `vf` is the device id of the virtual functions of a physical one. `pf` is that of the
    physical function behind a virtual one, and "" where the family has several.
    """

    vendor: str
    device: str
    name: str
    device_type: str
    family: str
    pf: str = ""
    vf: str = ""


Cards = Mapping[tuple[str, str], Card]


def read_cards(path: Path = TABLE) -> Cards:
    """Every card of the table by (vendor, device)."""
    families = tomllib.loads(path.read_text("utf-8"))["family"]
    return {(card.vendor, card.device): card for family in families for card in _of_family(family)}


def _of_family(family: Mapping[str, Any]) -> Iterator[Card]:
    name, vendor, physical = family["name"], family["vendor"], family["pf"]
    ((vf, virtual_name),) = family["vf"].items()
    only = next(iter(physical)) if len(physical) == 1 else ""
    yield Card(vendor, vf, virtual_name, "type-VF", name, pf=only)
    for device, device_name in physical.items():
        yield Card(vendor, device, device_name, "type-PF", name, vf=vf)
