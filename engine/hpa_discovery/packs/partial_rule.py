# SPDX-License-Identifier: Apache-2.0
"""What is known of a rule with faults: a rule in which what cannot be read is of a kind about which nothing is said.

A let with a fault is a name of unknown type that anything may read; a leaf
with a fault asks for a name and nothing else is known of it. Places are kept:
what stands at a pointer of the file stands there in the rule too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from hpa_discovery.language.rule import (
    OPERATORS,
    RESERVED,
    ROOTS,
    AttributeEntry,
    Branch,
    Condition,
    Each,
    Emit,
    Entry,
    GroupEntry,
    Leaf,
    Let,
    Not,
    Requirement,
    Rule,
)
from hpa_discovery.packs.checks.scope import LET_TYPES
from hpa_discovery.packs.partial import items, lost, mapping, named, text

ANYTHING = "@"  # an expression that reads no name, and gives what nobody knows
_SPEC = ("source", "each", "let", "when", "require", "emit")
_EMIT = frozenset({"feature", "version", "architecture", "discriminator", "attributes"})
_LET = frozenset({"path", "type", "enum", "pattern", "minimum", "maximum", "default", "sensitive"})
_EACH = frozenset({"as", "in", "max"})
_GROUP = ("each", "let", "when", "attributes")
_ATTRIBUTE = frozenset({"key", "from", "value", "unit", "optional"})
_REQUIREMENT = frozenset({"code", "level", "message"})
_BRANCHES = ("not", "all", "any")


class PartialRule(NamedTuple):
    """A rule, with "" for texts that cannot be read.

    `names` says whether every name it defines is known, `reads` whether every
    text is that may read a name, and `conditions` whether every condition is.
    """

    rule: Rule
    names: bool
    reads: bool
    conditions: bool


def partial_rule(value: Any) -> PartialRule:
    """What can be read of a rule file."""
    reader = _Reader()
    rule = reader.rule(mapping(value))
    return PartialRule(rule, reader.names, reader.reads, reader.conditions)


class _Reader:
    def __init__(self) -> None:
        self.names = self.reads = self.conditions = True

    def rule(self, value: Mapping[str, Any]) -> Rule:
        metadata, spec = mapping(value.get("metadata")), mapping(value.get("spec"))
        self.names &= bool(spec) and not lost(spec, "each", dict, _SPEC) and not lost(spec, "let", dict, _SPEC)
        self.reads &= self.names and spec.keys() <= set(_SPEC)
        self.reads &= not lost(spec, "require", list, _SPEC)
        source = text(spec.get("source"))
        return Rule(
            id=text(metadata.get("id")),
            title=text(metadata.get("title")),
            maturity=text(metadata.get("maturity")),
            replaces=tuple(map(text, items(metadata.get("replaces")))),
            source=source if source in ROOTS else "",
            each=self._each(spec["each"]) if "each" in spec else None,
            lets=self._lets(spec.get("let")),
            when=self._condition(spec["when"]) if "when" in spec else None,
            requires=tuple(map(self._requirement, items(spec.get("require")))),
            emit=self._emit(spec.get("emit"), "each" in spec),
        )

    def _text(self, value: Any) -> str:
        """A text that may read names; "" when there is none."""
        self.reads &= isinstance(value, str)
        return text(value)

    def _each(self, value: Any) -> Each:
        each = mapping(value)
        name, most = text(each.get("as")), each.get("max")
        self.names &= bool(name)
        path = self._text(each.get("in")) or ANYTHING
        return Each(name, path, most if isinstance(most, int) and each.keys() <= _EACH else 1)

    def _lets(self, value: Any) -> tuple[Let, ...]:
        lets = mapping(value)
        if value is not None and not (lets and named(lets)):
            self.names = self.reads = False
        return tuple(self._let(name, mapping(item)) for name, item in lets.items())

    def _let(self, name: str, value: Mapping[str, Any]) -> Let:
        path = self._text(value.get("path")) or ANYTHING
        kind: Any = value.get("type")
        enum = value.get("enum")
        hidden = value.get("sensitive") is True
        # None stands where something was cut out, and null is nowhere allowed.
        faulty = kind not in LET_TYPES or not value.keys() <= _LET or None in (*value.values(), *items(enum))
        if faulty or path == ANYTHING or name in RESERVED:
            unknown: Any = ""
            return Let(name, path, unknown, sensitive=hidden)
        limits = (value.get("pattern"), value.get("minimum"), value.get("maximum"), value.get("default"))
        return Let(name, path, kind, None if enum is None else tuple(enum), *limits, hidden)

    def _condition(self, value: Any) -> Condition:
        word = next((word for word in _BRANCHES if word in mapping(value)), "")
        if not word:
            return self._leaf(mapping(value))
        if len(value) > 1:  # whatever the others ask about
            self.reads = self.conditions = False
        if word == "not":
            return Not(self._condition(value["not"]))
        parts = tuple(map(self._condition, items(value[word]))) or (self._leaf({}),)
        return Branch("all" if word == "all" else "any", parts)

    def _leaf(self, value: Mapping[str, Any]) -> Leaf:
        """The leaf; `present` with None when there is no telling what it asks."""
        name = self._text(value.get("var"))
        words = value.keys() - {"var"}
        word = next((word for word in OPERATORS if word in words), None)
        operand = value.get(word or "")
        if not name or word is None or len(words) > 1 or operand is None or None in items(operand):
            self.conditions = False
            return Leaf(name, "present", None)
        return Leaf(name, word, operand)

    def _requirement(self, value: Any) -> Requirement:
        said = mapping(value)
        leaf = self._leaf({name: part for name, part in said.items() if name not in _REQUIREMENT})
        return Requirement(leaf, text(said.get("code")), "error", self._text(said.get("message")))

    def _emit(self, value: Any, is_repeated: bool) -> Emit:
        emit = mapping(value)
        strange = not emit.keys() <= _EMIT
        self.reads &= not strange and isinstance(emit.get("attributes"), list)
        discriminator = self._text(emit["discriminator"]) if "discriminator" in emit else None
        if discriminator is None and (strange or is_repeated):
            discriminator, self.reads = "", False  # asked for by the schema, or there under another name
        return Emit(
            text(emit.get("feature")),
            text(emit.get("version")),
            self._text(emit.get("architecture")),
            discriminator,
            tuple(map(self._entry, items(emit.get("attributes")))),
        )

    def _entry(self, value: Any) -> Entry:
        entry = mapping(value)
        if not entry.keys() & {"each", "let", "attributes"}:
            return self._attribute(entry)
        self.names &= not lost(entry, "let", dict, _GROUP)
        self.reads &= self.names and entry.keys() <= set(_GROUP) and isinstance(entry.get("attributes"), list)
        return GroupEntry(
            self._each(entry.get("each")),
            self._lets(entry.get("let")),
            self._condition(entry["when"]) if "when" in entry else None,
            tuple(self._attribute(mapping(item)) for item in items(entry.get("attributes"))),
        )

    def _attribute(self, value: Mapping[str, Any]) -> AttributeEntry:
        key, source = self._text(value.get("key")), value.keys() & {"from", "value"}
        said = {name: self._text(value[name]) for name in ("from", "value", "unit") if name in value}
        faulty = not key or not value.keys() <= _ATTRIBUTE or len(source) != 1 or "" in said.values()
        self.reads &= len(source) > 0 and value.keys() <= _ATTRIBUTE
        if faulty:
            said.setdefault("unit", "")  # it may have one
        return AttributeEntry(key, said.get("from") or None, said.get("value"), said.get("unit"), True)
