# SPDX-License-Identifier: Apache-2.0
"""What a rule needs of a subject before it can say anything, for each form of let, when, each and require."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from discovery.small_packs import emit, lets, pack
from hpa_discovery.discovery.bindings import parse_rule_expression
from hpa_discovery.discovery.facts import ALWAYS, NEVER, Fact, Needs, Test
from hpa_discovery.discovery.triggers import rule_needs

SPECS = ("flavor", "extra_specs")


def fact(name: str, test: Test = "present", operand: Any = None, *, to_int: bool = False) -> Fact:
    """A fact about a member of the flavor."""
    return Fact(("flavor", name), test, operand, to_int)


def needs(**spec: Any) -> Needs:
    """What a rule of this spec needs."""
    if "each" in spec:
        spec.setdefault("emit", emit({"key": "k", "value": "v"}, discriminator="d"))
    (rule,) = pack(spec).rules
    found = rule_needs(rule, parse_rule_expression)
    # What to_int refuses it refuses, whether or not a threshold is asked of it.
    return found and frozenset(replace(item, to_int=True) if item.test == "nonint" else item for item in found)


A, B = fact("a"), fact("b")
NO_TEXT = fact("a", "nontext")  # a let of type string that is none is told

OF_TEXT: dict[str, tuple[dict[str, Any], Needs]] = {
    "present": ({"present": True}, {A, NO_TEXT}),
    "absent": ({"present": False}, ALWAYS),
    "equals": ({"equals": "x"}, {fact("a", "equals", "x"), NO_TEXT}),
    "equals the empty text": ({"equals": ""}, {fact("a", "equals", ""), NO_TEXT}),
    "equals a number": ({"equals": 1}, {A, NO_TEXT}),
    "in": ({"in": ["x", "y"]}, {fact("a", "equals", "x"), fact("a", "equals", "y"), NO_TEXT}),
    "in texts and numbers": ({"in": ["x", 1]}, {A, NO_TEXT}),
    "startsWith": ({"startsWith": "hw:"}, {fact("a", "prefix", "hw:"), NO_TEXT}),
    "startsWith nothing": ({"startsWith": ""}, {A, NO_TEXT}),
    "matches with a literal prefix": ({"matches": "hw:(x|y)+"}, {fact("a", "prefix", "hw:"), NO_TEXT}),
    "matches a literal": ({"matches": "hw"}, {fact("a", "prefix", "hw"), NO_TEXT}),
    "matches alternatives": ({"matches": "x|y"}, {A, NO_TEXT}),
    "matches in any case": ({"matches": "(?i)x"}, {A, NO_TEXT}),
    "matches what may be empty": ({"matches": ".*"}, {A, NO_TEXT}),
    "contains": ({"contains": "x"}, {A, NO_TEXT}),
    "compared with a text": ({"lt": "x"}, {A, NO_TEXT}),
}


@pytest.mark.parametrize(("test", "expected"), OF_TEXT.values(), ids=OF_TEXT)
def test_a_leaf_over_a_text(test: dict[str, Any], expected: Needs) -> None:
    """Texts are looked up by value or by prefix; whatever else is asked of them needs the member."""
    assert needs(let=lets(x="flavor.a"), when={"var": "x", **test}) == expected


TO_INT = fact("a", "nonint", to_int=True)
NUMBERS: dict[str, tuple[tuple[str, str], dict[str, Any], Needs]] = {
    word: (("to_int(flavor.a)", "integer"), {word: 5}, {fact("a", word, 5, to_int=True), TO_INT})
    for word in ("lt", "le", "gt", "ge")
}
NUMBERS |= {
    f"plain {word}": (("flavor.a", "integer"), {word: 5}, {fact("a", word, 5), fact("a", "nonnumber")})
    for word in ("lt", "le", "gt", "ge")
}
NUMBERS |= {
    "a fraction as bound": (
        ("to_int(flavor.a)", "integer"),
        {"gt": 2.5},
        {fact("a", "gt", 2.5, to_int=True), TO_INT},
    ),
    "equals": (("to_int(flavor.a)", "integer"), {"equals": 5}, {A, TO_INT}),
    "in": (("flavor.a", "integer"), {"in": [5, 6]}, {A, fact("a", "nonnumber")}),
    "of type number": (("flavor.a", "number"), {"lt": 5}, {A}),
    "of a longer expression": (("to_int(trim(flavor.a))", "integer"), {"lt": 5}, {A}),
    "to_int of either": (("to_int(flavor.a || flavor.b)", "integer"), {"lt": 5}, {A, B}),
}


@pytest.mark.parametrize(("let", "test", "expected"), NUMBERS.values(), ids=NUMBERS)
def test_a_leaf_over_a_number(let: tuple[str, str], test: dict[str, Any], expected: Needs) -> None:
    """Numbers, and texts that to_int reads, are looked up by threshold; what is no number is told."""
    assert needs(let=lets(x=let), when={"var": "x", **test}) == expected


LETS: dict[str, tuple[dict[str, Any], set[Fact]]] = {
    "string": ({"path": "flavor.a", "type": "string"}, {NO_TEXT}),
    "enum": ({"path": "flavor.a", "type": "string", "enum": ["x", "y"]}, {fact("a", "outside", ("x", "y"))}),
    "pattern": ({"path": "flavor.a", "type": "string", "pattern": "x+"}, {A}),
    "enum and pattern": ({"path": "flavor.a", "type": "string", "pattern": "x+", "enum": ["x"]}, {A}),
    "string made": ({"path": "lower(flavor.a)", "type": "string"}, {A}),
    "minimum": (
        {"path": "to_int(flavor.a)", "type": "integer", "minimum": 1},
        {TO_INT, fact("a", "lt", 1, to_int=True)},
    ),
    "maximum": ({"path": "flavor.a", "type": "integer", "maximum": 9}, {fact("a", "nonnumber"), fact("a", "gt", 9)}),
    "integers of an enum": ({"path": "to_int(flavor.a)", "type": "integer", "enum": [1, 2]}, {A, TO_INT}),
    "number": ({"path": "flavor.a", "type": "number"}, {A}),
    "boolean of a comparison": ({"path": "flavor.a == 'x'", "type": "boolean"}, set()),
    "boolean of a member": ({"path": "flavor.a", "type": "boolean"}, {A}),
    "list": ({"path": "split(flavor.a, ',')", "type": "list"}, {A}),
    "list of entries": (
        {"path": "entries(flavor.extra_specs, 'p:')", "type": "list"},
        {Fact(SPECS, "key", "p:"), Fact(SPECS, "nonobject")},
    ),
    "object": ({"path": "flavor.a", "type": "object"}, {A}),
    "size": ({"path": "to_size(flavor.a, 'MB')", "type": "size"}, {A}),
    "sensitive": ({"path": "flavor.a", "type": "string", "sensitive": True}, {NO_TEXT}),
    "default": ({"path": "flavor.a", "type": "string", "default": "x"}, {NO_TEXT}),
    "another source's root": ({"path": "node.a", "type": "string"}, {Fact(("node", "a"), "nontext")}),
    "the context": ({"path": "context.a.b", "type": "string"}, {Fact(("context", "a", "b"), "nontext")}),
    "the whole subject": ({"path": "flavor", "type": "object"}, None),
    "a param": ({"path": "params.a", "type": "string"}, None),
}


@pytest.mark.parametrize(("let", "expected"), LETS.values(), ids=LETS)
def test_a_let_that_may_be_bad(let: dict[str, Any], expected: set[Fact] | None) -> None:
    """A let is told when its value may not be: the rule is asked for it even where its `when` is false."""
    when = {"var": "never", "equals": "x"}
    silent = needs(let={"never": {"path": "flavor.b", "type": "string"}, "x": let}, when=when)
    other = {fact("b", "equals", "x"), fact("b", "nontext")}
    assert silent == (None if expected is None else expected | other)


EQUALS_A, EQUALS_B = fact("a", "equals", "x"), fact("b", "equals", "y")
BAD = {NO_TEXT, fact("b", "nontext")}
IS_A, IS_B = {"var": "a", "equals": "x"}, {"var": "b", "equals": "y"}
HAS_B, NO_B = {"var": "b", "present": True}, {"var": "b", "present": False}
JOINED: dict[str, tuple[dict[str, Any], Needs]] = {
    "any": ({"any": [IS_A, IS_B]}, {EQUALS_A, EQUALS_B, *BAD}),
    "any with what may be absent": ({"any": [IS_A, NO_B]}, ALWAYS),
    "all takes the most selective": ({"all": [HAS_B, IS_A]}, {EQUALS_A, *BAD}),
    "all with what may be absent": ({"all": [IS_A, NO_B]}, {EQUALS_A, *BAD}),
    "all of what may be absent": ({"all": [NO_B]}, ALWAYS),
    "any in all": ({"all": [{"any": [IS_A, IS_B]}, HAS_B]}, {EQUALS_A, EQUALS_B, *BAD}),
    "all in any": ({"any": [{"all": [IS_A, HAS_B]}, IS_B]}, {EQUALS_A, EQUALS_B, *BAD}),
    "not of a value needs the value": ({"not": IS_A}, {A, *BAD}),
    "not present": ({"not": HAS_B}, ALWAYS),
    "not absent": ({"not": NO_B}, ALWAYS),
    "not any": ({"not": {"any": [IS_A, IS_B]}}, ALWAYS),
    "not not": ({"not": {"not": IS_A}}, ALWAYS),
    "a name that is none": ({"var": "nobody", "equals": "x"}, ALWAYS),
}


@pytest.mark.parametrize(("when", "expected"), JOINED.values(), ids=JOINED)
def test_conditions_joined(when: dict[str, Any], expected: Needs) -> None:
    """Of any every part counts, of all the most selective one; of not only that of a leaf is known."""
    assert needs(let=lets(a="flavor.a", b="flavor.b"), when=when) == expected


FLAG = {"path": "flavor.a == 'x'", "type": "boolean"}
ISSUED: dict[str, tuple[dict[str, Any], dict[str, Any], Needs]] = {
    "a flag that is true": ({"x": FLAG}, {"var": "x", "equals": True}, {EQUALS_A}),
    "a flag that is false": ({"x": FLAG}, {"var": "x", "equals": False}, ALWAYS),
    "a flag of two": (
        {"x": {"path": "flavor.a == 'x' && flavor.b == 'y'", "type": "boolean"}},
        {"var": "x", "equals": True},
        {EQUALS_A},
    ),
    "a flag of either": (
        {"x": {"path": "flavor.a == 'x' || flavor.b == 'y'", "type": "boolean"}},
        {"var": "x", "equals": True},
        {EQUALS_A, EQUALS_B},
    ),
    "a default": ({"x": {"path": "flavor.a", "type": "string", "default": "x"}}, {"var": "x", "equals": "x"}, ALWAYS),
    "a let of a let": (lets(x="flavor.a", y="x"), {"var": "y", "equals": "x"}, {EQUALS_A, NO_TEXT}),
    "a number of a let": (
        lets(x="flavor.a", y=("to_int(x)", "integer")),
        {"var": "y", "lt": 5},
        {fact("a", "lt", 5, to_int=True), TO_INT, NO_TEXT},
    ),
    "a member of a let": (
        lets(x=("flavor.a", "object"), y="x.m"),
        {"var": "y", "startsWith": "p"},
        {Fact(("flavor", "a", "m"), "prefix", "p"), Fact(("flavor", "a", "m"), "nontext"), A},
    ),
    "a let made of another": (lets(x="flavor.a", y="upper(x)"), {"var": "y", "equals": "X"}, {A, NO_TEXT}),
    "a looked up member": (
        lets(x="lookup(flavor.extra_specs, 'p:', 'x')"),
        {"var": "x", "equals": "y"},
        {
            Fact((*SPECS, "p:x"), "equals", "y"),
            Fact((*SPECS, "p:x"), "nontext"),
            Fact(SPECS, "nonobject"),
        },
    ),
    "a list of entries": (
        lets(x=("entries(flavor.extra_specs, 'p:')[?starts_with(key, 'q')].value", "list")),
        {"var": "x", "present": True},
        # starts_with could refuse any item that there is
        {Fact(SPECS, "key", "p:q"), Fact(SPECS, "key", "p:"), Fact(SPECS, "nonobject")},
    ),
    "an entry by its key": (
        lets(x="entries(flavor.extra_specs, 'p:')[?key == 'x'].value | [0]"),
        {"var": "x", "equals": "y"},
        {Fact(SPECS, "key", "p:x"), Fact(SPECS, "nonobject")},
    ),
}


@pytest.mark.parametrize(("known", "when", "expected"), ISSUED.values(), ids=ISSUED)
def test_lets_that_follow_from_others(known: dict[str, Any], when: dict[str, Any], expected: Needs) -> None:
    """What is known of a let's value holds for what follows from it."""
    assert needs(let=known, when=when) == expected


