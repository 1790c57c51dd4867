# SPDX-License-Identifier: Apache-2.0
"""The language reference: every fragment runs, every table tells the truth and leaves nothing out."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest

from docs.fenced import DOCS, ROOT, Table, blocks, code, codes, table, tables
from docs.fragments import Example, examples
from hpa_discovery.errors import TemplateError
from hpa_discovery.language.budgets import DEFAULT, Meter
from hpa_discovery.language.builtins import BUILTINS
from hpa_discovery.language.conditions import compile_condition
from hpa_discovery.language.expressions import compile_expression
from hpa_discovery.language.functions import FUNCTIONS
from hpa_discovery.language.rule import OPERATORS, RESERVED, ROOTS, Let, LetType, parse_condition
from hpa_discovery.language.templates import FILTERS, compile_template
from hpa_discovery.language.types import LetError, compile_check
from hpa_discovery.language.yaml_reader import read_yaml
from hpa_discovery.packs.activate import activate
from hpa_discovery.packs.cases import run_cases
from hpa_discovery.packs.lint import lint_paths
from hpa_discovery.packs.load import load_pack

PAGE = DOCS / "language.md"
EXAMPLES = examples(blocks(PAGE))
PROVEN = [example for example in EXAMPLES if example.cases]
WRONG = [example for example in EXAMPLES if example.wrong]
RIGHT = [example for example in EXAMPLES if not example.wrong]
[DOCUMENT] = [json.loads(block.text) for block in blocks(PAGE) if "document" in block.marks]
NAMES = {"i": 1, "words": ["b", "a"], "card": {"name": "falcon", "max-vfs": 64}}
TRUTHS = {"true": True, "false": False, "unknown": None}


def _rows(heading: str) -> tuple[tuple[str, ...], ...]:
    return table(PAGE, heading).rows


def _first_with(header: str) -> Table:
    return next(each for each in tables(PAGE) if each.header[0] == header)


def _read(yaml: str) -> Any:
    document = read_yaml(yaml.encode(), "page")
    assert not document.findings, document.findings
    return document.value


@pytest.mark.parametrize("example", RIGHT, ids=str)
def test_every_rule_of_the_page_is_sound(example: Example, tmp_path: Path) -> None:
    """Lint finds nothing in a rule of the page, but that some come without tests."""
    found = lint_paths([example.write(tmp_path)]).findings
    expected = set() if example.cases else {"test.missing"}
    assert {finding.code for finding in found} == expected, found


@pytest.mark.parametrize("example", PROVEN, ids=str)
def test_every_rule_answers_as_its_cases_say(example: Example, tmp_path: Path) -> None:
    """The cases below a rule pass."""
    run = run_cases(load_pack(example.write(tmp_path), tests=True))
    assert run.results
    assert [line for result in run.failed for line in result.lines()] == []


@pytest.mark.parametrize("example", WRONG, ids=str)
def test_every_wrong_rule_is_refused(example: Example, tmp_path: Path) -> None:
    """A rule shown as wrong gets the code that the page names."""
    found = lint_paths([example.write(tmp_path)]).findings
    errors = {finding.code for finding in found if finding.severity == "error"} - {"test.missing"}
    assert errors == set(example.wrong)


def test_the_overlay_of_the_page_applies(tmp_path: Path) -> None:
    """The overlay fits the pack of the page and changes it."""
    example = next(example for example in EXAMPLES if example.files)
    [overlay] = [block for block in blocks(PAGE) if block.marks.get("title", "").endswith(".overlay.yaml")]
    example.write(tmp_path)
    (tmp_path / overlay.marks["title"]).write_text(overlay.text, "utf-8")
    generation = activate("openstack.flavor", (), [tmp_path])
    pack = next(pack for pack in generation.packs if pack.namespace == "acme.docs")
    assert pack.rules == ()
    assert pack.params == {"architecture": "intel64"}
    assert set(pack.tables["cards"]) == {"falcon", "eagle", "hawk"}


@pytest.mark.parametrize("heading", ["Functions of this language", "Functions of JMESPath"])
def test_examples_of_functions_are_right(heading: str) -> None:
    """Each function's example calls it and gives what stands beside it."""
    for name, example, gives, *_ in _rows(heading):
        assert code(name) + "(" in code(example)
        assert compile_expression(code(example))(DOCUMENT) == json.loads(code(gives)), example


def test_every_function_is_listed() -> None:
    """The two tables of functions hold what an expression can call, in alphabetical order."""
    ours = [code(row[0]) for row in _rows("Functions of this language")]
    theirs = [code(row[0]) for row in _rows("Functions of JMESPath")]
    assert theirs == sorted(function.name for function in BUILTINS)
    assert ours == sorted(FUNCTIONS.keys() - set(theirs))


def test_examples_of_expressions_are_right() -> None:
    """Each form of an expression gives what stands beside it."""
    for _, example, gives in _rows("Operators of expressions"):
        assert compile_expression(code(example))(DOCUMENT) == json.loads(code(gives)), example


def test_names_and_sources_are_all_there() -> None:
    """The reserved names and the sources are those of the language."""
    reserved = {name for row in _rows("Names") for name in codes(row[0]) if "." not in name}
    assert reserved - {"let"} == set(RESERVED)
    sources = {code(source): code(root) for source, root, _ in _first_with("source").rows}
    assert sources == ROOTS


