# SPDX-License-Identifier: Apache-2.0
"""Documents against the schemas: what is accepted, what is refused, and in which words."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from hpa_discovery.language.budgets import DEFAULT
from hpa_discovery.packs.schema_messages import MOST_UNKNOWN_KEYS
from hpa_discovery.packs.schemas import KINDS, MOST_VIOLATIONS, validate
from packs.good_documents import GOOD
from yardstick import measured

if TYPE_CHECKING:
    from collections.abc import Iterator

Pointer = tuple[str | int, ...]
REMOVE = object()


def changed(kind: str, pointer: Pointer, value: Any) -> Any:
    """The good document of `kind` with one value changed, added or removed."""
    document = copy.deepcopy(GOOD[kind])
    target = document
    for key in pointer[:-1]:
        target = target[key]
    if value is REMOVE:
        del target[pointer[-1]]
    else:
        target[pointer[-1]] = value
    return document


@pytest.mark.parametrize("kind", GOOD)
def test_good_document_is_accepted(kind: Any) -> None:
    """A document that uses everything a schema offers has no violations."""
    assert validate(kind, GOOD[kind]) == []


LEAF: Pointer = ("spec", "when", "all", 0)
ATTRIBUTE: Pointer = ("spec", "emit", "attributes", 0)
# kind, where, what is put there, pointer of the violation, words of its message, words of its hint
BAD: list[tuple[str, Pointer, Any, Pointer, str, str]] = [
    ("rule", ("kind",), "rule", ("kind",), "it must be Rule", ""),
    (
        "rule",
        ("spec", "source"),
        "openstack.flavour",
        ("spec", "source"),
        "allowed: ",
        "did you mean openstack.flavor?",
    ),
    ("rule", ("metadata", "titel"), "x", ("metadata", "titel"), "has no key 'titel'", "did you mean title?"),
    ("rule", ("metadata", "zzz"), "x", ("metadata", "zzz"), "has no key 'zzz'", "allowed: id, title"),
    ("rule", ("metadata", "id"), REMOVE, ("metadata",), "lacks id", ""),
    ("rule", ("metadata", "id"), "Acme/Queues", ("metadata", "id"), "must be <namespace>/<file name>", ""),
    ("rule", ("metadata", "id"), "acme/queues\n", ("metadata", "id"), "must be <namespace>/<file name>", ""),
    ("rule", ("metadata", "title"), "", ("metadata", "title"), "is empty", ""),
    ("rule", ("metadata", "title"), "x" * 121, ("metadata", "title"), "longer than 120", ""),
    ("rule", ("metadata", "maturity"), "stable", ("metadata", "maturity"), "must be deprecated when", ""),
    ("rule", ("metadata", "deprecated"), REMOVE, ("metadata",), "lacks deprecated", "since when"),
    ("rule", ("metadata", "references"), ["page"], ("metadata", "references", 0), "must be a web address", ""),
    ("rule", ("spec", "each", "max"), 257, ("spec", "each", "max"), "at most 256", ""),
    ("rule", ("spec", "each", "max"), 0, ("spec", "each", "max"), "at least 1", ""),
    ("rule", ("spec", "each", "as"), "node", ("spec", "each", "as"), "is reserved", ""),
    ("rule", ("spec", "let"), {}, ("spec", "let"), "needs at least one name", ""),
    ("rule", ("spec", "let", "Count"), {"path": "a", "type": "list"}, ("spec", "let", "Count"), "must be a name", ""),
    ("rule", ("spec", "let", "flavor"), {"path": "a", "type": "list"}, ("spec", "let", "flavor"), "is reserved", ""),
    ("rule", ("spec", "let", "count", "type"), "text", ("spec", "let", "count", "type"), "is 'text'", ""),
    ("rule", ("spec", "let", "count", "pattern"), "a", ("spec", "let", "count", "type"), "to go with pattern", ""),
    ("rule", ("spec", "let", "model", "minimum"), 1, ("spec", "let", "model", "type"), "to go with minimum", ""),
    (
        "rule",
        ("spec", "let", "count", "default"),
        "1",
        ("spec", "let", "count", "default"),
        "a whole number",
        "without",
    ),
    ("rule", ("spec", "let", "count", "path"), None, ("spec", "let", "count", "path"), "has no value", ""),
    ("rule", ("spec", "let", "count", "path"), 1, ("spec", "let", "count", "path"), "must be text", 'quote it: "1"'),
    ("rule", ("spec", "let", "buffer", "default"), 2, ("spec", "let", "buffer", "default"), "must be a mapping", ""),
    ("rule", LEAF, {"var": "count"}, LEAF, "exactly one operator", ""),
    ("rule", LEAF, {"var": "count", "gt": 1, "lt": 2}, LEAF, "exactly one operator", ""),
    ("rule", LEAF, {"vra": "count", "gt": 1}, (*LEAF, "vra"), "no key 'vra'", "did you mean var?"),
    ("rule", LEAF, {"var": "count", "greater": 1}, (*LEAF, "greater"), "no key 'greater'", "allowed: var, present"),
    ("rule", LEAF, {"all": [], "any": []}, LEAF, "exactly one of all, any and not", ""),
    ("rule", LEAF, {"all": []}, (*LEAF, "all"), "is empty", ""),
    ("rule", LEAF, {"not": {"var": "count"}}, (*LEAF, "not"), "exactly one operator", ""),
    ("rule", LEAF, {"var": "count", "gt": "1"}, (*LEAF, "gt"), "must be a number", "without quotes"),
    ("rule", LEAF, {"var": "count", "present": "yes"}, (*LEAF, "present"), "true or false", "without quotes"),
    ("rule", LEAF, {"var": "a.b", "present": True}, (*LEAF, "var"), "must be a name", ""),
    ("rule", ("spec", "require", 0, "code"), "oops", ("spec", "require", 0, "code"), "joined by dots", ""),
    ("rule", ("spec", "require", 0, "level"), "fatal", ("spec", "require", 0, "level"), "allowed: error", ""),
    ("rule", ("spec", "require", 0, "gt"), 1, ("spec", "require", 0), "exactly one operator", ""),
    ("rule", ("spec", "emit", "discriminator"), REMOVE, ("spec", "emit"), "lacks discriminator", "with each"),
    ("rule", ("spec", "emit", "feature"), "acme-queues", ("spec", "emit", "feature"), "lowerCamelCase", ""),
    ("rule", ("spec", "emit", "version"), "1", ("spec", "emit", "version"), "such as v1", ""),
    ("rule", ("spec", "emit", "attributes"), [], ("spec", "emit", "attributes"), "is empty", ""),
    ("rule", ATTRIBUTE, {"key": "a"}, ATTRIBUTE, "either from", ""),
    ("rule", ATTRIBUTE, {"key": "a", "from": "count", "value": "x"}, ATTRIBUTE, "either from", ""),
    ("rule", ATTRIBUTE, {"key": "a", "form": "count"}, (*ATTRIBUTE, "form"), "no key 'form'", "did you mean from?"),
    (
        "rule",
        ("spec", "emit", "attributes", 2, "attributes", 0),
        {"key": "a", "value": "x", "each": {}},
        ("spec", "emit", "attributes", 2, "attributes", 0, "each"),
        "no key 'each'",
        "allowed: key, from",
    ),
    ("pack", ("metadata", "namespace"), "Acme", ("metadata", "namespace"), "joined by . or -", ""),
    ("pack", ("metadata", "namespace"), "acme..nic", ("metadata", "namespace"), "joined by . or -", ""),
    ("pack", ("metadata", "version"), "1.2", ("metadata", "version"), "semantic version", ""),
    ("pack", ("metadata", "version"), 1.2, ("metadata", "version"), "must be text", "such as 1.0.0"),
    ("pack", ("metadata", "maintainers"), [{}], ("metadata", "maintainers", 0), "lacks name", ""),
    ("pack", ("level",), "venodr", ("level",), "allowed: generic", "did you mean vendor?"),
    ("pack", ("requires", "engine"), "newest", ("requires", "engine"), "range of versions", ""),
    ("pack", ("tables", "models"), "../models.yaml", ("tables", "models"), "inside the pack", ""),
    ("pack", ("tables", "models"), "a/../../models.yaml", ("tables", "models"), "inside the pack", ""),
    ("pack", ("tables", "models"), "/etc/models.yaml", ("tables", "models"), "inside the pack", ""),
    ("pack", ("tables", "models"), "models.yaml\n", ("tables", "models"), "inside the pack", ""),
    ("pack", ("tables", "models"), {"a": 1}, ("tables", "models"), "must be text", ""),
    ("pack", ("params", "architecture"), {"describtion": "x"}, ("params", "architecture"), "lacks default", ""),
    ("pack", ("provides",), REMOVE, (), "the pack lacks provides", ""),
    ("overlay", ("disable", 0), {"rule": "acme.nic/queues"}, ("disable", 0), "lacks reason", ""),
    ("overlay", ("target", "version"), "1", ("target", "version"), "range of versions", ""),
    ("overlay", ("tables", "models", "x710"), None, ("tables", "models", "x710"), "has no value", ""),
    ("rule-test", (0, "node"), {}, (0,), "exactly one subject", ""),
    ("rule-test", (1, "node"), REMOVE, (1,), "exactly one subject", ""),
    ("rule-test", (1, "expect"), REMOVE, (1,), "lacks expect", ""),
    ("rule-test", (0, "expect", 0, "attributes"), {}, (0, "expect", 0, "attributes"), "at least one attribute", ""),
    (
        "rule-test",
        (0, "expect", 0, "attributes", "memoryPageSize", "value"),
        1,
        (0, "expect", 0, "attributes", "memoryPageSize", "value"),
        "must be text or a list",
        'quote it: "1"',
    ),
    ("table", ("x710", "ports"), None, ("x710", "ports"), "has no value", ""),
]


@pytest.mark.parametrize(("kind", "place", "value", "pointer", "message", "hint"), BAD)
def test_bad_document_is_told_where_and_what(
    kind: Any, place: Pointer, value: Any, pointer: Pointer, message: str, hint: str
) -> None:
    """A mistake gives a violation at its place that says what is allowed."""
    violations = validate(kind, changed(kind, place, value))

    assert [v for v in violations if v.pointer == pointer and message in v.message and hint in v.hint]
    assert all(v.code == "schema" for v in violations)


ONCE: list[tuple[Pointer, Any, Pointer, bool]] = [
    (LEAF, {"vra": "count", "gt": 1}, (*LEAF, "vra"), True),
    (LEAF, {"var": "count", "gt": 1, "unit": "GB"}, (*LEAF, "unit"), True),
    (LEAF, 7, LEAF, False),
    (ATTRIBUTE, {"key": "a", "form": "count"}, (*ATTRIBUTE, "form"), True),
    (ATTRIBUTE, {"from": "count"}, ATTRIBUTE, False),
    (("spec", "require", 0, "message"), REMOVE, ("spec", "require", 0), False),
]


@pytest.mark.parametrize(("place", "value", "pointer", "on_key"), ONCE)
def test_one_mistake_is_told_once(place: Pointer, value: Any, pointer: Pointer, on_key: bool) -> None:
    """A misspelt key is not also reported as a missing one, nor as one too many."""
    violations = validate("rule", changed("rule", place, value))

    assert [(violation.pointer, violation.on_key) for violation in violations] == [(pointer, on_key)]


def test_many_unknown_keys_do_not_hide_the_rest() -> None:
    """A mapping full of unknown keys leaves room for what else is wrong."""
    document = changed("rule", ("kind",), "rule") | {f"key{i}": i for i in range(1000)}

    violations = validate("rule", document)

    assert ("kind",) in [violation.pointer for violation in violations]
    assert len(violations) == MOST_UNKNOWN_KEYS + 1


def test_all_mistakes_are_told_at_once() -> None:
    """Mistakes in different places of a file are reported together."""
    document = changed("rule", ("kind",), "rule")
    document["metadata"]["maturity"] = "old"
    document["spec"]["emit"]["version"] = "1"

    pointers = {violation.pointer for violation in validate("rule", document)}

    assert {("kind",), ("metadata", "maturity"), ("spec", "emit", "version")} <= pointers


@pytest.mark.parametrize("value", [None, [], 7, "text", {}, [[]]])
@pytest.mark.parametrize("kind", KINDS)
def test_another_kind_of_document_is_refused_in_words(kind: Any, value: Any) -> None:
    """A document of a wrong shape is told what it is, without jsonschema's own words."""
    messages = [violation.message for violation in validate(kind, value)]

    assert messages
    assert not [text for text in messages if "is not valid under" in text or "is a required property" in text]


def hostile_documents() -> Iterator[tuple[str, Any]]:
    """Documents as large as the limits of a file allow."""
    yield "keys", {f"key{i}": i for i in range(50_000)}
    yield "lets", {"spec": {"let": {f"Key{i}": 1 for i in range(25_000)}}}
    yield "items", {"metadata": {"references": list(range(25_000)) + ["x"] * 25_000}}
    yield "long", {"metadata": {"id": "a." * 250_000, "x" * 500_000: 1}}
    nested: Any = {}
    for _ in range(DEFAULT.yaml_depth):
        nested = {"not": nested}
    yield "deep", {"spec": {"when": nested}}


@pytest.mark.parametrize("name", ["keys", "lets", "items", "long", "deep"])
def test_hostile_document_is_refused_quickly(name: str) -> None:
    """However much is wrong, the answer is short and comes within a second."""
    document = dict(hostile_documents())[name]

    violations, seconds = measured(lambda: validate("rule", document), 1)

    assert seconds < 1
    assert 0 < len(violations) <= MOST_VIOLATIONS
    assert max(len(violation.message) for violation in violations) < 1000
