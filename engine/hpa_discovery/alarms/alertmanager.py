# SPDX-License-Identifier: Apache-2.0
"""Alarms in the shape of Prometheus Alertmanager's API v2 (`gettableAlert` of its OpenAPI)."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from hpa_discovery.store.alarm_rows import Alarm

# Alertmanager's own resolve_timeout: whoever hears nothing for so long takes an alert as resolved.
RESOLVE_TIMEOUT = timedelta(minutes=5)


def as_alert(alarm: Alarm, now: datetime) -> dict[str, Any]:
    """One alert. Labels are the identity, so the severity, which may change, stands with the annotations.

    `endsAt` of an alarm that is not cleared lies ahead of `now`, as Alertmanager has it.
    """
    labels = {"alertname": alarm.type, "resource": alarm.resource}
    labels |= {"qualifier": alarm.qualifier} if alarm.qualifier else {}
    annotations = {"severity": alarm.severity, "summary": alarm.text}
    annotations |= {"region": alarm.region} if alarm.region else {}
    annotations |= {"acknowledged_by": alarm.acknowledged_by} if alarm.acknowledged_by else {}
    return {
        "labels": labels,
        "annotations": annotations,
        "startsAt": _time(alarm.raised_at),
        "endsAt": _time(alarm.cleared_at or now + RESOLVE_TIMEOUT),
        "updatedAt": _time(alarm.changed_at),
        "fingerprint": _fingerprint(labels),
        "receivers": [],
        "status": {"state": "active", "silencedBy": [], "inhibitedBy": [], "mutedBy": []},
    }


def _fingerprint(labels: dict[str, str]) -> str:
    text = "\0".join(f"{name}\0{value}" for name, value in sorted(labels.items()))
    return sha256(text.encode()).hexdigest()[:16]


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
