# SPDX-License-Identifier: Apache-2.0
"""The input contracts made ready for guessing: references resolved, and what any member may be, once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from hpa_discovery.discovery.contract import Contract
from hpa_discovery.language.spelling import nearest
from hpa_discovery.packs.checks.guesses import ANY, ANY_MEMBER, Guess, Schema, guess_of_schema, types_of

# Under this key extra_specs keeps the namespaces whose keys Nova knows one by one.
CLOSED_NAMESPACES = "x-closed-namespaces"
_ALIKE = 0.86  # of two spellings; below that a key is only unknown

# By identity of the schema, which is held, so that no other can come to have the same one.
_ready: dict[int, tuple[Schema, Mapping[str, Guess]]] = {}


def roots_of(contract: Contract) -> Mapping[str, Guess]:
    """What is known of a source's subject, under its root, and of `context`."""
    known = _ready.get(id(contract.schema))
    if known is None:
        known = _ready[id(contract.schema)] = (contract.schema, _roots(contract))
    return known[1]


def _roots(contract: Contract) -> Mapping[str, Guess]:
    schema = contract.schema
    promise = schema.get("x-hpa", {})
    definitions = schema.get("$defs", {})
    subject = _resolved(schema, definitions)
    closed = promise.get("closedNamespaces")
    if closed and "extra_specs" in subject.get("properties", {}):
        subject["properties"]["extra_specs"][CLOSED_NAMESPACES] = tuple(map(re.compile, closed))
    context = _resolved(promise.get("context", {}), definitions)
    return {contract.root: guess_of_schema(subject, contract.root), "context": guess_of_schema(context, "context")}


def _resolved(part: Any, definitions: Schema) -> Any:
    """A copy without `$ref`, in which every object knows what any of its members may be."""
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return _resolved(definitions[part["$ref"].rpartition("/")[2]], definitions)
    result = {name: value for name, value in part.items() if name not in ("$defs", "x-hpa")}
    for group in ("properties", "patternProperties"):
        if group in result:
            result[group] = {name: _resolved(value, definitions) for name, value in result[group].items()}
    for name in ("items", "additionalProperties"):
        if name in result:
            result[name] = _resolved(result[name], definitions)
    if "object" in (types_of(result) or ("object",)):
        result[ANY_MEMBER] = _any_member(result)
    return result


def _any_member(schema: Schema) -> Guess:
    types: set[str] = set()
    for part in _parts(schema):
        words = types_of(part)
        if words is None:
            return ANY
        types |= words
    return Guess(frozenset(types)) if types else ANY


def _parts(schema: Schema) -> Iterator[Schema]:
    yield from schema.get("properties", {}).values()
    yield from schema.get("patternProperties", {}).values()
    rest = schema.get("additionalProperties", True)
    if rest is not False:
        yield rest if isinstance(rest, dict) else {}


def misspelt_key(guess: Guess, name: str) -> tuple[str, str] | None:
    """(code, known key or "") when Nova knows the namespace of this extra spec, but not the key."""
    schema = guess.schema
    if schema is None or CLOSED_NAMESPACES not in schema or name in schema["properties"]:
        return None
    namespace, colon, _ = name.partition(":")
    if not colon or not any(pattern.search(namespace) for pattern in schema[CLOSED_NAMESPACES]):
        return None
    if any(re.search(pattern, name) for pattern in schema.get("patternProperties", {})):
        return None
    meant = nearest(name, schema["properties"], alike=_ALIKE)
    return ("path.impossible", meant) if meant else ("path.unknown_key", "")
