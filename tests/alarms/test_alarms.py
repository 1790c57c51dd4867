# SPDX-License-Identifier: Apache-2.0
"""Alarms: one record a fault, a severity apart from being over, and a history of all that happened."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest

from hpa_discovery.alarms.inventory import SEVERITIES, TYPES, at_least
from hpa_discovery.alarms.raising import Alarms
from hpa_discovery.errors import StoreError
from hpa_discovery.store import alarm_rows, outbox, retention
from hpa_discovery.store.alarm_rows import Alarm, Identity, Wanted
from store.plans import plan
from store.stored import age

if TYPE_CHECKING:
    from hpa_discovery.store.database import Store

PLAIN = Alarms()
ONE = Identity("region/acme/RegionOne", "source.unreachable")


def raised(store: Store, identity: Identity = ONE, text: str = "no route", **given: Any) -> str | None:
    """Raise, in a transaction of its own."""
    with store.write("raising") as transaction:
        return PLAIN.raise_(transaction, identity, text, **given)


def cleared(store: Store, identity: Identity = ONE) -> bool:
    """Clear, in a transaction of its own."""
    with store.write("clearing") as transaction:
        return PLAIN.clear(transaction, identity)


def listed(store: Store, **wanted: Any) -> list[Alarm]:
    """What a page shows."""
    with store.read("listing") as transaction:
        return list(alarm_rows.page(transaction, wanted=Wanted(**wanted)))


def history(store: Store, number: int) -> list[tuple[str, str, str]]:
    """What happened to an alarm, oldest first."""
    with store.read("reading") as transaction:
        return [(each.kind, each.severity, each.text) for each in reversed(alarm_rows.history(transaction, number))]


def test_an_alarm_is_raised_changed_and_cleared(store: Store) -> None:
    """One record through all of it; the severity stays what it was last when the fault is over."""
    assert raised(store, region="acme/RegionOne") == "raised"
    [first] = listed(store)
    assert (first.identity, first.severity, first.text, first.cleared) == (ONE, "major", "no route", False)
    assert (first.region, first.raises, first.raised_at) == ("acme/RegionOne", 1, first.changed_at)
    assert raised(store, severity="critical", region="acme/RegionOne") == "changed"
    assert cleared(store) is True
    [last] = listed(store)
    assert (last.id, last.severity, last.cleared, last.raised_at) == (first.id, "critical", True, first.raised_at)
    assert last.cleared_at == last.changed_at
    assert history(store, first.id) == [
        ("raised", "major", "no route"),
        ("changed", "critical", "no route"),
        ("cleared", "critical", "no route"),
    ]


def test_the_same_again_is_nothing_new(store: Store) -> None:
    """Neither a raise of what is up nor a clear of what is not."""
    assert cleared(store) is False
    raised(store)
    [before] = listed(store)
    assert raised(store) is None
    assert listed(store) == [before]
    cleared(store)
    assert cleared(store) is False
    assert len(history(store, before.id)) == 2


def test_a_raise_after_a_clear_is_the_same_record(store: Store) -> None:
    """With a new beginning, and acknowledged by nobody."""
    raised(store)
    [first] = listed(store)
    with store.write("acknowledging") as transaction:
        assert PLAIN.acknowledge(transaction, first.id, by="ann", text="looking")
    cleared(store)
    assert raised(store, text="no route") == "raised"
    [again] = listed(store)
    assert (again.id, again.raises, again.cleared, again.acknowledged_by) == (first.id, 2, False, None)
    assert again.raised_at > first.raised_at
    assert [kind for kind, _, _ in history(store, first.id)] == ["raised", "acknowledged", "cleared", "raised"]


@pytest.mark.parametrize(
    "other",
    [
        Identity("region/acme/RegionTwo", ONE.type),
        Identity(ONE.resource, "aai.refusing"),
        Identity(ONE.resource, ONE.type, "x"),
        Identity(ONE.resource.upper(), ONE.type),
    ],
)
def test_identity_is_resource_type_and_qualifier(store: Store, other: Identity) -> None:
    """Another in any of them is another alarm."""
    raised(store)
    assert cleared(store, other) is False
    assert raised(store, other) == "raised"
    assert cleared(store) is True
    assert [alarm.identity for alarm in listed(store, cleared=False)] == [other]


def test_many_that_raise_at_once_raise_once(store: Store) -> None:
    """The first raises, the others find it there."""
    for number in range(5):
        start = Barrier(4)

        def attempt(_: int, number: int = number, start: Barrier = start) -> str | None:
            start.wait()
            return raised(store, Identity(f"region/acme/{number}", "conflict"))

        with ThreadPoolExecutor(4) as threads:
            assert sorted(threads.map(attempt, range(4)), key=str) == [None, None, None, "raised"]


def test_an_alarm_is_acknowledged(store: Store) -> None:
    """By someone with a name, who may say why; a later change keeps that."""
    raised(store)
    [alarm] = listed(store)
    with store.write("acknowledging") as transaction:
        assert PLAIN.acknowledge(transaction, alarm.id, by="ann", text="cable\0") is True
        assert PLAIN.acknowledge(transaction, alarm.id + 1, by="ann") is False
        with pytest.raises(StoreError, match="who acknowledges an alarm is ''"):
            PLAIN.acknowledge(transaction, alarm.id, by="")
    raised(store, severity="warning")
    [found] = listed(store, acknowledged=True)
    assert (found.acknowledged_by, found.acknowledged_text) == ("ann", "cable\N{REPLACEMENT CHARACTER}")
    assert found.acknowledged_at is not None
    assert listed(store, acknowledged=False) == []


def test_what_is_gone_has_no_faults(store: Store) -> None:
    """All alarms of a resource and of what is below it end; those beside it stay."""
    below = Identity("region/acme/RegionOne/flavor/a", "result.over_budget")
    beside = [Identity("region/acme/RegionOne2", ONE.type), Identity("REGION/acme/RegionOne/x", ONE.type)]
    for identity in (ONE, below, *beside):
        raised(store, identity)
    with store.write("removing") as transaction:
        assert PLAIN.clear_below(transaction, "region/acme/RegionOne") == 2
        assert PLAIN.clear_below(transaction, "region/acme/RegionOne") == 0
    assert {alarm.identity for alarm in listed(store, cleared=False)} == set(beside)


def test_a_list_is_filtered(store: Store) -> None:
    """By resource and what is below it, type, severity, clearance and the regions of a token."""
    two = Identity("region/acme/RegionTwo", "plan.held")
    pack = Identity("pack/acme.cards", "pack.rejected")
    raised(store, region="acme/RegionOne", severity="warning")
    raised(store, two, region="acme/RegionTwo")
    raised(store, pack, severity="critical")
    cleared(store, two)

    def names(**wanted: Any) -> list[Identity]:
        return [alarm.identity for alarm in listed(store, **wanted)]

    assert names() == [pack, two, ONE]
    assert names(resource="region/acme") == [two, ONE]
    assert names(resource="region/acme/RegionOne") == [ONE]
    assert names(resource="Region") == []
    assert names(type="pack.rejected") == [pack]
    assert names(severities=at_least("major")) == [pack, two]
    assert names(cleared=True) == [two]
    assert names(cleared=False) == [pack, ONE]
    assert names(only=["acme/RegionTwo"]) == [two]
    assert names(only=[]) == []


def test_pages_go_through_all_alarms(store: Store) -> None:
    """Newest record first, and so does the history of one."""
    for number in range(5):
        raised(store, Identity(f"region/{number}", "conflict"))
    seen: list[int] = []
    with store.read("listing") as transaction:
        while page := alarm_rows.page(transaction, seen[-1] if seen else None, limit=2):
            seen += [alarm.id for alarm in page]
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == 5
    for text in "abc":
        raised(store, Identity("region/0", "conflict"), text)
    with store.read("reading") as transaction:
        newest = alarm_rows.history(transaction, seen[-1], limit=2)
        older = alarm_rows.history(transaction, seen[-1], before=newest[-1].id)
        assert alarm_rows.get(transaction, seen[-1]) is not None
    assert [each.text for each in (*newest, *older)] == ["c", "b", "a", "no route"]


def test_the_alarms_of_a_resource_are_found_among_thousands(store: Store) -> None:
    """By an index; those of what lies below it, or begins alike, are others."""
    names = [f"region/acme/{number}" for number in range(3000)]
    with store.write("raising many") as transaction:
        for name in (*names, "region/acme/7/below", "region/acme"):
            PLAIN.raise_(transaction, Identity(name, "source.unreachable"), "the network is down")
        transaction.exec_driver_sql("ANALYZE")
    cleared(store, Identity("region/acme/8", "source.unreachable"))
    with store.read("looking") as transaction:
        assert alarm_rows.open_of(transaction, names[7]) == (Identity(names[7], "source.unreachable"),)
        assert alarm_rows.open_of(transaction, names[8]) == ()
    assert "alarm" in plan(store, lambda transaction: alarm_rows.open_of(transaction, names[7]))


def test_long_names_are_shortened_and_stay_apart(store: Store) -> None:
    """A fault is never lost because of its name; the same long name is the same alarm."""
    one, other = ("x" * 500 + end for end in ("1", "2"))
    for name in (one, other, "a\0b", "a\ufffdb"):
        assert raised(store, Identity(name, "conflict", name), name) == "raised"
        assert raised(store, Identity(name, "conflict", name), name) is None
    assert len(listed(store)) == 4
    assert cleared(store, Identity(one, "conflict", one))
    assert len(listed(store, cleared=False)) == 3
    assert all(len(alarm.resource) <= 420 and len(alarm.qualifier) <= 200 for alarm in listed(store))


def test_the_longest_names_fit_into_the_index(store: Store) -> None:
    """Though each letter takes four bytes and none repeats."""
    letters = "".join(chr(0x10000 + number * 7) for number in range(420))
    assert raised(store, Identity(letters, "t" * 50, letters[:200]), "x" * 3000) == "raised"
    assert len(listed(store)[0].text) == 2000


@pytest.mark.parametrize(
    ("identity", "severity", "message"),
    [
        (Identity("x", "Bad type"), None, "the type of an alarm is 'Bad type': it must be up to 50 of a-z"),
        (Identity("x", "t" * 51), None, "the type of an alarm"),
        (Identity("", "conflict"), None, "has no resource: name what is faulty"),
        (ONE, "cleared", "the severity of an alarm is 'cleared': it must be one of indeterminate, warning, minor"),
    ],
)
def test_what_is_no_alarm_is_refused(store: Store, identity: Identity, severity: Any, message: str) -> None:
    """In RFC 8632 "cleared" is no severity that an alarm can be raised with."""
    with pytest.raises(StoreError, match=message):
        raised(store, identity, severity=severity)
    assert listed(store) == []


def test_an_alarm_and_its_state_are_both_there_or_neither(store: Store) -> None:
    """What is rolled back was not raised, and nobody is told."""
    told = Alarms(sinks=("ves",))
    with pytest.raises(StoreError, match="the severity"), store.write("failing") as transaction:
        assert [told.raise_(transaction, ONE, "x", severity=each) for each in ("minor", "bad")]  # type: ignore[arg-type]  # one of them is none
    assert listed(store) == []
    with store.read("looking") as transaction:
        assert outbox.waiting(transaction, "ves") == ()


def test_only_configured_sinks_are_told(store: Store) -> None:
    """Of each raise, change and clear, in order, and of nothing else."""
    told = Alarms(sinks=("ves", "alertmanager"))
    raised(store, Identity("pack/quiet", "conflict"))
    with store.write("going through") as transaction:
        told.raise_(transaction, ONE, "no route", region="acme/RegionOne")
        told.raise_(transaction, ONE, "no route", region="acme/RegionOne")
        told.raise_(transaction, ONE, "timeout", region="acme/RegionOne")
        told.clear(transaction, ONE)
        told.clear(transaction, ONE)
    [alarm] = listed(store, type=ONE.type)
    with store.write("delivering") as transaction:
        assert PLAIN.acknowledge(transaction, alarm.id, by="ann")
        letters = outbox.waiting(transaction, "ves")
        assert [letter.payload["event"] for letter in letters] == ["raised", "changed", "cleared"]
        assert [letter.payload["cleared"] for letter in letters] == [False, False, True]
        last = letters[-1].payload
        assert alarm.cleared_at is not None
        assert last | {"event": "", "acknowledged_by": ""} == {
            "event": "",
            "id": alarm.id,
            "resource": "region/acme/RegionOne",
            "type": "source.unreachable",
            "qualifier": "",
            "region": "acme/RegionOne",
            "severity": "major",
            "text": "timeout",
            "raises": 1,
            "raised_at": alarm.raised_at.isoformat(),
            "changed_at": alarm.changed_at.isoformat(),
            "cleared_at": alarm.cleared_at.isoformat(),
            "cleared": True,
            "acknowledged_by": "",
            "acknowledged_at": None,
            "acknowledged_text": None,
        }
        assert outbox.waiting(transaction, "none") == ()
        assert outbox.delivered(transaction, [letter.id for letter in letters]) == 3
        assert outbox.waiting(transaction, "ves", limit=1) == ()
        assert len(outbox.waiting(transaction, "alertmanager", limit=2)) == 2


def test_every_alarm_of_ours_can_be_raised(store: Store) -> None:
    """With the severity of its type; a type that is not ours is indeterminate."""
    for name in TYPES:
        raised(store, Identity("x", name))
    raised(store, Identity("x", "vendor.fan"))
    found = {alarm.type: alarm.severity for alarm in listed(store)}
    assert found == {name: each.severity for name, each in TYPES.items()} | {"vendor.fan": "indeterminate"}
    assert all(each.meaning and each.remedy for each in TYPES.values())
    assert [at_least(each)[0] for each in SEVERITIES] == list(SEVERITIES)


def test_old_alarms_go_when_they_are_over(store: Store) -> None:
    """What is up stays however old; of it the old history goes."""
    up = Identity("region/up", "conflict")
    raised(store)
    raised(store, up)
    cleared(store)
    with store.write("telling") as transaction:
        outbox.put(transaction, ["ves"], {"old": True})
    for table, column in (("alarm", "raised_at"), ("alarm", "cleared_at"), ("alarm_change", "at"), ("outbox", "at")):
        age(store, table, column, timedelta(days=2))
    raised(store, up, "worse")
    pruned = retention.prune(store, timedelta(days=1))
    assert (pruned.alarms, pruned.alarm_changes, pruned.outbox) == (1, 1, 1)
    [alarm] = listed(store)
    assert (alarm.identity, history(store, alarm.id)) == (up, [("changed", "minor", "worse")])
