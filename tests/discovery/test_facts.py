# SPDX-License-Identifier: Apache-2.0
"""Needs, joined: what must hold when any of several things happens, or all of them do."""

from __future__ import annotations

import pytest

from hpa_discovery.discovery.facts import ALWAYS, NEVER, Fact, Needs, both, either

PRESENT = frozenset({Fact(("flavor", "a"))})
KEY = frozenset({Fact(("flavor",), "key", "p:")})
TEXT = frozenset({Fact(("flavor", "a"), "equals", "x")})
TEXTS = TEXT | frozenset({Fact(("flavor", "a"), "equals", "y"), Fact(("flavor", "a"), "equals", "z")})

EITHER: dict[str, tuple[list[Needs], Needs]] = {
    "nothing": ([], NEVER),
    "one": ([PRESENT], PRESENT),
    "all of their facts": ([PRESENT, KEY], PRESENT | KEY),
    "never adds nothing": ([NEVER, KEY], KEY),
    "always is always": ([KEY, ALWAYS, PRESENT], ALWAYS),
}


@pytest.mark.parametrize(("options", "expected"), EITHER.values(), ids=EITHER)
def test_either(options: list[Needs], expected: Needs) -> None:
    """What happens when any option does needs a fact of any of them, and none when one of them needs none."""
    assert either(*options) == expected


BOTH: dict[str, tuple[list[Needs], Needs]] = {
    "nothing known": ([], ALWAYS),
    "always says nothing": ([ALWAYS, PRESENT], PRESENT),
    "only always": ([ALWAYS, ALWAYS], ALWAYS),
    "never is never": ([PRESENT, NEVER], NEVER),
    "a value before a key": ([KEY, TEXT], TEXT),
    "a key before a member": ([PRESENT, KEY], KEY),
    "few texts before a member": ([PRESENT, TEXTS], TEXTS),
    "a key before many texts": ([TEXTS, KEY], KEY),
}


@pytest.mark.parametrize(("parts", "expected"), BOTH.values(), ids=BOTH)
def test_both(parts: list[Needs], expected: Needs) -> None:
    """What happens when all parts do needs what the most selective of them needs."""
    assert both(*parts) == expected
