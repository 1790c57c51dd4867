# SPDX-License-Identifier: Apache-2.0
"""Alarms in Alertmanager's shape."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hpa_discovery.alarms.alertmanager import as_alert
from hpa_discovery.store.alarm_rows import Alarm

NOW = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)
UP = Alarm(
    7,
    "region/acme/RegionOne",
    "plan.held",
    "",
    "acme/RegionOne",
    "major",
    "400 deletes",
    1,
    NOW - timedelta(hours=1),
    NOW - timedelta(minutes=1),
    None,
    None,
    None,
    None,
)


def test_an_alarm_that_is_up_is_an_active_alert() -> None:
    """With all members that Alertmanager's own API requires; it ends ahead of now."""
    found = as_alert(UP, NOW)
    fingerprint = found.pop("fingerprint")
    assert found == {
        "labels": {"alertname": "plan.held", "resource": "region/acme/RegionOne"},
        "annotations": {"severity": "major", "summary": "400 deletes", "region": "acme/RegionOne"},
        "startsAt": "2026-11-21T11:00:00.123Z",
        "endsAt": "2026-11-21T12:05:00.123Z",
        "updatedAt": "2026-11-21T11:59:00.123Z",
        "receivers": [],
        "status": {"state": "active", "silencedBy": [], "inhibitedBy": [], "mutedBy": []},
    }
    assert len(fingerprint) == 16


def test_the_same_alarm_is_the_same_alert() -> None:
    """Whatever becomes of severity, text, clearance and whoever looks after it."""
    later = replace(UP, severity="critical", text="x", cleared_at=NOW, acknowledged_by="ann", region=None)
    found = as_alert(later, NOW)
    assert found["fingerprint"] == as_alert(UP, NOW)["fingerprint"]
    assert found["annotations"] == {"severity": "critical", "summary": "x", "acknowledged_by": "ann"}
    assert found["endsAt"] == "2026-11-21T12:00:00.123Z"


def test_another_identity_is_another_alert() -> None:
    """In each of its three parts."""
    others = [replace(UP, resource="x"), replace(UP, type="x"), replace(UP, qualifier="x")]
    assert len({as_alert(each, NOW)["fingerprint"] for each in (UP, *others)}) == 4
    assert as_alert(others[2], NOW)["labels"]["qualifier"] == "x"
