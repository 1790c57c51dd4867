# SPDX-License-Identifier: Apache-2.0
"""The facts, the contract and the flavor strategies against the validators of a real Nova."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from peers.cached_venv import cached_venv, run
from strategies.flavors import extra_spec_pairs, valid_flavors

HERE = Path(__file__).resolve().parent
CONTRACT = HERE.parent.parent / "schemas" / "inputs" / "openstack.flavor.json"
DRAWS = 20_000 if os.environ.get("HPA_PROVE") else 200

pytestmark = pytest.mark.peer


def judged(pairs: list[tuple[str, str]]) -> list[str | None]:
    """What Nova has against each pair."""
    python = cached_venv("nova", HERE / "nova-requirements.txt") / "bin" / "python"
    script = HERE / "inside_nova" / "judge_extra_specs.py"
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    answer = run([str(python), "-P", str(script)], "judging extra specs", input=json.dumps(pairs), env=clean)
    found: list[str | None] = json.loads(answer)
    return found


def drawn(strategy: Any) -> list[Any]:
    """What a strategy gives when it is asked often."""
    values: list[Any] = []

    @settings(max_examples=DRAWS, phases=[Phase.generate], database=None, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def keep(value: Any) -> None:
        values.append(value)

    keep()
    return values


def test_nova_takes_what_the_strategies_draw(record_property: Callable[[str, object], None]) -> None:
    """Every pair of every valid flavor passes Nova's own validators, so proofs over them are about real flavors."""
    pairs = [pair for flavor in drawn(valid_flavors()) for pair in flavor["extra_specs"].items()]
    pairs += drawn(extra_spec_pairs())

    record_property("drawn extra specs that Nova takes", len(pairs))
    assert len(pairs) > 2 * DRAWS
    assert [(pair, fault) for pair, fault in zip(pairs, judged(pairs), strict=True) if fault] == []


def test_nova_refuses_what_the_contract_rules_out() -> None:
    """A value outside a key's enum, pattern, limits or words is refused by Nova, and so is an unknown key."""
    specs = json.loads(CONTRACT.read_text())["properties"]["extra_specs"]["properties"]
    pairs = [(key, value) for key, about in specs.items() for value in impossible(about)]
    pairs += [("hw:cpu_polizy", "x"), ("trait:HW_CPU_X86_AVY", "required"), ("resourcesx:VGPUS", "1")]

    assert len(pairs) > 450
    assert [pair for pair, fault in zip(pairs, judged(pairs), strict=True) if fault is None] == []


def impossible(about: dict[str, Any]) -> list[str]:
    """Values that the contract says cannot be."""
    if about.get("x-hpa-origin") == "onap":
        return []
    if "enum" in about:
        return ["pinned"]
    if "pattern" in about:
        return [text for text in ("", ":", "a b!", "1-") if not re.search(about["pattern"], text)]
    if "x-hpa-boolean" in about:
        return ["maybe", "2", ""]
    limits = about.get("x-hpa-number")
    if limits is None:
        return []
    steps = {"minimum": -1, "maximum": 1}
    return ["many", "1.5", "", *(str(limit + steps[name]) for name, limit in limits.items())]
