# SPDX-License-Identifier: Apache-2.0
"""Requirements: which of several failing ones is reported, and when the answer stands."""

from __future__ import annotations

from typing import Any

import pytest

from hpa_discovery.discovery.generation import compile_packs
from hpa_discovery.language.pack import Pack
from hpa_discovery.language.rule import parse_rule
from hpa_discovery.model import Outcome
from hpa_discovery.packs.contracts import load_contracts

SOURCE = "openstack.flavor"


def ask(levels: list[str]) -> Outcome:
    """What a rule says whose requirements, of these levels, all fail."""
    requires = [
        {"var": "absent", "present": True, "code": f"case.number_{'abc'[number]}", "level": level, "message": "no"}
        for number, level in enumerate(levels)
    ]
    spec: dict[str, Any] = {
        "source": SOURCE,
        "let": {
            "vcpus": {"path": "flavor.vcpus", "type": "integer"},
            "absent": {"path": "flavor.absent", "type": "integer"},
        },
        "when": {"var": "vcpus", "present": True},
        "require": requires,
        "emit": {
            "feature": "basicCapabilities",
            "version": "v1",
            "architecture": "generic",
            "attributes": [{"key": "numVirtualCpu", "from": "vcpus"}],
        },
    }
    rule = parse_rule({"metadata": {"id": "acme.test/one", "title": "One", "maturity": "stable"}, "spec": spec})
    pack = Pack("acme.test", "1.0.0", "vendor", "default", ("basicCapabilities",), {}, {}, (rule,))
    return compile_packs([pack], load_contracts()).evaluate(SOURCE, {"vcpus": 1, "extra_specs": {}})


CASES = [
    (["error", "error"], ["case.number_a"], False),
    (["warning", "error", "info"], ["case.number_a", "case.number_b"], False),
    (["warning", "info"], ["case.number_a", "case.number_b"], True),
]


@pytest.mark.parametrize(("levels", "codes", "answered"), CASES)
def test_the_first_error_ends_the_item(levels: list[str], codes: list[str], answered: bool) -> None:
    """Requirements are read in order; after one of level error nothing more is asked, and the feature is unknown."""
    outcome = ask(levels)
    assert [diagnostic.code for diagnostic in outcome.diagnostics] == codes
    assert bool(outcome.capabilities) is answered
    assert [unknown.code for unknown in outcome.unknown] == ([] if answered else codes[-1:])