ITEMS: dict[str, tuple[str, int, Needs]] = {
    "a member": ("flavor.a", 8, {A}),
    "split": ("split(flavor.a, ',')", 8, {A}),
    "entries": ("entries(flavor.extra_specs)", 8, {Fact(SPECS, "key", ""), Fact(SPECS, "nonobject")}),
    "entries with a prefix": (
        "entries(flavor.extra_specs, 'p:')",
        8,
        {Fact(SPECS, "key", "p:"), Fact(SPECS, "nonobject")},
    ),
    "entries of a key": (
        "entries(flavor.extra_specs, 'p:')[?key == 'x']",
        8,
        {Fact(SPECS, "key", "p:x"), Fact(SPECS, "nonobject")},
    ),
    "lookup": (
        "split(lookup(flavor.extra_specs, 'p:', 'x'), ',')",
        8,
        {Fact((*SPECS, "p:x")), Fact(SPECS, "nonobject")},
    ),
    "of either": ("[flavor.a, flavor.b][]", 8, {A, B}),
    "range": ("range(`2`)", 8, ALWAYS),
    "a range of a member": ("range(to_int(flavor.a))", 8, {A, TO_INT}),
    "none": ("`null`", 8, NEVER),
    "a list with holes": ("[flavor.a, flavor.b]", 8, ALWAYS),
}


