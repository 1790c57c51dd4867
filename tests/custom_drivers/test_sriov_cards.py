# SPDX-License-Identifier: Apache-2.0
"""The table of cards: whole, without contradictions, and with the ids and vendors that lspci knows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from custom_drivers.sriov_driver import TABLE, read_cards

CARDS = read_cards()
# Where Debian's package pci.ids, pciutils and hwdata put the list of all PCI devices.
PCI_IDS = [Path("/usr/share/misc/pci.ids"), Path("/usr/share/hwdata/pci.ids")]


def test_every_card_is_there_once() -> None:
    """No id stands twice, and all of the file is read."""
    written = re.findall(r"^(?:pf|vf)\.\w+ =", TABLE.read_text("utf-8"), re.MULTILINE)

    assert len(CARDS) == len(written) > 150


def test_ids_are_written_as_lspci_writes_them() -> None:
    """Four hexadecimal digits in lower case; the driver compares them as they are."""
    ids = [each for card in CARDS.values() for each in (card.vendor, card.device, card.pf, card.vf) if each]

    assert [each for each in ids if not re.fullmatch("[0-9a-f]{4}", each)] == []


def test_both_functions_of_a_card_name_each_other() -> None:
    """The virtual function of a physical one is in the table, of the same family, and says the same where it can."""
    for card in CARDS.values():
        if card.device_type == "type-PF":
            virtual = CARDS[card.vendor, card.vf]
            assert (virtual.family, virtual.device_type, card.pf) == (card.family, "type-VF", "")
            assert virtual.pf in {"", card.device}
        else:
            physical = [each for each in CARDS.values() if each.family == card.family and each.vf == card.device]
            assert (card.pf != "") == (len(physical) == 1)
            assert card.vf == ""


def test_names_fit_into_an_attribute() -> None:
    """Names and families are printable and short, and a family begins with its vendor."""
    vendors = {"8086": "Intel ", "15b3": "Mellanox ", "14e4": "Broadcom "}
    for card in CARDS.values():
        assert card.name.isprintable()
        assert 0 < len(card.name) <= 100
        assert card.family.startswith(vendors[card.vendor])


def test_lspci_knows_all_of_them() -> None:
    """Each id is one of its vendor's in the list of all PCI devices, where that is installed."""
    lists = [path for path in PCI_IDS if path.is_file()]
    if not lists:
        pytest.skip("there is no list of PCI devices here: apt-get install pci.ids")
    known, vendor = set[tuple[str, str]](), ""
    for line in lists[0].read_text("utf-8").splitlines():
        found = re.match(r"(\t?)([0-9a-f]{4})  ", line)
        if found and found[1]:
            known.add((vendor, found[2]))
        elif found:
            vendor = found[2]

    assert CARDS.keys() - known == set()
