# SPDX-License-Identifier: Apache-2.0
"""How actions become operations, and operations calls."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai.wishes import PLACE
from hpa_discovery.aai.bulk import MOST_OPERATIONS, groups, move
from hpa_discovery.aai.client import Operation
from hpa_discovery.aai.plan import Action

FLAVOR = PLACE.flavor("f")
CAPABILITY = PLACE.capability("f", "c")
MARK = {"data-owner": "us"}
CONTENT = {"hpa-feature": "numa"}
PUT = Operation("put", CAPABILITY, {**CONTENT, **MARK})
DELETE = Operation("delete", CAPABILITY, {}, "7")


def action(kind: Any, capability: str = "c", **more: Any) -> Action:
    """One of a plan."""
    return Action(kind, "f", "", "", capability, content=CONTENT, resource_version="7", **more)


@pytest.mark.parametrize(
    ("kind", "replace", "operations", "following"),
    [
        ("create", "transaction", (PUT,), ()),
        ("create", "sequential", (PUT,), ()),
        ("delete", "transaction", (DELETE,), ()),
        ("delete", "sequential", (DELETE,), ()),
        ("change", "transaction", (DELETE, PUT), ()),
        ("change", "sequential", (DELETE,), (PUT,)),
    ],
)
def test_the_operations_of_a_capability(kind: Any, replace: Any, operations: Any, following: Any) -> None:
    """A change deletes what was read, and writes it anew; what is written tells whose it is."""
    made = move(action(kind), PLACE, replace, MARK)

    assert made.operations == operations
    assert [each.operations for each in made.then] == ([following] if following else [])
    assert made.completes is not bool(following)


def test_the_operations_of_a_flavor_object() -> None:
    """It is changed by PATCH, which leaves alone what others wrote into it; nested capabilities are marked too."""
    nested = Action("create", "f", "", "", content={"hpa-capabilities": {"hpa-capability": [CONTENT]}})

    assert move(action("change", ""), PLACE, "transaction", MARK).operations == (Operation("patch", FLAVOR, CONTENT),)
    assert move(action("delete", ""), PLACE, "transaction", MARK).operations == (Operation("delete", FLAVOR, {}, "7"),)
    [put] = move(nested, PLACE, "transaction", MARK).operations
    assert put.body == {"hpa-capabilities": {"hpa-capability": [{**CONTENT, **MARK}]}, **MARK}


def test_an_operation_of_a_bulk_call() -> None:
    """A delete has its resource-version in the URI, and a body nevertheless."""
    assert DELETE.as_json() == {"action": "delete", "uri": f"{CAPABILITY}?resource-version=7", "body": {}}
    assert PUT.as_json() == {"action": "put", "uri": CAPABILITY, "body": PUT.body}


@given(st.lists(st.sampled_from(("create", "delete", "change")), max_size=200))
def test_groups_hold_what_a_call_can_hold(kinds: list[Any]) -> None:
    """In their order, nothing split, and no two neighbours that would have fitted into one."""
    moves = [move(action(kind, str(number)), PLACE, "transaction", {}) for number, kind in enumerate(kinds)]

    found = list(groups(moves))

    assert [each for group in found for each in group] == moves
    sizes = [[len(each.operations) for each in group] for group in found]
    assert all(0 < sum(each) <= MOST_OPERATIONS for each in sizes)
    assert all(sum(one) + other[0] > MOST_OPERATIONS for one, other in pairwise(sizes))
