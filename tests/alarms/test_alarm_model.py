# SPDX-License-Identifier: Apache-2.0
"""Any order of raises, clears and acknowledgements against a small model of an alarm's life."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from hpa_discovery.alarms.inventory import SEVERITIES
from hpa_discovery.alarms.raising import Alarms
from hpa_discovery.store import alarm_rows, outbox
from hpa_discovery.store.alarm_rows import Identity

if TYPE_CHECKING:
    from hpa_discovery.store.alarm_rows import Severity
    from hpa_discovery.store.database import Store, Transaction

TOLD = Alarms(sinks=("ves",))
RAISE = st.tuples(st.just("raise"), st.sampled_from("ab"), st.sampled_from(SEVERITIES), st.sampled_from("xy"))
CLEAR = st.tuples(st.sampled_from(["clear", "acknowledge"]), st.sampled_from("ab"), st.none(), st.none())


@dataclass(slots=True)
class Life:
    """What a model knows of one alarm."""

    up: bool = False
    raises: int = 0
    acknowledged: bool = False
    told: tuple[Any, ...] | None = None
    events: list[str] = field(default_factory=list)

    def raise_(self, severity: str, why: str) -> None:
        """It is there."""
        if not self.up:
            self.events.append("raised")
            self.raises += 1
            self.acknowledged = False
        elif self.told != (severity, why):
            self.events.append("changed")
        self.up, self.told = True, (severity, why)

    def clear(self) -> None:
        """It is over."""
        if self.up:
            self.events.append("cleared")
        self.up = False

    def acknowledge(self) -> None:
        """Someone looks after it."""
        if self.told is not None:
            self.events.append("acknowledged")
            self.acknowledged = True


def do(transaction: Transaction, lives: dict[str, Life], step: tuple[str, str, Severity, str]) -> None:
    """One step, in the store and in the model."""
    what, name, severity, why = step
    identity = Identity(f"region/{name}", "conflict")
    if what == "raise":
        lives[name].raise_(severity, why)
        TOLD.raise_(transaction, identity, why, severity=severity)
    elif what == "clear":
        lives[name].clear()
        TOLD.clear(transaction, identity)
    elif (alarm := alarm_rows.hold(transaction, identity)) is not None:
        lives[name].acknowledge()
        TOLD.acknowledge(transaction, alarm.id, by="ann")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(RAISE | CLEAR, max_size=12))
def test_an_alarm_lives_as_the_model_says(store: Store, steps: list[Any]) -> None:
    """Record, history and what a sink is told agree with it after every order of steps."""
    lives = {"a": Life(), "b": Life()}
    with store.write("going through") as transaction:
        for table in ("outbox", "alarm_change", "alarm"):
            transaction.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - ours alone
        for step in steps:
            do(transaction, lives, step)
        letters = outbox.waiting(transaction, "ves", limit=500)
        for name, life in lives.items():
            alarm = alarm_rows.hold(transaction, Identity(f"region/{name}", "conflict"))
            assert (alarm is None) == (life.told is None)
            told = [each.payload["event"] for each in letters if each.payload["resource"] == f"region/{name}"]
            assert told == [each for each in life.events if each != "acknowledged"]
            if alarm is not None:
                assert (alarm.severity, alarm.text) == life.told
                assert (not alarm.cleared, alarm.raises) == (life.up, life.raises)
                assert (alarm.acknowledged_by is not None) == life.acknowledged
                history = alarm_rows.history(transaction, alarm.id)
                assert [each.kind for each in reversed(history)] == life.events
