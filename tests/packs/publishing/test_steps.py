# SPDX-License-Identifier: Apache-2.0
"""Which step of its version a pack needed and took."""

from __future__ import annotations

import pytest

from hpa_discovery.packs.publishing.steps import Change, Step, judge, largest
from hpa_discovery.packs.versions import raised


@pytest.mark.parametrize(
    ("needed", "old", "new", "taken", "enough"),
    [
        ("none", "1.0.0", "1.0.0", "none", True),
        ("patch", "1.0.0", "1.0.0", "none", False),
        ("patch", "1.0.0", "1.0.1", "patch", True),
        ("patch", "1.0.0", "1.1.0", "minor", True),
        ("minor", "1.0.0", "1.0.1", "patch", False),
        ("minor", "1.0.0", "1.1.0", "minor", True),
        ("minor", "1.9.9", "2.0.0", "major", True),
        ("major", "1.0.0", "1.1.0", "minor", False),
        ("major", "1.9.0", "1.10.0", "minor", False),
        ("major", "1.0.0", "2.0.0", "major", True),
        ("major", "0.1.0", "0.2.0", "minor", True),
        ("major", "0.1.0", "0.1.1", "patch", False),
        ("minor", "0.1.0", "0.1.1", "patch", False),
        ("none", "1.1.0", "1.0.9", "back", False),
        ("major", "2.0.0-rc.1", "2.0.0-rc.2", "patch", True),
        ("major", "2.0.0-rc.9", "2.0.0-rc.10", "patch", True),
        ("major", "2.0.0-rc.1", "2.0.0", "patch", True),
        ("none", "2.0.0", "2.0.0-rc.1", "back", False),
        ("none", "2.0.0-rc", "2.0.0-beta", "back", False),
        ("patch", "1.0.0+a", "1.0.0+b", "none", False),
        ("major", "1.0.0", "2.0.0-rc.1", "major", True),
    ],
)
def test_versions(needed: Step, old: str, new: str, taken: str, enough: bool) -> None:
    """A version takes a step as Semantic Versioning orders versions; before 1.0.0 a minor one may break."""
    step = judge(needed, old, new)
    assert (step.taken, step.enough) == (taken, enough)


def test_the_largest_step_counts() -> None:
    """Of all changes the gravest says what is needed; without any, nothing is."""
    assert largest([]) == "none"
    assert largest([Change("minor", "", "", ""), Change("major", "", "", ""), Change("patch", "", "", "")]) == "major"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("", ">=0.1", True),
        (">=0.1", ">=0.2,<1", True),
        (">=0.2", "", False),
        (">=0.1,<2", ">=0.1,<3", False),
        ("~=1.2", "==1.3", True),
        (">1.10", ">=1.9", False),
    ],
)
def test_raised(before: str, after: str, expected: bool) -> None:
    """A range is raised when it begins higher; where it ends does not count."""
    assert raised(before, after) is expected
