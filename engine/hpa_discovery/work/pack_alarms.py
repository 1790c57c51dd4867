# SPDX-License-Identifier: Apache-2.0
"""An alarm for each pack that was rejected on this host, cleared when it is accepted or taken away.

A host that is killed clears nothing, and may never come back under its name. So a host confirms its alarms while it
runs, and clears those that no host confirms any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from hpa_discovery.language.values import printable
from hpa_discovery.store import alarm_rows
from hpa_discovery.store.alarm_rows import Identity

if TYPE_CHECKING:
    from hpa_discovery.alarms.raising import Alarms
    from hpa_discovery.model import Finding
    from hpa_discovery.store.database import Store

TYPE = "pack.rejected"
_BELOW = "pack"
_CONFIRMED_EVERY = 300.0  # seconds
_GONE_AFTER = timedelta(minutes=15)
_LONGEST = 400  # an alarm would have another name for a longer one, and not be known again


class Status(Protocol):
    """How one pack or overlay stands; packs.live.state.PackStatus is one."""

    @property
    def name(self) -> str:
        """Its namespace or name, "" where it has none that can be read."""

    @property
    def origin(self) -> str:
        """Where it lies."""

    @property
    def state(self) -> str:
        """`held` when it was rejected."""

    @property
    def findings(self) -> Sequence[Finding]:
        """Why."""


class PackAlarms:
    """For one host, whose name is their qualifier: another one may have other folders. A turn of the ticker."""

    def __init__(self, store: Store, alarms: Alarms, statuses: Callable[[], Iterable[Status]], host: str) -> None:
        self._store = store
        self._alarms = alarms
        self._statuses = statuses
        self._host = host
        self._told: Mapping[Identity, str] | None = None
        self._confirm_at = 0.0

    def turn(self) -> None:
        """Raise and clear what changed since the last turn. StoreError: the next turn does it."""
        standing = {self._identity(each): _text(each) for each in self._statuses() if each.state == "held"}
        due = monotonic() >= self._confirm_at
        if due or standing != self._told:
            self._settle(standing)
        if due:
            self._clear_forsaken()
            self._confirm_at = monotonic() + _CONFIRMED_EVERY

    def end(self) -> None:
        """The host leaves those that share its database: there, it may never come back under its name. StoreError."""
        if self._store.shared:
            self._settle({})

    def _settle(self, standing: Mapping[Identity, str]) -> None:
        with self._store.write("telling which packs were rejected") as transaction:
            before = {each for each in alarm_rows.open_below(transaction, _BELOW) if self._is_ours(each)}
            for identity in sorted({*before, *standing}, key=lambda each: each.resource):
                if identity in standing:
                    self._alarms.raise_(transaction, identity, standing[identity])
                else:
                    self._alarms.clear(transaction, identity)
            alarm_rows.confirm(transaction, TYPE, self._host)
        self._told = standing

    def _clear_forsaken(self) -> None:
        with self._store.write("clearing what no host confirms") as transaction:
            for identity in alarm_rows.unconfirmed(transaction, TYPE, _GONE_AFTER):
                self._alarms.clear(transaction, identity)

    def _identity(self, status: Status) -> Identity:
        return Identity(f"{_BELOW}/{printable(status.name or status.origin)[-_LONGEST:]}", TYPE, self._host)

    def _is_ours(self, identity: Identity) -> bool:
        return (identity.type, identity.qualifier) == (TYPE, self._host)


def _text(status: Status) -> str:
    errors = [each for each in status.findings if each.severity == "error"] or list(status.findings)
    if not errors:
        return f"{status.origin} is held"
    first = errors[0]
    more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
    return f"{status.origin}: {first.code} {first.file}:{first.line}: {first.message}{more}"
