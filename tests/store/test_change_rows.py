# SPDX-License-Identifier: Apache-2.0
"""The history of a region: what each listing changed, told so that unknown never looks like absent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpa_discovery.model import Capability, Diagnostic, Outcome, Unknown, make_attribute
from hpa_discovery.store import changes
from hpa_discovery.store.changes import MOST_ATTRIBUTES, MOST_DETAIL, MOST_TOLD, MOST_VALUE, between
from hpa_discovery.store.outcomes import read_outcome, write_outcome
from hpa_discovery.store.seen import Seen
from store.listed import FIRST, capability, listed, outcome, seen
from store.regional import added
from store.stored import digest

if TYPE_CHECKING:
    from hpa_discovery.store.database import Store

Told = list[tuple[str, dict[str, Any]]]
ONE_TO_TWO = {"attributes": [{"key": "key", "before": "1 MB", "after": "2 MB"}]}


def instance(feature: str, discriminator: str = "") -> dict[str, str]:
    """A capability as history names it."""
    return {"feature": feature, "architecture": "generic", "version": "v1", "discriminator": discriminator}


def unknown(feature: str, discriminator: str = "*") -> dict[str, str]:
    """An unknown instance as history names it."""
    return {"feature": feature, "discriminator": discriminator, "code": "let.type"}


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (outcome("numa"), outcome("numa"), []),
        (outcome("numa"), outcome("cpu"), [("changed", {"added": [instance("cpu")], "removed": [instance("numa")]})]),
        (outcome("numa"), outcome("numa", value="2"), [("changed", {"changed": [{**instance("numa"), **ONE_TO_TWO}]})]),
        (outcome("numa"), outcome(unknown=("numa",)), [("unknown", {"features": [unknown("numa")]})]),
        (outcome("numa"), outcome(unknown=("numa:",)), [("unknown", {"features": [unknown("numa")]})]),
        (outcome(unknown=("numa",)), outcome("numa"), [("known", {"features": [unknown("numa")]})]),
        (outcome(unknown=("numa",)), outcome(unknown=("numa",)), []),
        (
            outcome("numa", "pci"),
            outcome(unknown=("pci:a",)),
            [
                ("changed", {"removed": [instance("numa"), instance("pci")]}),
                ("unknown", {"features": [unknown("pci", "a")]}),
            ],
        ),
        (
            outcome("cpu", unknown=("a",)),
            outcome(unknown=("b",)),
            [
                ("changed", {"removed": [instance("cpu")]}),
                ("unknown", {"features": [unknown("b")]}),
                ("known", {"features": [unknown("a")]}),
            ],
        ),
    ],
)
def test_differences_are_told(before: Outcome, after: Outcome, told: Told) -> None:
    """What was added, removed or has other attributes; what became unknown or known is told apart."""
    found = list(between("id", "name", before, after, same_subject=True))
    assert [(each.kind, each.detail) for each in found] == told


def test_of_an_unknown_instance_the_others_are_judged() -> None:
    """One discriminator that is unknown hides that one alone."""
    before = Outcome((capability("pci", discriminator="a"), capability("pci", discriminator="b")))
    after = Outcome((), (Unknown("pci", "a", "r", "c", "w"),))
    removed, _ = between("id", "name", before, after, same_subject=True)
    assert removed.detail == {"removed": [instance("pci", "b")]}


def test_a_subject_that_differs_alone_is_told() -> None:
    """Its capabilities may be the same."""
    [found] = between("id", "name", outcome("numa"), outcome("numa"), same_subject=False)
    assert (found.kind, found.detail) == ("changed", {"subject": True})


def test_what_changed_of_a_capability() -> None:
    """Values before and after with their units, null where there was or is none; lists as text; the first ten."""
    old = with_attributes(("size", "2", "MB"), ("same", "x", None), ("gone", ("a", "b"), None))
    new = with_attributes(("size", "1", "GB"), ("same", "x", None), ("new", "y" * 300, None))
    [found] = between("id", "name", old, new, same_subject=True)
    [told] = found.detail["changed"]
    assert told["attributes"] == [
        {"key": "size", "before": "2 MB", "after": "1 GB"},
        {"key": "gone", "before": "a, b", "after": None},
        {"key": "new", "before": None, "after": "y" * MOST_VALUE},
    ]
    many = with_attributes(*((f"k{number}", "1", None) for number in range(MOST_ATTRIBUTES + 5)))
    [found] = between("id", "name", old, many, same_subject=True)
    assert len(found.detail["changed"][0]["attributes"]) == MOST_ATTRIBUTES


def with_attributes(*attributes: tuple[str, str | tuple[str, ...], str | None]) -> Outcome:
    """An outcome of one capability with these attributes."""
    return Outcome((Capability("numa", "v1", "generic", "", tuple(make_attribute(*each) for each in attributes)),))


def test_long_lists_are_cut() -> None:
    """And say how much was left out."""
    features = [f"f{number}" for number in range(MOST_TOLD + 7)]
    [found] = between("id", "name", outcome(), outcome(*features), same_subject=True)
    assert (len(found.detail["added"]), found.detail["more"]) == (MOST_TOLD, 7)


def test_long_texts_are_cut() -> None:
    """A driver that says otherwise with each listing, as much as it may, does not fill the disk with what it said."""
    key, text = "k" * 7000, "v" * 900
    before, after = (
        Outcome(
            tuple(
                Capability(f"f{number}", "v1", "generic", "d" * 900, (make_attribute(key, each + text, None),))
                for number in range(200)
            )
        )
        for each in "ab"
    )
    for later in (after, Outcome()):
        [found] = between("id", "name", before, later, same_subject=True)
        [(_, told)] = [(name, each) for name, each in found.detail.items() if name != "more"]
        assert len(told) + found.detail["more"] == 200
        assert len(told) > 5
        assert len(json.dumps(found.detail)) < MOST_DETAIL + 100


def test_history_is_kept_by_listing(store: Store) -> None:
    """Who, what, when and by which generation, newest first, in pages, by subject and by kind."""
    region, other = added(store).id, added(store, "acme/other").id
    half = Seen("a", "flavor a", {}, outcome(unknown=("numa",)))
    listed(store, region, half, seen("b"))
    listed(store, other, seen("z"))
    listed(store, region, Seen("a", "renamed", {}, outcome("numa")), seen("b", x=1), generation=digest("second"))
    with store.read("reading") as transaction:
        rows = changes.page(transaction, region)
        assert changes.page(transaction, region, before=rows[1].id, limit=2) == rows[2:4]
        assert changes.page(transaction, region, subject_id="b") == tuple(
            row for row in rows if row.change.subject_id == "b"
        )
        assert [row.change.kind for row in changes.page(transaction, region, kinds=["known", "unknown"])] == [
            "known",
            "unknown",
        ]
    told = sorted((row.change.subject_id, row.change.name, row.change.kind, row.generation) for row in rows)
    assert told == sorted(
        [
            ("a", "flavor a", "appeared", FIRST),
            ("a", "flavor a", "unknown", FIRST),
            ("b", "name of b", "appeared", FIRST),
            ("a", "renamed", "changed", digest("second")),
            ("a", "renamed", "known", digest("second")),
            ("b", "name of b", "changed", digest("second")),
        ]
    )
    assert rows[0].at >= rows[-1].at


TEXT = st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=5)
WORDS = st.text(alphabet="abc\0\ud800", max_size=3)
CAPABILITIES = st.builds(capability, TEXT, TEXT, TEXT)
UNKNOWN = st.builds(Unknown, TEXT, TEXT, TEXT, TEXT, TEXT)
DIAGNOSTICS = st.builds(Diagnostic, TEXT, TEXT, st.sampled_from(["error", "info"]), TEXT)


@settings(max_examples=100)
@given(parts=st.tuples(*(st.lists(each, max_size=3).map(tuple) for each in (CAPABILITIES, UNKNOWN, DIAGNOSTICS))))
def test_an_outcome_comes_back_from_its_text(parts: tuple[Any, ...]) -> None:
    """Every text in it, and in ASCII."""
    whole = Outcome(*parts)
    assert read_outcome(write_outcome(whole)) == whole
    assert write_outcome(whole).isascii()


def test_lists_of_values_come_back() -> None:
    """An attribute may have many values, and no unit."""
    made = (
        outcome("numa").capabilities[0].attributes[0]._replace(value=("a", "b"), unit=None, text='{"value":["a","b"]}')
    )
    whole = Outcome((capability("numa")._replace(attributes=(made,)),))
    assert read_outcome(write_outcome(whole)) == whole
