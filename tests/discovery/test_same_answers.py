# SPDX-License-Identifier: Apache-2.0
"""The index and the memory of answers only save time: whatever rules and subjects come, the outcome is the same."""

from __future__ import annotations

import os
from dataclasses import replace
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.random_rules import SOURCE, context, neighbour, pack, subject
from hpa_discovery.discovery.generation import compile_packs
from hpa_discovery.language.budgets import DEFAULT, Limits
from hpa_discovery.model import Outcome
from hpa_discovery.packs.contracts import load_contracts

CONTRACTS = load_contracts()
EXAMPLES = 20_000 if os.environ.get("HPA_PROVE") else 250
SEEDS = st.integers(min_value=0, max_value=2**48)


def said(outcome: Outcome) -> str:
    """All that an outcome says, type by type: 1, 1.0 and true are three things."""
    return repr((outcome.capabilities, outcome.unknown, outcome.diagnostics))


def alike(rng: Random, count: int = 5) -> list[tuple[dict[str, Any], Any]]:
    """Subjects of one cloud, each differing little from the one before, with their contexts."""
    flavor, known = subject(rng), context(rng)
    found = []
    for _ in range(count):
        found.append((flavor, known))
        flavor = neighbour(rng, flavor)
        known = context(rng) if rng.random() < 0.3 else known
    return found


def agree(seed: int, rules: int, limits: Limits) -> None:
    """Asking the rules that the index picks, from memory or not, equals asking every rule afresh."""
    rng = Random(seed)
    rulebook = pack(rng, rules)
    generation = compile_packs([rulebook], CONTRACTS, limits)
    for flavor, known in alike(rng):
        first, again = (said(generation.evaluate(SOURCE, flavor, known)) for _ in range(2))
        every = said(compile_packs([rulebook], CONTRACTS, limits).explain(SOURCE, flavor, known))
        assert first == every
        assert again == every


@settings(max_examples=EXAMPLES, deadline=None)
@given(SEEDS)
def test_one_rule(seed: int) -> None:
    """A rule that the index does not pick has nothing to say, and what is remembered is what would be said."""
    agree(seed, 1, DEFAULT)


@settings(max_examples=EXAMPLES // 5, deadline=None)
@given(SEEDS)
def test_many_rules(seed: int) -> None:
    """Rules that meet in one instance are weighed the same way, whichever of them were asked."""
    agree(seed, 8, DEFAULT)


@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(SEEDS, st.integers(min_value=0, max_value=80))
def test_few_steps(seed: int, steps: int) -> None:
    """What runs out of steps does so whether answers are remembered or not, and whoever else could be asked."""
    agree(seed, 4, replace(DEFAULT, steps=steps))