@pytest.mark.parametrize(("path", "most", "expected"), ITEMS.values(), ids=ITEMS)
def test_each(path: str, most: int, expected: Needs) -> None:
    """A rule that repeats needs an item, or what is no list, or a failing expression."""
    assert needs(each={"as": "item", "in": path, "max": most}) == expected


def test_each_and_when() -> None:
    """Of `each` and `when` the more selective one counts, as long as no number of items is told by itself."""
    spec = {"let": lets(a="flavor.a"), "when": IS_A}
    each = {"as": "item", "in": "[flavor.b, 'x']", "max": 2}
    assert needs(each=each, **spec) == {EQUALS_A, NO_TEXT}
    assert needs(each={**each, "max": 1}, **spec) is ALWAYS
    assert needs(each={**each, "in": "flavor.b"}, **spec) == {EQUALS_A, NO_TEXT, B}


def test_a_rule_without_conditions() -> None:
    """What no condition keeps from firing is asked about every subject, for no index can serve it."""
    assert needs(let=lets(x="flavor.a")) is ALWAYS
    assert needs() is ALWAYS


def test_requirements_come_after_when() -> None:
    """A requirement is read where the rule fires, so it neither adds to the needs nor narrows them."""
    known = {"let": lets(a="flavor.a", b="flavor.b"), "when": IS_A}
    require = [{**NO_B, "code": "c.d", "level": "error", "message": "m"}]
    assert needs(**known, require=require) == needs(**known) == {EQUALS_A, *BAD}


def test_what_is_emitted_comes_after_when() -> None:
    """Neither the attributes nor a group's own items and lets are looked at before the rule fires."""
    group = {"each": {"as": "i", "in": "flavor.c", "max": 2}, "let": lets(y="flavor.d"), "attributes": []}
    known = {"let": lets(a="flavor.a"), "when": IS_A}
    assert needs(**known, emit=emit(group, {"key": "{{ flavor.e }}", "value": "v"})) == {EQUALS_A, NO_TEXT}
