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
ENUM = {**TEXT, "enum": ["x", "y"]}
PATTERN = {**TEXT, "pattern": "[a-z]+"}
EMPTY = {**TEXT, "pattern": "[a-z]*"}
NUMBER = {"path": "to_int(flavor.extra_specs.text)", "type": "integer"}
THERE = {"var": "a", "present": True}
NEEDED = {"code": "a.b", "level": "error", "message": "m", **THERE}
MATTERS = [
    pytest.param(THERE, TEXT, {"from": "a"}, (), True, id="text may be empty"),
    pytest.param(THERE, ENUM, {"from": "a"}, (), False, id="enum"),
    pytest.param(THERE, PATTERN, {"from": "a"}, (), False, id="pattern"),
    pytest.param(THERE, EMPTY, {"from": "a"}, (), True, id="pattern that allows nothing"),
    pytest.param(THERE, NUMBER, {"from": "a"}, (), False, id="number"),
    pytest.param({"var": "b", "present": True}, NUMBER, {"from": "a"}, (), True, id="another name"),
    pytest.param({"var": "a", "present": False}, NUMBER, {"from": "a"}, (), True, id="absence"),
    pytest.param({"var": "a", "equals": "x"}, TEXT, {"from": "a"}, (), False, id="equals says it is not empty"),
    pytest.param({"not": {"var": "a", "equals": "x"}}, TEXT, {"from": "a"}, (), True, id="not equals may be empty"),
    pytest.param({"not": {"var": "a", "equals": 1}}, NUMBER, {"from": "a"}, (), False, id="not unknown is unknown"),
    pytest.param({"not": {"any": [{"var": "a", "present": False}]}}, NUMBER, {"from": "a"}, (), False, id="de Morgan"),
    pytest.param({"any": [THERE, {"var": "b", "present": True}]}, NUMBER, {"from": "a"}, (), True, id="any"),
    pytest.param({"any": [THERE, {"var": "a", "gt": 3}]}, NUMBER, {"from": "a"}, (), False, id="any of the same"),
    pytest.param({"all": [THERE, {"var": "b", "present": True}]}, NUMBER, {"from": "a"}, (), False, id="all"),
    pytest.param({"var": "b", "present": True}, NUMBER, {"from": "a"}, [NEEDED], False, id="requirement"),
    pytest.param(
        {"var": "b", "present": True}, NUMBER, {"from": "a"}, [{**NEEDED, "level": "warning"}], True, id="warning"
    ),
    pytest.param({"var": "b", "present": True}, {**NUMBER, "default": 1}, {"from": "a"}, (), False, id="default"),
    pytest.param(THERE, TEXT, {"value": "fixed"}, (), False, id="fixed text"),
    pytest.param(THERE, NUMBER, {"value": "n-{{ a }}"}, (), False, id="template of a sure name"),
    pytest.param(THERE, NUMBER, {"value": "{{ params.x }}"}, (), True, id="template of a member"),
]


@pytest.mark.parametrize(("when", "let", "entry", "require", "matters"), MATTERS)
def test_optional_is_flipped_only_where_it_matters(
    when: Any, let: Any, entry: Any, require: Any, matters: bool
) -> None:
    """No mutant is made of an attribute that always has a value; every subject answers both alike."""
    lets = {"a": let, "b": {"path": "flavor.extra_specs.other", "type": "string"}}
    made = rule(when, lets, {"key": "k", **entry}, {"key": "fixed", "value": "v"}, require=require)

    assert any(mutant.what == "the attribute k made optional" for mutant in mutants(made)) is matters
    loose = rule(when, lets, {"key": "k", **entry, "optional": True}, {"key": "fixed", "value": "v"}, require=require)
    benches = [_bench(made), _bench(loose)]
    subjects = [{}, *({"text": text, "other": "o"} for text in ("", "x", "y", "1", "5")), {"other": "o"}, {"text": "x"}]
    differ = [specs for specs in subjects if len({_answer(bench, specs) for bench in benches}) > 1]
    assert bool(differ) is matters


def test_the_only_attribute_is_never_made_optional() -> None:
    """A capability without attributes is withheld with the same code as one that lacks an attribute."""
    whats = [mutant.what for mutant in mutants(rule(THERE, {"a": TEXT}, {"key": "k", "from": "a"}))]

    assert whats == ["`a is present` turned into its opposite", "`a is present` left out", "the attribute k left out"]


def _bench(made: Rule) -> Bench:
    pack = Pack("a.b", "1.0.0", "generic", "default", ("answer",), {"x": ""}, {}, (made,))
    return Bench(made, pack, load_contracts()[SOURCE])


def _answer(bench: Bench, specs: dict[str, str]) -> Any:
    outcome = bench.evaluate({"flavor": {"extra_specs": specs}})
    return outcome.capabilities, tuple(diagnostic.code for diagnostic in outcome.diagnostics)


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
    verdict = compile_leaf(leaf)(names)

    assert compile_condition(flipped(leaf))(names) is (None if verdict is None else not verdict)
    if verdict is True:
        assert compile_leaf(never(leaf))(names) is not True
