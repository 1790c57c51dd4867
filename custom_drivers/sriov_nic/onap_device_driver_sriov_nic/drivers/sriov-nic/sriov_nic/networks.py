# SPDX-License-Identifier: Apache-2.0
"""ONAP's two keys for network cards: with the physical network behind the card, and without.

    aggregate_instance_extra_specs:sriov_nic = TYPE-KIND-ARCH-VENDOR-DEVICE-PHYSNET:COUNT, ...
    aggregate_instance_extra_specs:sriov-device-<n> = [NAME-]VENDOR-DEVICE

The name of a physical network may hold dashes. Each sriov-device key asks for one function.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sriov_nic.asked import (
    MOST_CHARACTERS,
    MOST_REQUESTS,
    NETWORK,
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
    too_many,
)

KEY = "aggregate_instance_extra_specs:sriov_nic"
PREFIX = "aggregate_instance_extra_specs:sriov-device-"


def read_networks(value: Any) -> Iterator[Found]:
    """What the sriov_nic key asks for."""
    return read_each(value, KEY, NETWORK, "sriov.form", _network)


def read_devices(specs: Mapping[str, Any]) -> Iterator[Found]:
    """What the sriov-device keys ask for."""
    asked = sorted(key for key, value in specs.items() if key.startswith(PREFIX) and value is not None)
    if len(asked) > MOST_REQUESTS:
        yield too_many(NETWORK, f"{PREFIX}*")
        return
    for key in asked:
        yield _device(key, specs[key])


def _network(piece: str) -> Iterator[Found]:
    name, _, count = piece.rpartition(":")
    words = name.split("-", 5) if len(name) <= MOST_CHARACTERS else []
    if len(words) != 6 or not all(words) or not all(map(is_id, words[3:5])) or not is_number(count):
        message = f"{KEY} holds {shown(piece)}, which is not TYPE-KIND-ARCH-VENDOR-DEVICE-PHYSNET:COUNT"
        yield Problem("sriov.form", NETWORK, message)
        return
    vendor, device, network = words[3].lower(), words[4].lower(), words[5]
    if not is_name(network):
        message = f"{KEY} names the network {shown(network)}, with letters that cannot be printed"
        yield Problem("sriov.form", NETWORK, message)
        return
    discriminator = f"{vendor}-{device}-{network}"
    if not count.strip("0"):
        return  # a count of 0 asks for nothing
    if not is_count(count):
        message = f"{KEY} asks for {shown(count)} of {shown(discriminator)}; no host has that many"
        yield Problem("sriov.count", NETWORK, message, discriminator)
        return
    yield Asked(NETWORK, discriminator, vendor, device, int(count), network)


def _device(key: str, value: Any) -> Found:
    ids = ids_at_end(value.strip()) if isinstance(value, str) and len(value) <= MOST_CHARACTERS else None
    if ids is None:
        message = f"{PREFIX}* has {shown(key[len(PREFIX) :])} with {shown(value)}, not VENDOR-DEVICE"
        return Problem("sriov.form", NETWORK, message)
    vendor, device = ids
    return Asked(NETWORK, f"{vendor}-{device}", vendor, device, 1)
