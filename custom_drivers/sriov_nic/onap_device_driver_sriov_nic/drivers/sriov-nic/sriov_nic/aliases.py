# SPDX-License-Identifier: Apache-2.0
"""`pci_passthrough:alias`: which of its devices are network cards.

No API shows Nova's aliases, so the operator's table in `context.pci_aliases` knows best: objects as
in nova.conf, by name, or a list of them, each with its name. Otherwise the alias tells, in the forms
of ONAP's documents: it ends in VENDOR-DEVICE, after any words.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sriov_nic.asked import (
    PASSTHROUGH,
    Asked,
    Found,
    Problem,
    ids_at_end,
    is_count,
    is_id,
    is_name,
    is_number,
    read_each,
    shown,
)
from sriov_nic.cards import Cards

KEY = "pci_passthrough:alias"
_TYPES = ("type-PCI", "type-PF", "type-VF")


def read_aliases(value: Any, table: Any, cards: Cards) -> Iterator[Found]:
    """The network cards among the aliases in `value`, and what may be one but cannot be told."""
    # A value that is no text is told of first: nothing can be looked up for it.
    if isinstance(value, str) and not isinstance(table, dict | list | None):
        message = f"context.pci_aliases is {shown(table)}; an object with an object for each alias is needed"
        yield Problem("pci.alias_table", PASSTHROUGH, message)
        return
    yield from read_each(value, KEY, PASSTHROUGH, "pci.alias_form", lambda piece: _one(piece, table, cards))


def _one(piece: str, table: Any, cards: Cards) -> Iterator[Found]:
    name, colon, count = (part.strip() for part in piece.partition(":"))
    if not colon or not is_name(name) or not is_number(count):
        yield Problem("pci.alias_form", PASSTHROUGH, f"{KEY} holds {shown(piece)}, which is not NAME:COUNT")
        return
    if not count.strip("0"):
        return  # a count of 0 asks for nothing
    if not is_count(count):
        message = f"{KEY} asks for {shown(count)} of {shown(name)}; no host has that many"
        yield Problem("pci.count", PASSTHROUGH, message, name)
        return
    meant = {_meant(name, row) for row in _rows(table, name)}
    if len(meant) > 1:
        message = f"context.pci_aliases says different devices for the alias {shown(name)}"
        yield Problem("pci.alias_several", PASSTHROUGH, message, name)
        return
    ((vendor, device, kind),) = meant
    if not vendor or not device:
        yield _unknown(name)
    elif (vendor, device) in cards:
        yield _card(name, kind, Asked(PASSTHROUGH, name, vendor, device, int(count), operator_type=kind))


def _card(name: str, kind: str, asked: Asked) -> Found:
    if kind in ("", *_TYPES):
        return asked
    message = f"the alias {shown(name)} has the device_type {shown(kind)}; Nova knows {', '.join(_TYPES)}"
    return Problem("pci.device_type", PASSTHROUGH, message, name)


def _rows(table: Any, name: str) -> list[Any]:
    """The operator's objects for an alias, one that says nothing where there is none: Nova allows several of a name."""
    if isinstance(table, dict):
        held = table.get(name)
        return held or [{}] if isinstance(held, list) else [{} if held is None else held]
    return [row for row in table or () if isinstance(row, dict) and row.get("name") == name] or [{}]


def _meant(name: str, row: Any) -> tuple[str, str, str]:
    """Vendor, device and type of an alias: the operator's object, else the end of its name; "" where none is told."""
    if not isinstance(row, dict):
        return "", "", ""
    told = (row.get("vendor_id"), row.get("product_id"))
    vendor, device = (
        spelled if held is None else held.lower() if is_id(held) else ""
        for held, spelled in zip(told, ids_at_end(name) or ("", ""), strict=True)
    )
    kind = row.get("device_type")
    return vendor, device, "" if kind is None else kind if isinstance(kind, str) and kind else shown(kind)


def _unknown(name: str) -> Problem:
    message = (
        f"nothing says which vendor and device the PCI alias {shown(name)} means: "
        "add it to context.pci_aliases, or end its name in VENDOR-DEVICE"
    )
    return Problem("pci.alias_unknown", PASSTHROUGH, message, name)
