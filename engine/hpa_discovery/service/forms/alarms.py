# SPDX-License-Identifier: Apache-2.0
"""Alarms: faults that have a life."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from hpa_discovery.service.forms.base import Form, Text
from hpa_discovery.store.alarm_rows import Kind, Severity


class AlarmRow(Form):
    """One alarm: (resource, type, qualifier) is what it is about. Severity and text stay when it is cleared."""

    id: int
    resource: str
    type: str
    qualifier: str
    region: str | None = Field(description="OWNER/REGION; null for what concerns no region alone.")
    severity: Severity
    text: str
    raises: int
    raised_at: datetime
    changed_at: datetime
    cleared: bool
    cleared_at: datetime | None
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    acknowledged_text: str | None


class AlarmsReply(Form):
    """Alarms, the newest record first. `next` is the `before` of the next page, null on the last one."""

    alarms: list[AlarmRow]
    next: int | None


class AlarmChangeRow(Form):
    """What happened to an alarm; `made_by` is who acknowledged it."""

    id: int
    at: datetime
    kind: Kind
    severity: Severity
    text: str
    made_by: str | None


class AlarmReply(AlarmRow):
    """An alarm with what it means, what to do about it, and its last changes, newest first."""

    meaning: str
    remedy: str
    history: list[AlarmChangeRow]


class AcknowledgeRequest(Form):
    """Who looks after an alarm, and how."""

    text: Text = Field("", description="For those who read the history.")


class AlertStatus(Form):
    """Nothing is silenced here."""

    state: Literal["active"]
    silencedBy: list[str]  # noqa: N815 - Alertmanager's names
    inhibitedBy: list[str]  # noqa: N815 - Alertmanager's name


class Alert(Form):
    """A gettableAlert of Alertmanager's API v2."""

    labels: dict[str, str]
    annotations: dict[str, str]
    startsAt: datetime  # noqa: N815 - Alertmanager's name
    endsAt: datetime  # noqa: N815 - Alertmanager's name
    updatedAt: datetime  # noqa: N815 - Alertmanager's name
    fingerprint: str
    receivers: list[str]
    status: AlertStatus
