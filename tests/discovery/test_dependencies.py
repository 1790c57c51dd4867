# SPDX-License-Identifier: Apache-2.0
"""What a rule's answer depends on, by examples."""

from __future__ import annotations

import pytest

from hpa_discovery.discovery.contract import Path
from hpa_discovery.discovery.dependencies import Dependencies, dependencies
from hpa_discovery.language.rule import parse_rule

SPECS = ("flavor", "extra_specs")
CASES = {
    'flavor.extra_specs."hw:cpu_policy"': ({(*SPECS, "hw:cpu_policy")}, set()),
    "entries(flavor.extra_specs, 'trait:')": (set(), {(SPECS, "trait:")}),
    "entries(flavor.extra_specs)": ({SPECS}, set()),
    "lookup(flavor.extra_specs, 'trait:', flavor.name)": ({("flavor", "name")}, {(SPECS, "trait:")}),
    "lookup(flavor.extra_specs, flavor.name, 'trait:')": ({SPECS, ("flavor", "name")}, set()),
    # More than it reads, which only makes answers be kept for less.
    "flavor | entries(extra_specs, 'trait:')": ({("flavor",)}, {(SPECS, "trait:")}),
    "entries(context.all[0], 'trait:')": ({("context", "all")}, set()),
    "lookup(tables.devices, 'x', flavor.name)": ({("flavor", "name")}, set()),
    "keys(@)": ({("flavor",), ("context",)}, set()),
    # A key may be any text, and none of them may be taken for something else.
    'flavor."\\u0000prefix:x"': ({("flavor", "\0prefix:x")}, set()),
    "[flavor.vcpus, entries(flavor, 'vcpus')]": ({("flavor", "vcpus")}, {(("flavor",), "vcpus")}),
}


@pytest.mark.parametrize(("path", "expected"), CASES.items(), ids=CASES)
def test_dependencies(path: str, expected: tuple[set[Path], set[tuple[Path, str]]]) -> None:
    """Members are named one by one, and of `entries` and `lookup` with a literal start only keys that start so."""
    rule = parse_rule(
        {
            "metadata": {"id": "acme.test/r", "title": "t", "maturity": "stable"},
            "spec": {
                "source": "openstack.flavor",
                "let": {"x": {"path": path, "type": "string"}},
                "emit": {"feature": "numa", "version": "v1", "architecture": "generic", "attributes": []},
            },
        }
    )
    members, parts = expected

    assert dependencies(rule) == Dependencies(frozenset(members), frozenset(parts))
