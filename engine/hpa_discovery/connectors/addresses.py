# SPDX-License-Identifier: Apache-2.0
"""Which IP addresses are not another system on a network, however they are written.

An IPv6 address that carries an IPv4 address reaches that one: IPv4-mapped and
IPv4-compatible (RFC 4291), 6to4 (RFC 3056), Teredo (RFC 4380), NAT64 (RFC 6052).
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Address = IPv4Address | IPv6Address

_NAT64 = ip_network("64:ff9b::/96")
_COMPATIBLE = ip_network("::/96")
_LOW_32_BITS = 0xFFFF_FFFF
_FIRST_COMPATIBLE = 0x1_0000  # below it are ::, ::1 and their neighbours, which carry nothing
# What ipaddress has no word for (RFC 6890).
_SPECIAL = {ip_network("0.0.0.0/8"): "this network", ip_network("192.0.0.0/24"): "protocol assignments"}
# What clouds answer their machines' secrets from, as far as it is not link-local.
_METADATA = frozenset(map(ip_address, ("100.100.100.200", "168.63.129.16", "fd00:ec2::254", "fd20:ce::254")))
METADATA_NAMES = frozenset(
    ("metadata", "metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal")
)


def reached(address: Address) -> Address:
    """The IPv4 address that an IPv6 address carries, or the address itself."""
    if isinstance(address, IPv4Address):
        return address
    number = int(address)
    if address in _NAT64 or (address in _COMPATIBLE and number >= _FIRST_COMPATIBLE):
        return IPv4Address(number & _LOW_32_BITS)
    if address.teredo is not None:
        return address.teredo[1]
    return address.ipv4_mapped or address.sixtofour or address


def denied_as(address: Address) -> str:
    """What kind of address it is that nobody may be sent to unasked, or "" for any other."""
    target = reached(address)
    if address in _METADATA or target in _METADATA:
        return "the metadata service of a cloud"
    kinds = {
        "unspecified": target.is_unspecified,
        "loopback": target.is_loopback,
        "link-local": target.is_link_local,
        "multicast": target.is_multicast,
        "reserved": target.is_reserved,
    }
    special = (word for network, word in _SPECIAL.items() if target in network)
    return next((word for word, fits in kinds.items() if fits), None) or next(special, "")


def is_of_this_machine(address: Address) -> bool:
    """Whether the address is one of this machine's own: only to such a one can a socket be bound."""
    target = reached(address)
    if target.is_loopback or target.is_unspecified:
        return True
    family = socket.AF_INET if isinstance(target, IPv4Address) else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as trial:
            trial.bind((str(target), 0))
    except OSError:
        return False
    return True
