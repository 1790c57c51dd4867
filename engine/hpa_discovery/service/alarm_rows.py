# SPDX-License-Identifier: Apache-2.0
"""One alarm for people and programs, and saying that somebody looks after it: for the HTTP API and the command line."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from hpa_discovery.alarms.inventory import TYPES
from hpa_discovery.alarms.raising import Alarms, as_json
from hpa_discovery.service.regions import Actor
from hpa_discovery.store import alarm_rows, audit
from hpa_discovery.store.alarm_rows import Alarm
from hpa_discovery.store.database import Transaction

_HISTORY = 50


def alarm_detail(transaction: Transaction, alarm: Alarm) -> dict[str, Any]:
    """The alarm, what it means, what to do about it, and what happened to it last, newest first."""
    known = TYPES.get(alarm.type)
    told = {"meaning": known.meaning if known else "", "remedy": known.remedy if known else ""}
    history = alarm_rows.history(transaction, alarm.id, limit=_HISTORY)
    rows = [{**asdict(each), "at": each.at.isoformat()} for each in history]
    return {**as_json(alarm), **told, "history": rows}


def acknowledge(transaction: Transaction, alarm: Alarm, by: Actor, text: str) -> None:
    """Somebody looks after it until it is raised anew; that is audited."""
    Alarms().acknowledge(transaction, alarm.id, by=by.name, text=text)
    detail = {"resource": alarm.resource, "type": alarm.type, "text": text}
    act = audit.Act(by.name, "alarm.acknowledge", str(alarm.id), detail=detail, request_id=by.request_id)
    audit.record(transaction, act)
