# SPDX-License-Identifier: Apache-2.0
"""What is known of a value before there is one: its possible types, members, items and texts.

A guess is made from an input contract, from a pack's own tables and
parameters, or from what an expression does. It errs towards "anything":
lint only speaks where a value is impossible.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from hpa_discovery.language.signatures import type_word

Schema = Mapping[str, Any]
Types = frozenset[str]

_WORDS: Mapping[str, str] = {"integer": "number"}
# Under this key a part of a contract keeps the guess of any of its members, found once.
ANY_MEMBER = "x-any-member"


@dataclass(frozen=True, slots=True)
class Guess:
    """What is known of one value.

    `types` are JMESPath's type words without null, None for any. `members` are
    known members; `closed` says that there are no others. `element` is what an
    array holds. `schema` is the contract's part for it, whose members are
    found when asked for. `place` is how messages name it, "" when it has no
    place of its own. `only` are the values it can have, where they can be listed.
    """

    types: Types | None = None
    members: Mapping[str, Guess] | None = None
    closed: bool = False
    element: Guess | None = None
    schema: Schema | None = None
    place: str = ""
    only: tuple[Any, ...] | None = None

    def may_be(self, *words: str) -> bool:
        """Whether a value of one of these types is possible."""
        return self.types is None or not self.types.isdisjoint(words)


ANY = Guess()
STRING = Guess(frozenset({"string"}))
NUMBER = Guess(frozenset({"number"}))
BOOLEAN = Guess(frozenset({"boolean"}))
NULL = Guess(frozenset({"null"}))
OBJECT = Guess(frozenset({"object"}))


def array_of(element: Guess) -> Guess:
    """An array of such elements."""
    return Guess(frozenset({"array"}), element=element)


def closed_object(members: Mapping[str, Guess]) -> Guess:
    """An object with these members and no others."""
    return Guess(frozenset({"object"}), members, closed=True)


SIZE = closed_object({"value": STRING, "unit": STRING})


def union(*guesses: Guess) -> Guess:
    """A value that is one of the guesses."""
    known = [guess for guess in guesses if guess.types != NULL.types]
    if not known:
        return NULL
    if all(guess == known[0] for guess in known):
        return known[0]
    if any(guess.types is None for guess in known):
        return ANY
    types = frozenset().union(*(guess.types or () for guess in known))
    arrays = [guess for guess in known if guess.may_be("array")]
    element = union(*(guess.element or ANY for guess in arrays)) if arrays else None
    objects = [guess for guess in known if guess.may_be("object")]
    if len(objects) == 1:
        one = objects[0]
        return Guess(types, one.members, one.closed, element, one.schema)
    return Guess(types, element=element)


def guess_of_value(value: Any, *, closed: bool = False) -> Guess:
    """A guess from a value that stands for others like it."""
    if isinstance(value, dict):
        return Guess(frozenset({"object"}), {key: guess_of_value(item) for key, item in value.items()}, closed)
    if isinstance(value, list):
        return array_of(union(*map(guess_of_value, value)) if value else ANY)
    return Guess(frozenset({type_word(value)}))


def guess_of_schema(schema: Schema, place: str) -> Guess:
    """A guess from a part of an input contract."""
    items = schema.get("items")
    element = guess_of_schema(items, f"{place}[]") if isinstance(items, dict) else None
    return Guess(types_of(schema), element=element, schema=schema, place=place)


def types_of(schema: Schema) -> Types | None:
    """The type words of a contract's part; None where it does not say."""
    values = schema.get("enum", [schema["const"]] if "const" in schema else None)
    if values is not None:
        return frozenset(map(type_word, values)) - {"null"}
    words = schema.get("type")
    if words is None:
        return None
    listed = [words] if isinstance(words, str) else words
    return frozenset(_WORDS.get(word, word) for word in listed if word != "null")


def member_of(guess: Guess, name: str) -> Guess | None:
    """The guess of a member; None when there cannot be one."""
    if not guess.may_be("object"):
        return None
    if guess.members is not None and name in guess.members:
        return guess.members[name]
    if guess.schema is not None:
        return _schema_member(guess, guess.schema, name)
    return None if guess.closed else ANY


def _schema_member(guess: Guess, schema: Schema, name: str) -> Guess | None:
    found = _part(schema, name)
    if found is None:
        return None
    return guess_of_schema(found, f"{guess.place}.{quoted(name)}") if found else ANY


def _part(schema: Schema, name: str) -> Schema | None:
    """The schema of member `name`: {} for anything, None when the contract has no such member."""
    properties = schema.get("properties", {})
    if name in properties:
        return _schema(properties[name])
    for pattern, part in schema.get("patternProperties", {}).items():
        if compiled(pattern).search(name):
            return _schema(part)
    rest = schema.get("additionalProperties", True)
    return None if rest is False else _schema(rest)


def _schema(part: Any) -> Schema:
    return part if isinstance(part, dict) else {}


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of a contract that ships with the product, compiled."""
    return re.compile(pattern)


def known_members(guess: Guess) -> list[str]:
    """The names of the members that are known, for a "did you mean"."""
    names = list(guess.members or ())
    if guess.schema is not None:
        names += guess.schema.get("properties", {})
    return names


def any_member(guess: Guess) -> Guess:
    """What any member of the object may be: for lookup() with a computed key, and for `*`."""
    if guess.schema is not None:
        return guess.schema.get(ANY_MEMBER, ANY)  # type: ignore[no-any-return]  # put there by contract_shapes
    members = list((guess.members or {}).values())
    return union(*members) if members and guess.closed else ANY


def quoted(name: str) -> str:
    """A member's name as an expression writes it."""
    return name if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) else f'"{name}"'


def described(guess: Guess) -> str:
    """The possible types as a message says them: `a text or a list`."""
    if guess.types is None:
        return "anything"
    return " or ".join(_ARTICLES[word] for word in sorted(guess.types)) or "nothing"


_ARTICLES: Mapping[str, str] = {
    "string": "a text",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
    "expref": "an expression",
}
