# SPDX-License-Identifier: Apache-2.0
"""Raising, changing, clearing and acknowledging alarms, all in the caller's transaction.

Who raises several in one transaction does so in the order of their identities:
two that hold them crosswise would wait for each other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal

from hpa_discovery.alarms.inventory import SEVERITIES, TYPES
from hpa_discovery.errors import StoreRefused
from hpa_discovery.language.values import printable
from hpa_discovery.store import alarm_rows, outbox
from hpa_discovery.store.texts import checked, cleaned

if TYPE_CHECKING:
    from collections.abc import Callable

    from hpa_discovery.store.alarm_rows import Alarm, Identity, Kind, Severity
    from hpa_discovery.store.database import Transaction

MOST_RESOURCE = 420
MOST_QUALIFIER = 200
MOST_TEXT = 2000
_TYPE = re.compile(r"[a-z][a-z0-9_.-]{0,49}")


@dataclass(frozen=True, slots=True)
class Alarms:
    """The way to raise and clear; `sinks` are the names of the systems that are told."""

    sinks: tuple[str, ...] = ()

    def raise_(
        self,
        transaction: Transaction,
        identity: Identity,
        text: str,
        *,
        severity: Severity | None = None,
        region: str | None = None,
        alike: Callable[[str], str] = str,
    ) -> Literal["raised", "changed"] | None:
        """The fault is there. "raised" where it was not, "changed" for another severity or text, None for the same.

        Without a severity it is that of the type, and indeterminate for a type that is not in the inventory.
        `region` is "<cloud-owner>/<cloud-region-id>". StoreRefused for a type or severity that cannot be. Long names
        are shortened, never refused; what cannot be printed of the text becomes escapes, since others wrote it.
        `alike` gives what counts of a text: where that is the same, the one that stands is kept.
        """
        same = _kept(identity)
        said = cleaned(printable(text), MOST_TEXT)
        values = {"text": said, "region": region, "severity": _severity(same, severity)}
        before = alarm_rows.hold(transaction, same)
        if before is None and alarm_rows.add(transaction, same, values):
            self._tell(transaction, same, "raised")
            return "raised"
        before = before or _held(transaction, same)  # another raised it for the first time at the same moment
        if before.cleared:
            alarm_rows.begin(transaction, before, values)
            self._tell(transaction, same, "raised")
            return "raised"
        if alike(before.text) == alike(said):
            values["text"] = before.text
        if all(getattr(before, name) == value for name, value in values.items()):
            return None
        alarm_rows.change(transaction, before, values)
        self._tell(transaction, same, "changed")
        return "changed"

    def clear(self, transaction: Transaction, identity: Identity) -> bool:
        """The fault is over; False where it was not there. Severity and text stay as they were last."""
        before = alarm_rows.hold(transaction, _kept(identity))
        if before is None or before.cleared:
            return False
        alarm_rows.clear(transaction, before)
        self._tell(transaction, before.identity, "cleared")
        return True

    def clear_below(self, transaction: Transaction, resource: str) -> int:
        """All faults of a resource and what is below it are over, since it is gone; how many that were."""
        found = alarm_rows.open_below(transaction, _short(resource, MOST_RESOURCE))
        return sum(self.clear(transaction, identity) for identity in found)

    def acknowledge(self, transaction: Transaction, number: int, *, by: str, text: str = "") -> bool:
        """Someone looks after the alarm of this number; False where there is none. Sinks are not told.

        It lasts until the alarm is raised anew. StoreRefused for a name that cannot be kept.
        """
        alarm = alarm_rows.get(transaction, number, hold=True)
        if alarm is None:
            return False
        who, why = checked("who acknowledges an alarm", by), cleaned(text, MOST_TEXT)
        alarm_rows.acknowledge(transaction, alarm, who, why)
        alarm_rows.note(transaction, replace(alarm, text=why), "acknowledged", who)
        return True

    def _tell(self, transaction: Transaction, identity: Identity, kind: Kind) -> None:
        alarm = _held(transaction, identity)
        alarm_rows.note(transaction, alarm, kind)
        outbox.put(transaction, self.sinks, {"event": kind, **as_json(alarm)})


def as_json(alarm: Alarm) -> dict[str, Any]:
    """The alarm as an API and the outbox tell it; times are ISO 8601 with their zone."""
    told = {name: getattr(alarm, name) for name in alarm.__dataclass_fields__} | {"cleared": alarm.cleared}
    return {name: value.isoformat() if name.endswith("_at") and value else value for name, value in told.items()}


def _held(transaction: Transaction, identity: Identity) -> Alarm:
    alarm = alarm_rows.hold(transaction, identity)
    if alarm is None:
        raise StoreRefused(f"raising alarm {identity.type} of {identity.resource}: it was deleted at the same moment")
    return alarm


def _severity(identity: Identity, given: Severity | None) -> Severity:
    if given is None:
        return TYPES[identity.type].severity if identity.type in TYPES else "indeterminate"
    if given not in SEVERITIES:
        raise StoreRefused(f"the severity of an alarm is {given!r}: it must be one of {', '.join(SEVERITIES)}")
    return given


def _kept(identity: Identity) -> Identity:
    if not _TYPE.fullmatch(identity.type):
        raise StoreRefused(
            f"the type of an alarm is {identity.type[:60]!r}: it must be up to 50 of a-z, 0-9, '.', '_' and '-', "
            "a letter first"
        )
    if not identity.resource:
        raise StoreRefused(f"an alarm of type {identity.type} has no resource: name what is faulty")
    resource, qualifier = _short(identity.resource, MOST_RESOURCE), _short(identity.qualifier, MOST_QUALIFIER)
    return replace(identity, resource=resource, qualifier=qualifier)


def _short(name: str, most: int) -> str:
    whole = name.encode("utf-8", "surrogatepass")
    if len(name) <= most and cleaned(name, most) == name:
        return name
    # Its digest keeps two names apart that begin alike.
    return f"{cleaned(name[: most - 17], most)}~{sha256(whole).hexdigest()[:16]}"