def test_types_take_and_refuse_what_the_page_says() -> None:
    """Every type is listed with a value that it takes and one that it refuses."""
    rows = _rows("Types")
    assert [code(row[0]) for row in rows] == list(get_args(LetType))
    for name, _, good, bad in rows:
        check = compile_check(Let("x", "x", code(name)))
        assert check(json.loads(code(good))) is not None
        with pytest.raises(LetError):
            check(json.loads(code(bad)))


def test_limits_of_lets_hold() -> None:
    """Every limit of a let is listed with a value that it allows and one that it does not."""
    shown = set()
    for limit, kind, good, bad in _rows("Limits"):
        [(key, operand)] = _read(code(limit)).items()
        shown.add(key)
        check = compile_check(Let("x", "x", code(kind), **{key: tuple(operand) if key == "enum" else operand}))
        assert check(json.loads(code(good))) is not None
        with pytest.raises(LetError):
            check(json.loads(code(bad)))
    assert shown == {"enum", "pattern", "minimum", "maximum"}


def test_operators_of_conditions_are_all_there_and_right() -> None:
    """Every operator of a condition is listed with values for which it is true, false and unknown."""
    rows = _rows("Operators of conditions")
    assert [code(row[0]) for row in rows] == list(OPERATORS)
    for operator, leaf, *values in rows:
        condition = parse_condition(_read(code(leaf)))
        assert condition is not None
        for truth, cell in zip(TRUTHS.values(), values, strict=True):
            if cell:
                names = {} if cell == "absent" else {"x": json.loads(code(cell))}
                assert compile_condition(condition)(names) is truth, (operator, cell)


def test_the_truth_table_is_complete_and_right() -> None:
    """All nine pairs are there, with what `all`, `any` and `not` make of them."""
    rows = _rows("Three values")
    assert {row[:2] for row in rows} == {(a, b) for a in TRUTHS for b in TRUTHS}
    leaves = [{"var": name, "equals": True} for name in ("a", "b")]
    for a, b, *expected in rows:
        names = {name: TRUTHS[word] for name, word in (("a", a), ("b", b)) if word != "unknown"}
        conditions = [parse_condition(value) for value in ({"all": leaves}, {"any": leaves}, {"not": leaves[0]})]
        truths = [compile_condition(condition)(names) for condition in conditions if condition is not None]
        assert truths == [TRUTHS[word] for word in expected], (a, b)


@pytest.mark.parametrize("heading", ["Templates", "Filters"])
def test_templates_write_what_the_page_says(heading: str) -> None:
    """Each template gives the text beside it."""
    for _, template, text in _rows(heading):
        assert compile_template(code(template)).run(NAMES, Meter(NAMES, DEFAULT.steps)) == code(text), template


def test_every_filter_is_listed() -> None:
    """The table of filters holds all of them, and each example uses its own."""
    rows = _rows("Filters")
    assert [code(row[0]) for row in rows] == sorted(FILTERS)
    assert all(f"| {code(row[0])}" in code(row[1]) for row in rows)


def test_what_is_not_in_templates_is_refused() -> None:
    """Each thing that a template cannot do is an error."""
    for _, template in _rows("Not in templates"):
        with pytest.raises(TemplateError):
            compile_template(code(template))


def test_strict_yaml_refuses_what_the_page_says() -> None:
    """Each refused text gets its code, and what to write instead is accepted."""
    for bad, name, good in _rows("YAML"):
        assert {finding.code for finding in read_yaml(code(bad).encode(), "page").findings} == {code(name)}, bad
        assert not read_yaml(code(good).encode(), "page").findings


def test_every_budget_is_listed_with_its_figure() -> None:
    """The table of budgets is that of language/budgets.py."""
    listed = {code(name): int(value) for name, value, *_ in _rows("Budgets")}
    assert listed == dataclasses.asdict(DEFAULT)


def test_codes_of_budgets_are_all_there() -> None:
    """The table names every code of a limit in the source, but for those of rows, output, watched folders, regions."""
    source = "".join(path.read_text("utf-8") for path in (ROOT / "engine" / "hpa_discovery").rglob("*.py"))
    others = {"limit.line", "limit.document", "limit.findings", "limit.folder", "limit.region"}
    limits = set(re.findall(r'"(limit\.[a-z_]+)"', source)) - others
    assert {code(row[2]) for row in _rows("Budgets") if row[2]} == limits | {"result.large"}


@pytest.mark.parametrize(
    ("schema", "definition"),
    [
        ("rule", "metadata"),
        ("rule", "spec"),
        ("rule", "emit"),
        ("rule", "attribute"),
        ("pack", ""),
        ("overlay", ""),
        ("rule-test", "case"),
    ],
)
def test_every_key_of_the_schemas_is_explained(schema: str, definition: str) -> None:
    """The keys of each part of a file are in one table of the page."""
    document = json.loads((ROOT / "schemas" / f"{schema}.json").read_text("utf-8"))
    part = document["$defs"][definition] if definition else document
    keys = set(part["properties"]) - {"apiVersion", "kind"} - ({"metadata"} if schema == "overlay" else set())
    listed = [{key for row in each.rows for key in codes(row[0])} for each in tables(PAGE) if each.header[0] == "key"]
    assert keys in listed, f"no table of {PAGE.name} has just {sorted(keys)}"
