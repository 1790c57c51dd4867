# SPDX-License-Identifier: Apache-2.0
"""Listings: only differences are written, and only complete ones can tell that a subject is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from hpa_discovery.errors import StoreError
from hpa_discovery.model import Outcome
from hpa_discovery.store import changes, flavor_objects, intents, listings, subjects
from hpa_discovery.store.intents import Intent
from hpa_discovery.store.listings import Recorded, make_rows
from hpa_discovery.store.seen import Seen
from hpa_discovery.store.subject_writing import MOST_BODY
from store.listed import FIRST, listed, outcome, seen
from store.plans import plan
from store.regional import added, claimed, ended, pass_lease
from store.stored import digest

if TYPE_CHECKING:
    from hpa_discovery.store.database import Store


def presences(store: Store, region: int) -> dict[str, str]:
    """What is known of each subject."""
    with store.read("reading") as transaction:
        return {each.subject_id: each.presence for each in subjects.every(transaction, region)}


def kinds(store: Store, region: int) -> list[tuple[str, str]]:
    """The history, oldest first."""
    with store.read("reading") as transaction:
        return [(row.change.subject_id, row.change.kind) for row in reversed(changes.page(transaction, region))]


def ours(store: Store, region: int, subject_id: str) -> None:
    """A&AI has something of ours below this flavor."""
    publish = claimed(store, region, "publish")
    with store.write("writing") as transaction:
        intent = Intent(f"id of {subject_id}", subject_id, "cpuPinning", "v1", "generic", "", {})
        assert intents.want(transaction, publish, [intent])
    ended(store, publish)


def test_a_listing_is_kept(store: Store) -> None:
    """Each subject with its body and outcome, and what was listed when."""
    region = added(store).id
    whole = outcome("cpuPinning", unknown=("numa", "pciePassthrough:a"))
    odd = Seen("ö ☃", "na\0me", {"b": [1, None, "\0\ud800"], "a": {"x": 1.5}}, whole)
    assert listed(store, region, seen("b", "numa"), odd) == Recorded(1, appeared=2, changed=0, missing=0, gone=0)
    with store.read("reading") as transaction:
        listing = listings.listing(transaction, region)
        found = subjects.get(transaction, region, "ö ☃")
        assert [each.subject_id for each in subjects.every(transaction, region)] == ["b", "ö ☃"]
        assert subjects.count(transaction, region) == 2
        assert subjects.get(transaction, region, "none") is None
    assert found is not None
    assert (found.body, found.outcome, found.name) == (odd.body, whole, "na\N{REPLACEMENT CHARACTER}me")
    assert (found.generation, found.missing, found.presence) == (FIRST, 0, "present")
    assert listing is not None
    assert (listing.number, listing.complete, listing.error, listing.stale_since) == (1, True, "", None)
    assert (listing.generation, listing.completed_at) == (FIRST, listing.finished_at)


def test_before_the_first_listing_nothing_is_known(store: Store) -> None:
    """No listing, no subject."""
    region = added(store).id
    with store.read("reading") as transaction:
        assert listings.listing(transaction, region) is None
        assert list(subjects.every(transaction, region)) == []


def test_the_same_listing_again_writes_no_subject(store: Store) -> None:
    """Nor history; a new generation that says the same changes nothing but the listing itself."""
    region = added(store).id
    found = [seen(str(number), "cpuPinning", b=1, a=2) for number in range(20)]
    listed(store, region, *found)
    statements: list[str] = []
    with store.read("looking") as transaction:
        before = list(subjects.every(transaction, region))
        engine = transaction.engine

    def note(_: object, __: object, statement: str, *___: object) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    turned = [Seen(each.subject_id, each.name, dict(reversed(each.body.items())), each.outcome) for each in found]
    assert listed(store, region, *reversed(turned), generation=digest("second")) == Recorded(2, 0, 0, 0, 0)
    event.remove(engine, "before_cursor_execute", note)
    writes = [each for each in statements if each.startswith(("INSERT", "UPDATE", "DELETE"))]
    assert [each for each in writes if "subject" in each or "change" in each.split()[:3]] == []
    with store.read("looking") as transaction:
        assert list(subjects.every(transaction, region)) == before
        listing = listings.listing(transaction, region)
    assert listing is not None
    assert listing.generation == digest("second")


def test_only_what_differs_is_written(store: Store) -> None:
    """The others keep their generation and time."""
    region = added(store).id
    listed(store, region, seen("a", "numa"), seen("b", "numa"), seen("c", "numa"))
    recorded = listed(
        store, region, seen("a", "numa"), seen("b", "cpuPinning"), seen("c", "numa", x=1), generation=None
    )
    assert recorded == Recorded(2, appeared=0, changed=2, missing=0, gone=0)
    with store.read("looking") as transaction:
        assert {each.subject_id: each.generation for each in subjects.every(transaction, region)} == {
            "a": FIRST,
            "b": None,
            "c": None,
        }


def test_gone_is_what_two_complete_listings_do_not_show(store: Store) -> None:
    """Missing after one; and back in between, it begins anew."""
    region = added(store).id
    a, b = seen("a"), seen("b")
    ours(store, region, "b")
    listed(store, region, a, b)
    assert listed(store, region, a) == Recorded(2, 0, 0, missing=1, gone=0)
    assert presences(store, region) == {"a": "present", "b": "missing"}
    listed(store, region, a, b)
    assert presences(store, region) == {"a": "present", "b": "present"}
    listed(store, region, a)
    assert listed(store, region, a) == Recorded(5, 0, 0, missing=0, gone=1)
    assert presences(store, region) == {"a": "present", "b": "gone"}
    assert listed(store, region, a) == Recorded(6, 0, 0, 0, 0)
    assert kinds(store, region) == [("a", "appeared"), ("b", "appeared"), ("b", "gone")]
    listed(store, region, a, b)
    assert presences(store, region) == {"a": "present", "b": "present"}
    assert kinds(store, region)[-1] == ("b", "appeared")


def test_what_a_listing_misses_can_be_read_before_it_is_kept(store: Store) -> None:
    """What stands and is not among these ids, by id; what is gone does not stand."""
    region = added(store).id
    ours(store, region, "d")
    listed(store, region, seen("a"), seen("b"), seen("c"), seen("d"))
    for _ in range(2):
        listed(store, region, seen("a"), seen("b"), seen("c"))
    listed(store, region, seen("a"), seen("c"))
    with store.read("reading") as transaction:
        assert [each.subject_id for each in subjects.unseen(transaction, region, {"a", "new"})] == ["b", "c"]


def test_half_a_listing_takes_nothing_away(store: Store) -> None:
    """However often; what it shows is there all the same, and what was missing stays missing."""
    region = added(store).id
    ours(store, region, "c")
    listed(store, region, seen("a", "numa"), seen("b"), seen("c"))
    listed(store, region, seen("a", "numa"), seen("b"))
    for _ in range(3):
        recorded = listed(store, region, seen("a", "cpuPinning"), seen("d"), error="page 2 is missing")
        assert (recorded.missing, recorded.gone) == (0, 0)
    assert presences(store, region) == {"a": "present", "b": "present", "c": "missing", "d": "present"}
    with store.read("looking") as transaction:
        found = subjects.get(transaction, region, "a")
    assert found is not None
    assert found.outcome == outcome("cpuPinning")


def test_a_listing_that_failed_marks_the_last_good_one_stale(store: Store) -> None:
    """Since the first failure, until one is complete."""
    region = added(store).id
    listed(store, region, seen("a"))

    def now() -> listings.Listing:
        with store.read("looking") as transaction:
            found = listings.listing(transaction, region)
        assert found is not None
        return found

    good = now()
    listed(store, region, error="429 \0" + "x" * 3000, generation=digest("second"))
    first = now()
    assert (first.number, first.complete, first.completed_at) == (2, False, good.completed_at)
    assert (first.stale_since, first.generation) == (first.finished_at, FIRST)
    assert first.error.startswith("429 \N{REPLACEMENT CHARACTER}x")
    assert len(first.error) == 2000
    listed(store, region, error="500")
    assert (now().stale_since, now().error) == (first.stale_since, "500")
    listed(store, region, seen("a"), generation=digest("second"))
    last = now()
    assert (last.stale_since, last.error, last.complete, last.generation) == (None, "", True, digest("second"))
    assert presences(store, region) == {"a": "present"}


def test_what_is_gone_stays_while_aai_has_it(store: Store) -> None:
    """Its row says what must go; without anything of ours there is nothing to say."""
    region = added(store).id
    ours(store, region, "kept")
    publish = claimed(store, region, "publish")
    with store.write("writing") as transaction:
        assert flavor_objects.ask(transaction, publish, ["made"])
    ended(store, publish)
    listed(store, region, seen("kept"), seen("made"), seen("loose"))
    listed(store, region)
    listed(store, region)
    assert presences(store, region) == {"kept": "gone", "made": "gone"}
    with store.read("counting") as transaction:
        assert subjects.count(transaction, region) == 0
    assert [each for each in kinds(store, region) if each[1] == "gone"] == [
        ("kept", "gone"),
        ("loose", "gone"),
        ("made", "gone"),
    ]
    with store.write("A&AI has them no more") as transaction:
        transaction.exec_driver_sql("DELETE FROM intent")
        transaction.exec_driver_sql("DELETE FROM flavor_object")
    listed(store, region)
    assert presences(store, region) == {}


def test_a_taken_fence_writes_nothing(store: Store) -> None:
    """Whoever comes late with an old listing is told so."""
    region = added(store).id
    late = claimed(store, region)
    pass_lease(store, late)
    listed(store, region, seen("a"))
    with store.write("coming late") as transaction:
        assert listings.record_listing(transaction, late, make_rows([seen("b")]), generation=FIRST) is None
    assert presences(store, region) == {"a": "present"}


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ([seen("a"), seen("b"), seen("a")], "recording a listing of 3 subjects: only 2 have different ids"),
        ([seen("")], "the id of a subject is ''"),
        ([seen("a\0b")], "the id of a subject"),
        ([seen("a\ud800")], "half a surrogate pair"),
        ([seen("x" * 301)], "it must have 1 to 300 characters"),
        ([seen("a", x=float("inf"))], "recording subject 'a': .*; only JSON can be kept"),
    ],
)
def test_what_no_database_keeps_is_refused(store: Store, found: list[Seen], message: str) -> None:
    """All of the listing is refused then."""
    region = added(store).id
    with pytest.raises(StoreError, match=message):
        listed(store, region, *found)
    assert presences(store, region) == {}


def test_a_body_over_the_budget_is_not_kept(store: Store) -> None:
    """Its outcome is, and a difference in it is still seen."""
    region = added(store).id
    listed(store, region, seen("a", "numa", x="x" * MOST_BODY))
    with store.read("looking") as transaction:
        found = subjects.get(transaction, region, "a")
    assert found is not None
    assert list(found.body) == ["omitted_bytes"]
    assert listed(store, region, seen("a", "numa", x="x" * MOST_BODY)).changed == 0
    assert listed(store, region, seen("a", "numa", x="y" * MOST_BODY)).changed == 1


def test_pages_go_through_all_subjects(store: Store) -> None:
    """By id in the order of bytes, each once; those of other regions stay out."""
    region, other = added(store).id, added(store, "acme/other").id
    ids = ["A", "B", *(f"a{number:04}" for number in range(1200)), "é"]
    listed(store, region, *map(seen, reversed(ids)))
    listed(store, other, seen("z"))
    with store.read("listing") as transaction:
        assert [each.subject_id for each in subjects.every(transaction, region)] == ids
        assert [each.subject_id for each in subjects.page(transaction, region, after="B", limit=2)] == [
            "a0000",
            "a0001",
        ]
        assert subjects.count(transaction, region) == len(ids)
    listed(store, region)
    assert set(presences(store, region).values()) == {"missing"}
    assert listed(store, region).gone == len(ids)


STEPS = st.lists(st.tuples(st.sets(st.sampled_from("abc")), st.booleans()), max_size=8)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, data=st.data())
def test_presence_follows_the_rule(store: Store, steps: list[tuple[set[str], bool]], data: st.DataObject) -> None:
    """In any order of complete and half listings: gone after two complete ones in a row without it, else there."""
    with store.read("counting") as transaction:
        number = transaction.exec_driver_sql("SELECT count(*) FROM region").scalar()
    region = added(store, f"acme/{number}").id
    for subject_id in "abc":
        ours(store, region, subject_id)
    missing: dict[str, int] = {}
    for found, complete in steps:
        listed(store, region, *map(seen, sorted(found)), error=None if complete else "half")
        missing |= dict.fromkeys(found, 0)
        if complete:
            missing |= {each: count + 1 for each, count in missing.items() if each not in found}
        words = {each: ["present", "missing", "gone"][min(count, 2)] for each, count in missing.items()}
        assert presences(store, region) == words


def test_an_empty_outcome_is_kept(store: Store) -> None:
    """A subject of which nothing is answered is a subject all the same."""
    region = added(store).id
    listed(store, region, Seen("a", "", {}, Outcome()))
    with store.read("looking") as transaction:
        found: Any = subjects.get(transaction, region, "a")
    assert (found.outcome, found.name, found.body) == (Outcome(), "", {})


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # PostgreSQL keeps what is long apart from the row
def test_to_count_subjects_reads_none(store: Store) -> None:
    """Their bodies are long, and a list of regions counts those of each."""
    assert "COVERING INDEX ix_subject_missing" in plan(store, lambda transaction: subjects.count(transaction, 1))
