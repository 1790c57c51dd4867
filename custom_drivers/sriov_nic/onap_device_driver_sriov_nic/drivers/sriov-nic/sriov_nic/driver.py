# SPDX-License-Identifier: Apache-2.0
"""The answer for one flavor: each card that it asks for, with what the table of cards knows of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sriov_nic.aliases import KEY as ALIAS
from sriov_nic.aliases import read_aliases
from sriov_nic.asked import NETWORK, PASSTHROUGH, Asked, Found, Problem, shown, total
from sriov_nic.cards import Card, read_cards
from sriov_nic.networks import KEY as NIC
from sriov_nic.networks import read_devices, read_networks

# ONAP OOF compares it as text, and its policies ask for generic.
ARCHITECTURE = "generic"
Text = dict[str, str]


class SriovNic:
    """Answers pciePassthrough for aliases that are network cards, and sriovNICNetwork."""

    name = "sriov-nic"

    def __init__(self) -> None:
        self._cards = read_cards()

    def discover(self, subject: Any, context: Any) -> dict[str, Any]:
        """{"capabilities", "diagnostics"} for a Nova flavor; whatever the subject is, there is an answer."""
        found = list(self._found(subject, context))
        asked = list(total(found))
        problems = [item for item in found if isinstance(item, Problem)]
        problems += [problem for item in asked for problem in self._doubts(item)]
        return {
            "capabilities": [self._capability(item) for item in asked],
            "diagnostics": [_diagnostic(problem) for problem in problems],
        }

    def _found(self, subject: Any, context: Any) -> Iterator[Found]:
        specs = subject.get("extra_specs") if isinstance(subject, dict) else None
        if not isinstance(specs, dict):
            for feature in (PASSTHROUGH, NETWORK):
                yield Problem("sriov.flavor", feature, f"the extra specs of the flavor are {shown(specs)}")
            return
        if specs.get(ALIAS) is not None:
            table = context.get("pci_aliases") if isinstance(context, dict) else None
            yield from read_aliases(specs[ALIAS], table, self._cards)
        if specs.get(NIC) is not None:
            yield from read_networks(specs[NIC])
        yield from read_devices(specs)

    def _capability(self, asked: Asked) -> dict[str, Any]:
        attributes = {"pciCount": str(asked.count), "pciVendorId": asked.vendor, "pciDeviceId": asked.device}
        if asked.network:
            attributes["physicalNetwork"] = asked.network
        card = self._cards.get((asked.vendor, asked.device))
        if card is not None:
            attributes |= _known(card, asked.operator_type)
        return {
            "feature": asked.feature,
            "architecture": ARCHITECTURE,
            "version": "v1",
            "discriminator": asked.discriminator,
            "attributes": {key: {"value": value} for key, value in attributes.items()},
        }

    def _doubts(self, asked: Asked) -> Iterator[Problem]:
        """The ids are certain; what the function is, the operator and the table say differently."""
        card = self._cards.get((asked.vendor, asked.device))
        if card is not None and _contradicts(card, asked.operator_type):
            message = (
                f"the alias {shown(asked.discriminator)} is {asked.operator_type}, but {asked.vendor}:{asked.device} "
                f"is {card.name}, which is {card.device_type}; Nova will find no such device"
            )
            yield Problem("pci.device_type", asked.feature, message, asked.discriminator, "warning")


def _known(card: Card, operator_type: str) -> Text:
    known = {"pciDeviceName": card.name, "pciCardFamily": card.family}
    if not _contradicts(card, operator_type):
        known["pciDeviceType"] = operator_type or card.device_type
        known |= {"pciPfDeviceId": card.pf} if card.pf else {}
        known |= {"pciVfDeviceId": card.vf} if card.vf else {}
    return known


def _contradicts(card: Card, operator_type: str) -> bool:
    """A physical function is type-PCI where its virtual ones are switched off; a virtual one never is."""
    return operator_type not in ("", card.device_type) and (operator_type, card.device_type) != ("type-PCI", "type-PF")


def _diagnostic(problem: Problem) -> Text:
    told = {"code": problem.code, "level": problem.level, "message": problem.message, "feature": problem.feature}
    return told | ({"discriminator": problem.discriminator} if problem.discriminator else {})
