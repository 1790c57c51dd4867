# SPDX-License-Identifier: Apache-2.0
"""Whether a changed condition or limit holds for fewer subjects or for more, as far as that can be read off it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from hpa_discovery.language.rule import Branch, Condition, Leaf, Let, Not

Direction = Literal["same", "fewer", "more", "unclear"]
_OPPOSITE: dict[Direction, Direction] = {"same": "same", "fewer": "more", "more": "fewer", "unclear": "unclear"}


def of_conditions(old: Condition | None, new: Condition | None) -> Direction:
    """For which subjects the new condition is true, compared with the old one; no condition is always true."""
    if old == new:
        return "same"
    if old is None or new is None:
        return "fewer" if old is None else "more"
    if isinstance(old, Not) and isinstance(new, Not):
        return _OPPOSITE[of_conditions(old.condition, new.condition)]
    if isinstance(old, Leaf) and isinstance(new, Leaf):
        return _of_leaves(old, new)
    found = _of_parts(_parts(old, "all"), _parts(new, "all"), more_parts="fewer")
    return _of_parts(_parts(old, "any"), _parts(new, "any"), more_parts="more") if found == "unclear" else found


def of_lets(old: Let, new: Let) -> Direction:
    """Which values are within the limits: one outside of them makes its feature unknown."""
    same = (old.path, old.type, old.pattern, old.default) == (new.path, new.type, new.pattern, new.default)
    found: list[Direction] = [
        _of_values(old.enum, new.enum),
        _of_bounds(old.minimum, new.minimum, raised="fewer"),
        _of_bounds(old.maximum, new.maximum, raised="more"),
        "same" if same else "unclear",
    ]
    different = [direction for direction in found if direction != "same"]
    if "fewer" in different:
        return "fewer"
    if "unclear" in different:
        return "unclear"
    return "more" if different else "same"


def _parts(condition: Condition, kind: str) -> list[Condition]:
    if isinstance(condition, Branch) and condition.kind == kind:
        return list(condition.conditions)
    return [condition]


def _of_parts(old: list[Condition], new: list[Condition], more_parts: Direction) -> Direction:
    """Of two lists of conditions that are joined in one way, by what is only in one of them."""
    gone = [part for part in old if part not in new]
    come = [part for part in new if part not in old]
    if not gone and not come:
        return "same"
    if not gone:
        return more_parts
    if not come:
        return _OPPOSITE[more_parts]
    alone = len(gone) == len(come) == 1 and (len(old) > 1 or len(new) > 1 or _is_deeper(gone[0], come[0]))
    return of_conditions(gone[0], come[0]) if alone else "unclear"


def _is_deeper(old: Condition, new: Condition) -> bool:
    """Whether there are parts to compare in both; otherwise one would be compared with itself without end."""
    return type(old) is type(new) and not isinstance(old, Branch)


def _of_leaves(old: Leaf, new: Leaf) -> Direction:
    if old.var != new.var:
        return "unclear"
    words = {"equals", "in"}
    if old.operator in words and new.operator in words:
        return _of_values(_words(old), _words(new))
    if old.operator != new.operator:
        return "unclear"
    if old.operator in {"lt", "le", "gt", "ge"}:
        return _of_bounds(old.operand, new.operand, raised="fewer" if old.operator in {"gt", "ge"} else "more")
    if old.operator == "startsWith":
        if str(new.operand).startswith(str(old.operand)):
            return "fewer"
        return "more" if str(old.operand).startswith(str(new.operand)) else "unclear"
    return "unclear"


def _words(leaf: Leaf) -> Sequence[Any]:
    return list(leaf.operand) if leaf.operator == "in" else [leaf.operand]


def _of_values(old: Sequence[Any] | None, new: Sequence[Any] | None) -> Direction:
    """Of two lists of what is allowed; None allows all."""
    if old is None or new is None:
        return "same" if old is new else "fewer" if old is None else "more"
    gone, come = [word for word in old if word not in new], [word for word in new if word not in old]
    if gone:
        return "unclear" if come else "fewer"
    return "more" if come else "same"


def _of_bounds(old: Any, new: Any, raised: Direction) -> Direction:
    """Of two bounds; None is none."""
    if old == new:
        return "same"
    if old is None or new is None:
        return "fewer" if old is None else "more"
    try:
        return raised if new > old else _OPPOSITE[raised]
    except TypeError:  # a size such as {value: 2, unit: MB}
        return "unclear"
