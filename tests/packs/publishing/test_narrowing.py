# SPDX-License-Identifier: Apache-2.0
"""Which of two conditions, or of two lets, is true for fewer subjects, as far as it can be read off them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hpa_discovery.language.rule import Branch, Condition, Leaf, Let, Not
from hpa_discovery.packs.publishing.narrowing import Direction, of_conditions, of_lets

A, B, C = (Leaf(name, "present", True) for name in "abc")


def _all(*conditions: Condition) -> Condition:
    return Branch("all", conditions)


def _any(*conditions: Condition) -> Condition:
    return Branch("any", conditions)


NARROWER: list[tuple[Condition | None, Condition | None]] = [
    (None, A),
    (A, _all(A, B)),
    (_all(A, B), _all(B, C, A)),
    (_any(A, B), A),
    (_any(A, B, C), _any(C, A)),
    (_all(A, _any(B, C)), _all(A, B)),
    (_all(A, Leaf("n", "ge", 1)), _all(A, Leaf("n", "ge", 2))),
    (_any(_all(A, B), C), _any(_all(A, B, C), C)),
    (Leaf("n", "in", ["a", "b"]), Leaf("n", "equals", "a")),
    (Leaf("n", "gt", 1), Leaf("n", "gt", 2)),
    (Leaf("n", "lt", 2), Leaf("n", "lt", 1)),
    (Leaf("n", "le", 2), Leaf("n", "le", 1)),
    (Leaf("n", "startsWith", "a"), Leaf("n", "startsWith", "ab")),
    (Not(_all(A, B)), Not(A)),
]
UNCLEAR: list[tuple[Condition, Condition]] = [
    (A, B),
    (_all(A, B), _all(A, C)),
    (_all(A, B), _any(A, B)),
    (_all(A), _all(B)),
    (Leaf("n", "in", ["a", "b"]), Leaf("n", "in", ["a", "c"])),
    (Leaf("n", "matches", "a"), Leaf("n", "matches", "b")),
    (Leaf("n", "startsWith", "a"), Leaf("n", "startsWith", "b")),
    (Leaf("n", "ge", 1), Leaf("n", "le", 1)),
    (Leaf("n", "ge", {"value": 1}), Leaf("n", "ge", {"value": 2})),
    (Not(A), A),
]


@pytest.mark.parametrize(("wide", "narrow"), NARROWER)
def test_narrower_conditions(wide: Condition | None, narrow: Condition | None) -> None:
    """A condition that is true for fewer subjects is seen as that, and the other way round as one for more."""
    assert of_conditions(wide, narrow) == "fewer"
    assert of_conditions(narrow, wide) == "more"
    assert of_conditions(wide, wide) == "same"


@pytest.mark.parametrize(("old", "new"), UNCLEAR)
def test_unclear_conditions(old: Condition, new: Condition) -> None:
    """Where it cannot be read off, no direction is claimed."""
    assert {of_conditions(old, new), of_conditions(new, old)} == {"unclear"}


PLAIN = Let("n", "flavor.n", "integer", enum=(1, 2), minimum=1, maximum=5)


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (PLAIN, "same"),
        (replace(PLAIN, sensitive=True), "same"),
        (replace(PLAIN, enum=(1,)), "fewer"),
        (replace(PLAIN, enum=None), "more"),
        (replace(PLAIN, enum=(1, 3)), "unclear"),
        (replace(PLAIN, minimum=2), "fewer"),
        (replace(PLAIN, minimum=None), "more"),
        (replace(PLAIN, maximum=4), "fewer"),
        (replace(PLAIN, maximum=6), "more"),
        (replace(PLAIN, minimum=0, maximum=4), "fewer"),
        (replace(PLAIN, minimum=0, path="flavor.m"), "unclear"),
        (replace(PLAIN, default=1), "unclear"),
        (replace(PLAIN, pattern="a"), "unclear"),
        (replace(PLAIN, type="string"), "unclear"),
    ],
)
def test_limits_of_values(new: Let, expected: Direction) -> None:
    """Limits that leave out a value that was allowed allow fewer."""
    assert of_lets(PLAIN, new) == expected
