# SPDX-License-Identifier: Apache-2.0
"""Which host and port may be asked, decided by the addresses that the name has at that moment.

A kind of target without rules may reach any address that is another system's: not
loopback, link-local, multicast, unspecified, reserved, a cloud's metadata service, or
a listener of this service. A kind with rules may reach what they name and nothing
else. That includes loopback and the like only where the whole network of a rule is of
that sort, so that 0.0.0.0/0 does not mean them, and a listener of this service only
where a rule names its port. Of a name with many addresses the allowed ones are used.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING

from hpa_discovery.connectors.addresses import METADATA_NAMES, denied_as, is_of_this_machine, reached
from hpa_discovery.connectors.egress_rules import OPTION, Allowed, Kind
from hpa_discovery.connectors.names import resolve
from hpa_discovery.errors import EgressError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hpa_discovery.connectors.addresses import Address
    from hpa_discovery.connectors.names import Resolve

# What the C library takes for an IPv4 address though it does not look like one: 2130706433, 0x7f.1, 0177.0.0.1.
_ODD_NUMBER = re.compile(r"(.*\.)?(0x[0-9a-f]*|[0-9]+)\.?", re.IGNORECASE)


class Egress:
    """The rules of one process. `own` are the (address, port) this service listens on.

    `resolve` and `is_local` are for tests: how names get addresses, and which
    addresses are this machine's.
    """

    def __init__(
        self,
        rules: Mapping[Kind, Sequence[Allowed]] | None = None,
        own: Sequence[tuple[str, int]] = (),
        *,
        resolve: Resolve = resolve,
        is_local: Callable[[Address], bool] = is_of_this_machine,
    ) -> None:
        self._rules = {kind: tuple(allowed) for kind, allowed in (rules or {}).items()}
        self._own = tuple((_single(host), port) for host, port in own)
        self._resolve = resolve
        self._is_local = is_local

    def check(self, kind: Kind, host: str, port: int, seconds: float = 5.0) -> tuple[Address, ...]:
        """The addresses of `host` that may be connected to, from one look-up of at most `seconds`.

        EgressError when none is allowed, with the reason and the option that would
        allow it; ConnectorError `dns` when the name has none.
        """
        addresses = self._addresses(kind, host, port, seconds)
        reasons = {address: self._refusal(kind, address, port) for address in addresses}
        allowed = tuple(address for address, reason in reasons.items() if not reason)
        if not allowed:
            address, reason = next(iter(reasons.items()))
            raise self._refused(kind, host, port, f"its address {address} is {reason}", address)
        return allowed

    def check_written(self, kind: Kind, host: str, port: int) -> None:
        """EgressError for a host that may not be asked whatever is looked up: an address, or a metadata service.

        Any other name is for `check`, when it is asked.
        """
        if _is_address(host) or _ODD_NUMBER.fullmatch(host) or host.rstrip(".").lower() in METADATA_NAMES:
            self.check(kind, host, port)

    def _addresses(self, kind: Kind, host: str, port: int, seconds: float) -> tuple[Address, ...]:
        try:
            return (ip_address(host),)
        except ValueError:
            pass
        if _ODD_NUMBER.fullmatch(host):
            raise EgressError(f"{kind} target {host} port {port}: write an IPv4 address as four decimal numbers")
        if not self._rules.get(kind) and host.rstrip(".").lower() in METADATA_NAMES:
            raise EgressError(f"{kind} target {host} port {port}: it is the metadata service of a cloud")
        return self._resolve(host, seconds)

    def _refusal(self, kind: Kind, address: Address, port: int) -> str:
        """What is against the address, or ""."""
        rules = [rule for rule in self._rules.get(kind, ()) if rule.covers(address, port)]
        if self._rules.get(kind) and not rules:
            return f"in none of the networks and ports allowed for {kind}: {self._named(kind)}"
        if not any(rule.ports for rule in rules) and self._is_own(address, port):
            return "a listener of this service"
        special = denied_as(address)
        if rules and special and not any(rule.is_wholly(special) for rule in rules):
            return f"{special}, which is meant only by a rule for nothing else"
        return "" if rules else special

    def _refused(self, kind: Kind, host: str, port: int, reason: str, address: Address) -> EgressError:
        text = f"[{address}]" if address.version == 6 else str(address)
        only = "" if self._rules.get(kind) else f", and then nothing for {kind} but what such options name"
        said = f"{reason}; {OPTION} {kind}={text}:{port} would allow it{only}"
        return EgressError(f"{kind} target {host} port {port}: {said}")

    def _named(self, kind: Kind) -> str:
        return ", ".join(map(str, self._rules[kind]))

    def _is_own(self, address: Address, port: int) -> bool:
        hosts = [host for host, at in self._own if at == port]
        return reached(address) in hosts or (None in hosts and self._is_local(address))


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _single(host: str) -> Address | None:
    """The address that somebody listens on; None for 0.0.0.0, :: and names, which may be many."""
    try:
        address = reached(ip_address(host))
    except ValueError:
        return None
    return None if address.is_unspecified else address
