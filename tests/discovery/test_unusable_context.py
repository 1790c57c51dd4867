# SPDX-License-Identifier: Apache-2.0
"""A context that cannot be used: what might hang on it is unknown, not absent."""

from __future__ import annotations

from typing import Any

import pytest

from hpa_discovery.discovery.generation import compile_packs
from hpa_discovery.packs.contracts import load_contracts
from hpa_discovery.packs.load import load_pack
from hpa_discovery.resources import bundled

FLAVOR = {"id": "1", "name": "small", "vcpus": 2, "ram": 2048, "extra_specs": {"hw:cpu_policy": "dedicated"}}


@pytest.mark.parametrize(
    ("context", "code"),
    [
        ("text", "context.type"),
        ([], "context.type"),
        ({"vim": {"x": float("nan")}}, "context.number"),
        ({"vim": {"x": "\ud800"}}, "context.text"),
        ({"vim": "x" * (1 << 21)}, "context.subject"),
    ],
)
def test_nothing_is_answered_beside_an_unusable_context(context: Any, code: str) -> None:
    """Every feature is unknown, and one diagnostic says why."""
    pack = load_pack(bundled("rules") / "onap.openstack").pack
    assert pack is not None
    generation = compile_packs([pack], load_contracts())

    outcome = generation.evaluate("openstack.flavor", FLAVOR, context)

    assert outcome.capabilities == ()
    assert [diagnostic.code for diagnostic in outcome.diagnostics] == [code]
    assert {unknown.feature for unknown in outcome.unknown} == set(pack.features)
