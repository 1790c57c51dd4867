# SPDX-License-Identifier: Apache-2.0
"""One rule asked: each, let, when, require, emit, in that order."""

from __future__ import annotations

from typing import Any

import pytest

from discovery.small_packs import SOURCE, ask, codes, emit, generation, lets, texts, unknowns

FLAVOR: dict[str, Any] = {"extra_specs": {}, "list": ["a", "b"], "mixed": ["a", 1, "c"], "text": "t", "n": 5}


def each(path: str, most: int = 8) -> dict[str, Any]:
    """Repeat per item of `path`."""
    return {"as": "item", "in": path, "max": most}


def test_once_per_item() -> None:
    """Each item is answered on its own, in order."""
    outcome = ask(
        {"each": each("flavor.list"), "let": lets(x="item"), "emit": emit(discriminator="d-{{ item }}")}, flavor=FLAVOR
    )
    assert [capability.discriminator for capability in outcome.capabilities] == ["d-a", "d-b"]
    assert [capability.attributes[0].value for capability in outcome.capabilities] == ["a", "b"]


def test_a_bad_item_leaves_the_others() -> None:
    """An item that cannot be answered is unknown, and the other items are answered."""
    outcome = ask(
        {"each": each("flavor.mixed"), "let": lets(x="item"), "emit": emit(discriminator="{{ x }}")}, flavor=FLAVOR
    )
    assert [capability.discriminator for capability in outcome.capabilities] == ["a", "c"]
    assert unknowns(outcome) == [("numa", "*", "let.type")]


ITEMS = [
    ("flavor.none", []),
    ("flavor.extra_specs.*", []),
    ("flavor.text", ["each.type"]),
    ("to_int(flavor.text)", ["each.type"]),
    ("range(`9`)", ["limit.each"]),
]


@pytest.mark.parametrize(("path", "expected"), ITEMS)
def test_items_that_are_none(path: str, expected: list[str]) -> None:
    """Absent and empty give no items; what is no list, fails or has too many items is unknown as a whole."""
    spec = {"each": each(path), "let": lets(x="'x'"), "emit": emit(discriminator="d")}
    outcome = ask(spec, flavor=FLAVOR)
    assert (outcome.capabilities, codes(outcome)) == ((), expected)
    assert unknowns(outcome) == [("numa", "*", code) for code in expected]


def test_each_sees_the_roots_only() -> None:
    """The items are read before the lets, which see the item and the lets before them."""
    known = lets(later="'later'", x="join('', [item, later])")
    spec = {"each": each("later || flavor.list"), "let": known, "emit": emit(discriminator="{{ item }}")}
    outcome = ask(spec, flavor=FLAVOR)
    assert [capability.attributes[0].value for capability in outcome.capabilities] == ["alater", "blater"]


def test_outer_names() -> None:
    """Inside brackets `$name` means the let, item or root outside of them."""
    known = lets(want="'b'", x="flavor.list[?@ == $want] | [0]", y=("flavor.list[?@ == $item]", "list"))
    spec = {
        "each": each("flavor.list"),
        "let": known,
        "emit": emit({"key": "k", "from": "y"}, discriminator="{{ item }}{{ x }}"),
    }
    outcome = ask(spec, flavor=FLAVOR)
    assert [(found.discriminator, found.attributes[0].value) for found in outcome.capabilities] == [
        ("ab", ("a",)),
        ("bb", ("b",)),
    ]


def test_a_bad_let_is_told_although_when_is_false() -> None:
    """Lets come before `when`: a value that no rule could use is told even to those who did not ask."""
    outcome = ask({"let": lets(x="flavor.n", y="flavor.none"), "when": {"var": "y", "present": True}}, flavor=FLAVOR)
    assert (codes(outcome), unknowns(outcome)) == (["let.type"], [("f-a", "*", "let.type")])


def test_when_before_require() -> None:
    """What a rule does not match it requires nothing of."""
    require = [{"var": "x", "equals": "no", "code": "a.b", "level": "error", "message": "m"}]
    known = lets(x="flavor.text", y="flavor.none")
    assert (
        ask({"let": known, "when": {"var": "y", "present": True}, "require": require}, flavor=FLAVOR).diagnostics == ()
    )
    assert codes(ask({"let": known, "require": require}, flavor=FLAVOR)) == ["a.b"]


@pytest.mark.parametrize("verdict", [{"var": "x", "equals": "no"}, {"var": "nothing", "equals": "t"}])
def test_only_true_fires(verdict: dict[str, Any]) -> None:
    """A condition that is false or unknown keeps a rule silent: nothing written, nothing unknown."""
    outcome = ask({"let": lets(x="flavor.text", nothing="flavor.none"), "when": verdict}, flavor=FLAVOR)
    assert (outcome.capabilities, outcome.unknown, outcome.diagnostics) == ((), (), ())


