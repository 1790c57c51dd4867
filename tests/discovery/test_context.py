# SPDX-License-Identifier: Apache-2.0
"""The context as rules see it: JSON in text is parsed, what is none is absent, and what was given stays as it is."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest

from discovery.small_packs import CONTRACTS, SOURCE, ask, codes, generation, lets, texts
from hpa_discovery.discovery.context import SeenContext, read_context
from hpa_discovery.discovery.contract import Contract
from hpa_discovery.language.budgets import DEFAULT

FLAVORS = CONTRACTS[SOURCE]
LONG = "x" * 100_000


def read(context: Any, contract: Contract = FLAVORS) -> SeenContext:
    """The context, read for flavors."""
    return read_context(context, contract, DEFAULT)


def extra_info(info: Any) -> dict[str, Any]:
    """A context in which `vim.cloud_extra_info` is this."""
    return {"vim": {"name": "v", "cloud_extra_info": info}, "vimtype": "openstack"}


JSON_TEXTS: dict[str, tuple[str, Any]] = {
    "object": ('{"ovsDpdk": {"version": "17.02"}}', {"ovsDpdk": {"version": "17.02"}}),
    "spaces around": ('\n {"a": 1}\t', {"a": 1}),
    "list": ('["a", 1]', ["a", 1]),
    "text": ('"a"', "a"),
    "number": ("1.5", 1.5),
    "true": ("true", True),
    "null": ("null", None),
    "nothing": ("", None),
    "spaces": (" \n\t", None),
    "JSON in JSON": ('"{}"', "{}"),
    "escapes": (r'"\ud83d\ude00\u00e9\u0000"', "😀é\0"),
    "the last of equal keys": ('{"a": 1, "a": 2}', {"a": 2}),
    "long": (json.dumps({"a": LONG}), {"a": LONG}),
}


@pytest.mark.parametrize(("text", "value"), JSON_TEXTS.values(), ids=JSON_TEXTS)
def test_json_text(text: str, value: Any) -> None:
    """Text that holds JSON is what it holds, text that holds nothing is absent, and neither is told."""
    seen = read(extra_info(text))
    assert seen.value == extra_info(value)
    assert repr(seen.value) == repr(extra_info(value))
    assert (seen.problems, seen.error) == ((), None)


NO_JSON = {
    "junk": "junk",
    "an open object": '{"a": 1',
    "two values": "{} {}",
    "Python": "{'a': None}",
    "NaN": '{"a": NaN}',
    "minus infinity": "[-Infinity]",
    "more than a float holds": "1e999",
    "a long number": "1" * 301,
    "a very long number": "1" * 5000,
    "a lone surrogate": r'{"a": "\ud800"}',
    "a lone surrogate in a key": r'{"\ud800": 1}',
    "a byte order mark": "\ufeff{}",
    "too many levels": '{"a":' * 70 + "1" + "}" * 70,
    "very many levels": "[" * 100_000,
    "long junk": LONG,
}


@pytest.mark.parametrize("text", NO_JSON.values(), ids=NO_JSON)
def test_text_that_is_no_json(text: str) -> None:
    """It is told once and treated as absent; the rest of the context is as it was."""
    seen = read(extra_info(text))
    assert seen.value == extra_info(None)
    (told,) = seen.problems
    assert (told.code, told.rule, told.level) == ("context.json", "", "warning")
    assert "context vim.cloud_extra_info" in told.message
    assert len(told.message) < 200
    assert seen.error is None


OBJECTS: list[dict[str, Any]] = [
    {},
    {"vim": {}},
    {"vim": None},
    {"vim": "text"},
    {"vim": ["text"]},
    extra_info(None),
    extra_info({"ovsDpdk": {"version": "17.02"}}),
    extra_info({"text": "{}"}),
    extra_info(["{}"]),
    extra_info(5),
    {"cloud_extra_info": "{}", "vimtype": "{}"},
]


@pytest.mark.parametrize("context", OBJECTS, ids=repr)
def test_what_is_no_text_stays(context: dict[str, Any]) -> None:
    """Only the members that the source names are parsed, and only where they are text."""
    seen = read(context)
    assert (seen.value, seen.problems, seen.error) == (context, (), None)


@pytest.mark.parametrize("source", ["kubernetes.node", "redfish.system"])
def test_each_source_has_its_own(source: str) -> None:
    """A source that promises no JSON in text has its texts left alone."""
    assert read(extra_info("{}"), CONTRACTS[source]).value == extra_info("{}")


def test_no_context() -> None:
    """None is an empty context, and one that was read is not read again."""
    assert (read(None).value, read(None).problems) == ({}, ())
    seen = read(extra_info("junk"))
    assert read(seen) is seen


@pytest.mark.parametrize("info", ['{"a": {"b": 1}}', "", "junk", {"a": "{}"}])
def test_the_callers_object_is_not_changed(info: Any) -> None:
    """Neither reading a context nor asking rules with it changes what was given."""
    given = extra_info(info)
    before = deepcopy(given)
    read(given)
    ask({"let": lets(x="context.vim.cloud_extra_info.a.b")}, context=given)
    assert given == before


def test_rules_see_what_the_text_holds() -> None:
    """Text and object say the same; junk is absent, and told to whoever asks, once."""
    spec = {"let": lets(x="context.vim.cloud_extra_info.a"), "when": {"var": "x", "present": True}}
    for info in ({"a": "found"}, '{"a": "found"}'):
        outcome = ask(spec, context=extra_info(info))
        assert (texts(outcome), outcome.diagnostics) == ({"k": '{"value":"found"}'}, ())
    for info, expected in (("", []), ("junk", ["context.json"]), (None, [])):
        outcome = ask(spec, spec, context=extra_info(info))
        assert (outcome.capabilities, outcome.unknown, codes(outcome)) == ((), (), expected)


def deep(levels: int) -> dict[str, Any]:
    """A context of so many levels."""
    value: dict[str, Any] = {}
    for _ in range(levels - 1):
        value = {"k": value}
    return value


BAD: dict[str, tuple[Any, str]] = {
    "too deep": (deep(65), "context.subject_depth"),
    "too large": ({"vim": ["x" * 1024] * 1024}, "context.subject"),
    "a key that is no text": ({"vim": {1: "x"}}, "context.type"),
    "bytes": ({"vim": b"x"}, "context.type"),
    "JSON as a whole": ('{"vim": {}}', "context.type"),
    "a long number": ({"vim": {"n": 10**300}}, "context.number"),
}


@pytest.mark.parametrize(("context", "code"), BAD.values(), ids=BAD)
def test_a_context_that_cannot_be_used(context: Any, code: str) -> None:
    """Whatever the subject, everything is unknown, seen once or given each time, evaluated or explained."""
    known = generation({"let": lets(x="flavor.a")}, {"let": lets(x="context.a")})
    seen = known.see(SOURCE, context)
    assert (seen.value, seen.error and seen.error.code) == ({}, code)
    for given in (context, seen):
        for say in (known.evaluate, known.explain):
            outcome = say(SOURCE, {"extra_specs": {}, "a": "x"}, given)
            assert (outcome.capabilities, codes(outcome)) == ((), [code])
            assert [(item.feature, item.code) for item in outcome.unknown] == [("f-a", code), ("f-b", code)]
    assert known.evaluate(SOURCE, {"a": "x", "extra_specs": {}}).capabilities != ()


def test_as_deep_as_it_may_be() -> None:
    """A context of 64 levels is used."""
    assert read(deep(64)).error is None


CONTEXTS: list[Any] = [
    None,
    {},
    {"a": 1},
    {"a": True},
    {"a": 1.0},
    {"a": "1"},
    {"a": None},
    {"a": ""},
    {"a": []},
    {"a": {}},
    {"a": [1, 2]},
    {"a": [[1], 2]},
    extra_info('{"a": 1}'),
    extra_info('{"a": 1.0}'),
    extra_info('{"a": true}'),
    extra_info({"a": 1}),
    extra_info("junk"),
    extra_info("other junk"),
    extra_info(""),
]


def test_seen_once_for_many_subjects() -> None:
    """One generation, asked about many subjects with contexts in turn, says what fresh ones say."""
    rules = [
        {"let": lets(x="to_string(context.a)", y="flavor.a"), "when": {"var": "y", "present": True}},
        {"let": lets(x="to_string(context.vim.cloud_extra_info.a)")},
        {"let": lets(x="context.a"), "when": {"var": "x", "equals": "1"}},
        {"let": {"x": {"path": "context.a", "type": "integer"}}, "when": {"var": "x", "ge": 1}},
    ]
    known = generation(*rules)
    seen = [known.see(SOURCE, context) for context in CONTEXTS]
    for flavor in ({"extra_specs": {}}, {"extra_specs": {}, "a": "x"}, {"extra_specs": {}, "a": 1}, {}):
        for plain, ready in zip(CONTEXTS, seen, strict=True):
            expected = repr(generation(*rules).evaluate(SOURCE, flavor, plain))
            assert repr(known.evaluate(SOURCE, flavor, ready)) == expected
            assert repr(known.evaluate(SOURCE, flavor, deepcopy(plain))) == expected
