# SPDX-License-Identifier: Apache-2.0
"""A rule file's plain value as a typed rule."""

from __future__ import annotations

from typing import Any

from hpa_discovery.language.rule import (
    AttributeEntry,
    Branch,
    Each,
    Emit,
    GroupEntry,
    Leaf,
    Let,
    Not,
    Requirement,
    Rule,
    parse_condition,
    parse_rule,
)

SMALL: dict[str, Any] = {
    "metadata": {"id": "acme.test/small", "title": "Small", "maturity": "sandbox"},
    "spec": {
        "source": "kubernetes.node",
        "emit": {
            "feature": "numa",
            "version": "v1",
            "architecture": "generic",
            "attributes": [{"key": "k", "value": "v"}],
        },
    },
}


def test_what_is_left_out() -> None:
    """What a rule leaves out is none or empty, and its root follows from its source."""
    rule = parse_rule(SMALL)
    emit = Emit("numa", "v1", "generic", None, (AttributeEntry("k", None, "v", None, False),))
    assert rule == Rule("acme.test/small", "Small", "sandbox", (), "kubernetes.node", None, (), None, (), emit)
    assert rule.root == "node"


def test_everything() -> None:
    """Everything that a rule may say arrives, in the order it is written."""
    group = {
        "each": {"as": "i", "in": "range(n)", "max": 4},
        "let": {"g": {"path": "i", "type": "integer"}},
        "when": {"var": "g", "gt": 0},
        "attributes": [{"key": "k-{{ i }}", "from": "g", "unit": "MB", "optional": True}],
    }
    let = {
        "path": "flavor.n",
        "type": "list",
        "enum": [1, "a"],
        "pattern": "a",
        "minimum": 1,
        "maximum": 2.5,
        "default": ["a"],
        "sensitive": True,
    }
    spec = {
        **SMALL["spec"],
        "each": {"as": "item", "in": "flavor.items", "max": 8},
        "let": {"b": {"path": "x", "type": "string"}, "n": let},
        "when": {"not": {"var": "b", "present": False}},
        "require": [{"var": "n", "contains": "a", "code": "x.y", "level": "info", "message": "m"}],
        "emit": {**SMALL["spec"]["emit"], "discriminator": "{{ item }}", "attributes": [group]},
    }
    rule = parse_rule({"metadata": {**SMALL["metadata"], "replaces": ["acme.test/old"]}, "spec": spec})
    assert rule.replaces == ("acme.test/old",)
    assert rule.each == Each("item", "flavor.items", 8)
    assert rule.lets == (
        Let("b", "x", "string"),
        Let("n", "flavor.n", "list", (1, "a"), "a", 1, 2.5, ["a"], True),
    )
    assert rule.when == Not(Leaf("b", "present", False))
    assert rule.requires == (Requirement(Leaf("n", "contains", "a"), "x.y", "info", "m"),)
    assert rule.emit.discriminator == "{{ item }}"
    inner = AttributeEntry("k-{{ i }}", "g", None, "MB", True)
    assert rule.emit.entries == (
        GroupEntry(Each("i", "range(n)", 4), (Let("g", "i", "integer"),), Leaf("g", "gt", 0), (inner,)),
    )


def test_conditions() -> None:
    """Branches nest, an operand may be false or zero, and no condition is none."""
    value = {"all": [{"var": "a", "equals": False}, {"any": [{"not": {"var": "b", "ge": 0}}]}]}
    expected = Branch("all", (Leaf("a", "equals", False), Branch("any", (Not(Leaf("b", "ge", 0)),))))
    assert parse_condition(value) == expected
    assert parse_condition(None) is None
