# SPDX-License-Identifier: Apache-2.0
"""Plans of few and of very many rows, as people read them."""

from __future__ import annotations

import io

from hpa_discovery.aai.paths import Place
from hpa_discovery.aai.plan import Action, Plan
from hpa_discovery.cli.plan_tables import MOST_ROWS, draw_plan

PLACE = Place("acme", "RegionOne")


def drawn(actions: list[Action], *, everything: bool = False) -> tuple[list[str], bool]:
    """The lines, and whether they are groups."""
    stream = io.StringIO()
    grouped = draw_plan(Plan(PLACE, tuple(actions)), stream, everything=everything)
    return stream.getvalue().splitlines(), grouped


def changes(count: int) -> list[Action]:
    """So many changes of one capability each for the same reason, and a delete for another."""
    some = [
        Action("change", str(n), f"flavor-{n}", "A&AI says otherwise of x", f"id-{n}", "numa") for n in range(count)
    ]
    return [
        *some,
        Action("delete", "9", "flavor-9", "the flavor is gone", "id", "hugePages"),
        Action("keep", "1", "", "same"),
    ]


def test_few_rows_are_told_one_by_one() -> None:
    """Each with its reason; what stays only when it is asked for."""
    lines, grouped = drawn(changes(3))
    assert (grouped, sum("change" in line for line in lines)) == (False, 3)
    assert not [line for line in lines if "keep" in line]
    assert "id-2" not in "\n".join(lines)
    lines, _ = drawn(changes(3), everything=True)
    assert [line for line in lines if "keep" in line]
    assert "id-2" in "\n".join(lines)


def test_a_thousand_rows_are_told_in_groups() -> None:
    """One for each action, feature and reason, with how many and for example which flavors; --all tells each."""
    lines, grouped = drawn(changes(1000))
    assert (grouped, len(lines) < 12) == (True, True)
    text = " ".join(" ".join(lines).split())
    assert "change 1000 numa A&AI says otherwise of x flavor-0, flavor-1, flavor-2 and 997 others" in text
    assert "delete 1 hugePages the flavor is gone flavor-9" in text
    lines, grouped = drawn(changes(1000), everything=True)
    assert (grouped, sum("change" in line for line in lines)) == (False, 1000)
    assert drawn(changes(MOST_ROWS - 1))[1] is False
