# SPDX-License-Identifier: Apache-2.0
"""The text form of the rules that say which networks and ports may be asked: KIND=CIDR[:PORTS]."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TYPE_CHECKING, Literal, get_args

from hpa_discovery.connectors.addresses import denied_as, reached
from hpa_discovery.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hpa_discovery.connectors.addresses import Address

Kind = Literal["cloud", "aai"]

OPTION = "--egress"
FORM = "KIND=CIDR[:PORTS], such as cloud=10.0.0.0/8:5000,8774-8780 or aai=[fd00::/8]:8443"
_PORTS = range(1, 65536)


@dataclass(frozen=True, slots=True)
class Allowed:
    """A network that may be asked, at these ports (first and last of each range; none means any)."""

    network: IPv4Network | IPv6Network
    ports: tuple[tuple[int, int], ...] = ()

    def covers(self, address: Address, port: int) -> bool:
        """Whether the rule allows the address, or the IPv4 address that it carries, at this port."""
        if address not in self.network and reached(address) not in self.network:
            return False
        return not self.ports or any(first <= port <= last for first, last in self.ports)

    def is_wholly(self, special: str) -> bool:
        """Whether the network begins and ends with addresses of this sort (a word of addresses.denied_as)."""
        return denied_as(self.network[0]) == denied_as(self.network[-1]) == special

    def __str__(self) -> str:
        if not self.ports:
            return str(self.network)
        ports = ",".join(str(first) if first == last else f"{first}-{last}" for first, last in self.ports)
        return f"[{self.network}]:{ports}" if self.network.version == 6 else f"{self.network}:{ports}"


def read_rules(texts: Iterable[str]) -> dict[Kind, tuple[Allowed, ...]]:
    """The rules by kind; UsageError for a text that is not of the form KIND=CIDR[:PORTS]."""
    rules: dict[Kind, tuple[Allowed, ...]] = {}
    for text in texts:
        name, _, target = text.partition("=")
        kind: Kind | None = next((each for each in get_args(Kind) if each == name), None)
        if kind is None:
            raise _malformed(text, f"{name!r} is no kind; kinds are {', '.join(get_args(Kind))}")
        rules[kind] = (*rules.get(kind, ()), _read_allowed(text, target))
    return rules


def _read_allowed(text: str, target: str) -> Allowed:
    if target.startswith("["):
        network, closed, ports = target[1:].partition("]")
        if not closed or (ports and not ports.startswith(":")):
            raise _malformed(text, "the bracket is not closed before the ports")
        ports = ports[1:]
    elif target.count(":") > 1:
        network, ports = target, ""
    else:
        network, colon, ports = target.partition(":")
        if colon and not ports:
            raise _malformed(text, "after the colon there are no ports")
    try:
        return Allowed(ip_network(network), tuple(_read_range(text, each) for each in ports.split(",") if ports))
    except ValueError as error:
        raise _malformed(text, str(error)) from None


def _read_range(text: str, ports: str) -> tuple[int, int]:
    first, dash, last = ports.partition("-")
    if not (first.isdecimal() and (not dash or last.isdecimal())):
        raise _malformed(text, f"{ports!r} is neither a port nor a range of ports")
    pair = int(first), int(last or first)
    if pair[0] not in _PORTS or pair[1] not in _PORTS or pair[0] > pair[1]:
        raise _malformed(text, f"ports are 1 to 65535, the lower first, and not {ports}")
    return pair


def _malformed(text: str, reason: str) -> UsageError:
    return UsageError(f"{OPTION} {text}: {reason}; the form is {FORM}")