def test_what_is_unknown_names_its_instance() -> None:
    """Behind the lets the instance is known, so only that one is unknown; before, it is not."""
    require = [{"var": "x", "equals": "no", "code": "a.b", "level": "error", "message": "m"}]
    spec = {"let": lets(x="flavor.text"), "require": require, "emit": emit(discriminator="i-{{ x }}")}
    assert unknowns(ask(spec, flavor=FLAVOR)) == [("numa", "i-t", "a.b")]
    assert unknowns(ask(spec, flavor={**FLAVOR, "text": 1})) == [("numa", "*", "let.type")]
    nameless = {**spec, "emit": emit(discriminator="{{ nothing }}")}
    assert unknowns(ask(nameless, flavor=FLAVOR)) == [("numa", "*", "a.b")]


def test_params_and_tables() -> None:
    """Lets and templates read the pack's params and tables."""
    spec = {"let": lets(x="lookup(tables.names, flavor.text)"), "emit": emit(architecture="{{ params.arch }}")}
    outcome = ask(spec, flavor=FLAVOR, params={"arch": "Intel64"}, tables={"names": {"t": "found"}})
    assert texts(outcome) == {"k": '{"value":"found"}'}
    assert outcome.capabilities[0].architecture == "Intel64"


HIDDEN = "0815-4711"
SENSITIVE: dict[str, Any] = {"path": "flavor.serial", "type": "string", "sensitive": True}
MESSAGES: list[dict[str, Any]] = [
    {"let": {"x": {**SENSITIVE, "type": "integer"}}},
    {"let": {"x": {**SENSITIVE, "enum": ["a"]}}},
    {"let": {"x": {**SENSITIVE, "pattern": "a"}}},
    {"let": {"x": {**SENSITIVE, "path": "to_int(flavor.serial)", "type": "integer"}}},
    {"let": {"s": SENSITIVE, "x": {"path": "to_int(s)", "type": "integer"}}},
    {"let": {"s": SENSITIVE, "x": {"path": "join('-', ['a', s])", "type": "integer"}}},
    {
        "let": {"s": SENSITIVE, "x": {"path": "upper(s)", "type": "string"}},
        "require": [{"var": "x", "equals": "a", "code": "a.b", "level": "error", "message": "{{ s }} {{ x }}"}],
    },
    {"let": {"x": {**SENSITIVE}}, "emit": emit({"key": "k", "from": "x", "unit": "MB"})},
    {
        "each": each("flavor.serial"),
        "let": {"x": {**SENSITIVE}},
        "emit": emit({"key": "k", "from": "x"}, discriminator="d"),
    },
    {
        "each": each("to_int(flavor.serial)"),
        "let": {"x": {**SENSITIVE}},
        "emit": emit({"key": "k", "from": "x"}, discriminator="d"),
    },
    {
        "let": {"x": {**SENSITIVE}},
        "emit": emit({"each": {"as": "i", "in": "x", "max": 2}, "attributes": [{"key": "k", "value": "v"}]}),
    },
    {"let": {"x": {**SENSITIVE}}, "emit": emit({"key": "k", "value": "1", "unit": "{{ x }}"})},
    {"let": {"x": {**SENSITIVE}}, "emit": emit({"key": "{{ x }}", "value": "a", "unit": "MB"})},
    {"let": {"x": {**SENSITIVE}}, "emit": emit({"key": "{{ x }}", "value": "a"}, {"key": "{{ x }}", "value": "b"})},
]


@pytest.mark.parametrize("spec", MESSAGES)
def test_what_is_sensitive_stands_in_no_message(spec: dict[str, Any]) -> None:
    """Whatever goes wrong with a sensitive value, it is not told."""
    outcome = ask(spec, flavor={"extra_specs": {}, "serial": HIDDEN})
    assert outcome.diagnostics
    assert HIDDEN not in repr((outcome.diagnostics, outcome.unknown))
    assert HIDDEN.upper() not in repr((outcome.diagnostics, outcome.unknown))


def test_explaining_runs_the_same_path() -> None:
    """What explain says of the subject is what evaluate says, and it keeps a record of each item."""
    spec = {
        "each": each("flavor.mixed"),
        "let": lets(x="item"),
        "when": {"var": "x", "startsWith": "a"},
        "emit": emit(discriminator="{{ x }}"),
    }
    known = generation(spec)
    explained = known.explain(SOURCE, FLAVOR)
    assert explained[:3] == known.evaluate(SOURCE, FLAVOR)[:3]
    assert [item.verdict for item in explained.trace.rules[0].items] == ["fired", "unknown", "silent"]
