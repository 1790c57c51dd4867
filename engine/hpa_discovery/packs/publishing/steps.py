# SPDX-License-Identifier: Apache-2.0
"""What a change asks of the version: major, minor or patch, and which of them a new version took.

For a pack, major is what takes an answer away or gives it another meaning,
minor what adds one, and patch all else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Step = Literal["none", "patch", "minor", "major"]
STEPS: tuple[Step, ...] = ("none", "patch", "minor", "major")
_OF_NUMBERS: tuple[Step, ...] = ("major", "minor", "patch")  # of a version, from the left
_VERSION = re.compile(r"([0-9]+)\.([0-9]+)\.([0-9]+)(?:-([0-9A-Za-z.-]+))?")
_Precedence = tuple[tuple[int, int, int], bool, tuple[tuple[bool, int, str], ...]]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is different: `what` kind of thing, its name, and how."""

    step: Step
    what: str
    name: str
    message: str


@dataclass(frozen=True, slots=True)
class StepTaken:
    """The step that the changes ask for, the one that the version took, and whether that is enough."""

    needed: Step
    taken: Step | Literal["back"]
    enough: bool


def largest(changes: Iterable[Change]) -> Step:
    """The step of the gravest change; `none` when there is none."""
    return max((change.step for change in changes), key=STEPS.index, default="none")


def judge(needed: Step, old: str, new: str) -> StepTaken:
    """Whether going from version `old` to `new` is the step that is needed.

    In 0.y.z a minor step may take anything away, as Semantic Versioning has it, and
    so may each pre-release of one release.
    """
    before, after = _precedence(old), _precedence(new)
    taken = _taken(before, after)
    if taken == "back":
        return StepTaken(needed, taken, enough=False)
    asked: Step = "minor" if needed == "major" and before[0][0] == 0 else needed
    prepared = before[0] == after[0] and not before[1] and before < after
    return StepTaken(needed, taken, prepared or STEPS.index(taken) >= STEPS.index(asked))


def _taken(before: _Precedence, after: _Precedence) -> Step | Literal["back"]:
    if after < before:
        return "back"
    for step, first, second in zip(_OF_NUMBERS, before[0], after[0], strict=True):
        if first != second:
            return step
    return "none" if before == after else "patch"


def _precedence(version: str) -> _Precedence:
    """Ordered as Semantic Versioning orders versions; what follows a + does not count."""
    found = _VERSION.match(version)
    assert found is not None, "schemas/pack.json accepts semantic versions only"
    parts = found[4].split(".") if found[4] else []
    pre = tuple((not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts)
    return (int(found[1]), int(found[2]), int(found[3])), not pre, pre
