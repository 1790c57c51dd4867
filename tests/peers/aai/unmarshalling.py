# SPDX-License-Identifier: Apache-2.0
"""JSON to objects of the schema, as A&AI's unmarshaller does it: nearly nothing is refused.

Unknown properties and numbers that are none are dropped, an object where text
belongs becomes its first scalar, an array where a container belongs becomes an
empty container, one object where a list belongs becomes a list of one. The
strict form refuses each of these, because the caller did not get what it sent.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from peers.aai.errors import AaiFault

if TYPE_CHECKING:
    from peers.aai.schema import NodeType, Property, View
    from peers.aai.vertices import Value

RESERVED = ("resource-version", "relationship-list")
_INTEGER = re.compile(r"[+-]?\d+")
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}


@dataclass(slots=True)
class Draft:
    """One object as it was sent; a member that was not sent is not in `children`, and `relationships` is None."""

    kind: NodeType
    properties: dict[str, Value] = field(default_factory=dict)
    version: str = ""
    children: dict[str, list[Draft]] = field(default_factory=dict)
    relationships: list[Any] | None = None


def parse_json(text: str, *, strict: bool) -> Any:
    """A request body; of a doubled key the last counts, and strict refuses it."""
    try:
        return json.loads(text, object_pairs_hook=_distinct if strict else None)
    except json.JSONDecodeError as fault:
        raise AaiFault(3000, f"could not read the JSON: {fault}") from fault


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise AaiFault(3000, f"strict: a key stands twice among {[key for key, _ in pairs]}")
    return found


def unmarshal(view: View, kind: NodeType, sent: Any, *, strict: bool) -> Draft:
    """What `sent` means as an object of type `kind`."""
    if not isinstance(sent, dict):
        raise AaiFault(3000, f"object could not be unmarshalled:{json.dumps(sent)[:200]}")
    reader = _Reader(view)
    draft = reader.read(kind, sent, kind.name)
    if strict and reader.mangled:
        raise AaiFault(3000, "strict: " + "; ".join(reader.mangled))
    return draft


class _Reader:
    """Reads one body; `mangled` says what A&AI changes or drops without a word."""

    def __init__(self, view: View) -> None:
        self._view = view
        self.mangled: list[str] = []

    def read(self, kind: NodeType, sent: dict[str, Any], place: str) -> Draft:
        properties = self._view.properties[kind.name]
        draft = Draft(kind, {})
        read: dict[str, Value | None] = {}
        for name, value in sent.items():
            here = f"{place}.{name}"
            if name in properties:
                read[name] = self._scalar(properties[name], value, here)
            else:
                self._member(draft, name, value, here)
        draft.properties = {name: value for name in properties if (value := read.get(name)) is not None}
        return draft

    def _member(self, draft: Draft, name: str, value: Any, place: str) -> None:
        child = self._view.children[draft.kind.name].get(name)
        if value is None:
            return
        if name == "resource-version":
            draft.version = str(value)
        elif name == "relationship-list":
            draft.relationships = self._relationships(value, place)
        elif child is None:
            self.mangled.append(f"{place} is not in v{self._view.version}, and is dropped")
        else:
            draft.children[name] = self._children(child, value, place)

    def _children(self, kind: NodeType, value: Any, place: str) -> list[Draft]:
        if kind.container:
            if not isinstance(value, dict):
                self.mangled.append(f"{place} is no object, and becomes an empty container")
                return []
            for other in value.keys() - {kind.name}:
                self.mangled.append(f"{place}.{other} is unknown, and is dropped")
            value = value.get(kind.name, [])
        if isinstance(value, dict):
            self.mangled.append(f"{place} is one object, and becomes a list of one")
            value = [value]
        return self._list(kind, value, place)

    def _list(self, kind: NodeType, value: Any, place: str) -> list[Draft]:
        items = value if isinstance(value, list) else []
        if items is not value and value is not None:
            self.mangled.append(f"{place} is no list, and is dropped")
        drafts = [self.read(kind, each, f"{place}[{i}]") for i, each in enumerate(items) if isinstance(each, dict)]
        if len(drafts) < len(items):
            self.mangled.append(f"{place} holds what is no object, and that is dropped")
        keys = [tuple(draft.properties.get(name) for name in kind.keys) for draft in drafts]
        if len(set(keys)) < len(keys):
            self.mangled.append(f"{place} holds one key twice, and one of the two is lost")
        return drafts

    def _relationships(self, value: Any, place: str) -> list[Any] | None:
        if not isinstance(value, dict):
            self.mangled.append(f"{place} is no object, and is dropped")
            return None
        found = value.get("relationship", [])
        return found if isinstance(found, list) else [found]

    def _scalar(self, wanted: Property, value: Any, place: str) -> Value | None:
        if value is None:
            return None
        plain = _first_scalar(value)
        if wanted.kind == "String":
            result: Value | None = _text(plain)
        elif wanted.kind == "Integer":
            result = _integer(plain)
        else:
            result = _boolean(plain)
        if result is None or type(result) is not type(value):
            self.mangled.append(f"{place} is {json.dumps(value)[:80]}, and becomes {result!r}")
        return result


def _first_scalar(value: Any) -> Any:
    """The first text, number or boolean inside; None where there is none."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return next((found for each in value if (found := _first_scalar(each)) is not None), None)
    return value


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) or value is None else json.dumps(value)


def _integer(value: Any) -> int | None:
    if isinstance(value, str):
        return 0 if not value else int(value) if _INTEGER.fullmatch(value) else None
    return value if type(value) is int else None


def _boolean(value: Any) -> bool | None:
    return value if isinstance(value, bool) else _BOOLEANS.get(value) if isinstance(value, str) else None
