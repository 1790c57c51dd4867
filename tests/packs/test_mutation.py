# SPDX-License-Identifier: Apache-2.0
"""Mutation: what is changed in a rule, what cannot matter, and which cases are missing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpa_discovery.language.conditions import compile_condition, compile_leaf
from hpa_discovery.language.expressions import parse
from hpa_discovery.language.pack import Pack
from hpa_discovery.language.rule import Leaf, Rule, parse_rule
from hpa_discovery.packs.bench import Bench
from hpa_discovery.packs.contracts import load_contracts
from hpa_discovery.packs.mutant_conditions import flipped, never
from hpa_discovery.packs.mutant_expressions import expression_mutants
from hpa_discovery.packs.mutants import mutants
from hpa_discovery.packs.mutation import mutate
from hpa_discovery.packs.witness import find_witness
from packs.samples import FILES, load

SOURCE = "openstack.flavor"


def test_the_tests_of_the_sample_pack_kill_every_mutant(tmp_path: Path) -> None:
    """Cases that look at everything let no mutant live."""
    result = mutate(load(tmp_path))

    assert [str(survivor) for survivor in result.survivors] == []
    assert (result.mutants, result.killed, result.complete) == (36, 36, True)


def _without(name: str, case: str) -> tuple[str, str, str]:
    found = re.search(rf"- name: {case}\n(?:  .*\n)+", FILES[name])
    assert found, case
    return name, found[0], ""


SURVIVORS = [
    ("pinning.test.yaml", "a policy that Nova does not have", ["pinning.yaml:10:13 the enum of policy left out"]),
    ("numa.test.yaml", "nine nodes", ["numa.yaml:11:16 the maximum of nodes moved from 8 to 9"]),
    ("numa.test.yaml", "eight nodes", ["numa.yaml:11:16 the maximum of nodes moved from 8 to 7"]),
    ("numa.test.yaml", "no node at all", ["numa.yaml:10:16 the minimum of nodes moved from 1 to 0"]),
    ("numa.test.yaml", "memory that is no number", ["numa.yaml:27:22 the pattern of memory left out"]),
    ("device.test.yaml", "a card without a number", ["device.yaml:17:16 the default of count left out"]),
    ("device.test.yaml", "no vendor", ["device.yaml:43:9 the attribute pciVendorId made optional"]),
    (
        "device.test.yaml",
        "an alias that nobody knows",
        ["device.yaml:31:7 the requirement pci.alias left out"],
    ),
    (
        "pinning.test.yaml",
        "threads only, on another architecture",
        [
            "pinning.yaml:15:46 `thread is present` left out",
            "pinning.yaml:21:9 the attribute logicalCpuThreadPinningPolicy left out",
            "pinning.yaml:22:9 the attribute logicalCpuPinningPolicy made mandatory",
        ],
    ),
]


@pytest.mark.parametrize(("file", "case", "expected"), SURVIVORS, ids=[case for _, case, _ in SURVIVORS])
def test_a_missing_case_lets_mutants_live(tmp_path: Path, file: str, case: str, expected: list[str]) -> None:
    """Without a case, the mutants that only it noticed survive, told where they stand and what was changed."""
    survivors = mutate(load(tmp_path, _without(file, case))).survivors

    told = [f"{survivor.place} {survivor.what}".removeprefix(f"{tmp_path}/") for survivor in survivors]
    assert sorted(told) == sorted(expected)
    assert all(survivor.hint.startswith("add a case") for survivor in survivors)


def test_a_rule_whose_cases_fail_is_skipped(tmp_path: Path) -> None:
    """There is nothing to compare the mutants of a rule with when the rule itself fails its cases."""
    result = mutate(load(tmp_path, ("numa.test.yaml", 'numaNodes: {value: "8"}', 'numaNodes: {value: "7"}')))

    assert (result.skipped, result.complete) == (("acme.test/numa",), False)


EXPRESSIONS: list[tuple[str, list[str]]] = [
    ("flavor.vcpus", []),
    ("a == 'b'", ["a != 'b'"]),
    ("a != `1`", ["a == `1`"]),
    ("a < b", ["a >= b"]),
    ("a <= b", ["a > b"]),
    ("a && b || c", ["a || b || c", "a && b && c"]),
    ("a | [0]", []),
    ("sort_by(a, &b)", []),
    (r"""'&& \' ==' || "a||b" """.strip(), [r"""'&& \' ==' && "a||b" """.strip()]),
    ('`"=="` == a', ['`"=="` != a']),
    ("a[?b]", ["a[*]"]),
    ("a[?b == 'c'].d", ["a[?b != 'c'].d", "a[*].d"]),
    ("a[?b && c]", ["a[?b || c]", "a[?c]", "a[?b]"]),
    ("a[?b || c]", ["a[?b && c]", "a[*]"]),
    ("a[?b && (c || d)]", ["a[?b || (c || d)]", "a[?b && (c && d)]", "a[?(c || d)]", "a[?b]"]),
    ("a[?b[?c] && d]", ["a[?b[?c] || d]", "a[?d]", "a[?b[?c]]", "a[?b[*] && d]"]),
]


@pytest.mark.parametrize(("text", "expected"), EXPRESSIONS, ids=[text for text, _ in EXPRESSIONS])
def test_expressions_are_changed_outside_quotes_only(text: str, expected: list[str]) -> None:
    """Each comparison and junction is flipped once, each filter loosened, and what comes out is JMESPath."""
    made = [mutant.text for mutant in expression_mutants(text)]

    assert made == expected
    for changed in made:
        parse(changed, None)


def rule(when: Any, lets: dict[str, Any], *entries: dict[str, Any], require: Any = ()) -> Rule:
    """A rule with these parts."""
    emit = {"feature": "answer", "version": "v1", "architecture": "generic", "attributes": list(entries)}
    spec = {"source": SOURCE, "let": lets, "when": when, "require": require, "emit": emit}
    return parse_rule({"metadata": {"id": "a.b/c", "title": "c", "maturity": "stable"}, "spec": spec})


TEXT = {"path": "flavor.extra_specs.text", "type": "string"}
PATTERN = {**TEXT, "pattern": "[a-z]+"}
THERE = {"var": "a", "present": True}
OTHER = {"var": "b", "present": True}
NEEDED = {"code": "a.b", "level": "error", "message": "m", **THERE}
OPTIONAL = [
    pytest.param(THERE, TEXT, {"from": "a"}, (), "`given` with flavor.extra_specs.text empty", id="may be empty"),
    pytest.param(THERE, PATTERN, {"from": "a"}, (), "", id="neither absent nor empty"),
    pytest.param(OTHER, PATTERN, {"from": "a"}, (), "`given` with flavor.extra_specs.text absent", id="may be absent"),
    pytest.param(OTHER, PATTERN, {"from": "a"}, [NEEDED], "", id="required"),
    pytest.param(THERE, TEXT, {"value": "fixed"}, (), "", id="fixed text"),
    pytest.param(THERE, TEXT, {"value": "{{ 'x' if b else 'y' }}"}, (), "", id="one of two fixed texts"),
]


@pytest.mark.parametrize(("when", "let", "entry", "require", "witness"), OPTIONAL)
def test_an_attribute_made_optional_needs_a_witness(
    when: Any, let: Any, entry: Any, require: Any, witness: str
) -> None:
    """The mutant survives only with a subject for which it matters, which is told."""
    lets = {"a": let, "b": {"path": "flavor.extra_specs.other", "type": "string"}}
    made = rule(when, lets, {"key": "k", **entry}, {"key": "fixed", "value": "v"}, require=require)
    (mutant,) = (mutant for mutant in mutants(made) if mutant.what == "the attribute k made optional")
    cases = [{"name": "given", "flavor": {"extra_specs": {"text": "x", "other": "o"}}}]

    assert mutant.needs_witness
    assert find_witness(_bench(made), _bench(mutant.part), cases) == witness


def test_a_witness_may_take_two_members() -> None:
    """Where it takes two absences for the rules to differ, both are found and told."""
    lets = {"a": {"path": "flavor.extra_specs.text || context.x.text", "type": "string"}}
    one = rule(None, lets, {"key": "k", "from": "a"}, {"key": "fixed", "value": "v"})
    other = rule(None, lets, {"key": "k", "from": "a", "optional": True}, {"key": "fixed", "value": "v"})
    case = {"name": "both", "flavor": {"extra_specs": {"text": "x"}}, "context": {"x": {"text": "y"}}}

    found = find_witness(_bench(one), _bench(other), [case])
    assert found == "`both` with flavor.extra_specs.text empty and context.x.text empty"


def _bench(made: Rule) -> Bench:
    pack = Pack("a.b", "1.0.0", "generic", "default", ("answer",), {"x": ""}, {}, (made,))
    return Bench(made, pack, load_contracts()[SOURCE])


LEAVES = [
    Leaf("a", "present", True),
    Leaf("a", "present", False),
    Leaf("a", "equals", "x"),
    Leaf("a", "in", ("x", 2)),
    Leaf("a", "lt", 2),
    Leaf("a", "le", 2),
    Leaf("a", "gt", 2),
    Leaf("a", "ge", 2),
    Leaf("a", "matches", "x+"),
    Leaf("a", "startsWith", "x"),
    Leaf("a", "contains", "x"),
]


@given(st.sampled_from(LEAVES), st.one_of(st.none(), st.text("xy"), st.integers(0, 4), st.lists(st.text("xy"))))
def test_a_flipped_leaf_says_the_opposite(leaf: Leaf, value: Any) -> None:
    """True becomes false and false true; what is unknown stays unknown. A requirement is no longer met."""
    names = {"a": value}
    truth = compile_leaf(leaf)(names)

    assert compile_condition(flipped(leaf))(names) is (None if truth is None else not truth)
    if truth is True:
        assert compile_leaf(never(leaf))(names) is not True
