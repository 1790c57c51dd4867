# SPDX-License-Identifier: Apache-2.0
"""The node types that the double knows, by schema version: schema.json as objects.

A property of schema.json is `<kind>[!] [=default] [v<from>-][-v<to>]`; `!` means
that A&AI wants it. `blocks-parent` means that the parent cannot be deleted while
such a child is there; other children go with it. `container` is null where A&AI
lists children without one: those are never deleted by leaving them out.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

Kind = Literal["String", "Integer", "Boolean"]
FIRST_VERSION, LAST_VERSION = 12, 32
NAMESPACE = "cloud-infrastructure"

_PROPERTY = re.compile(
    r"(?P<kind>String|Integer|Boolean)(?P<required>!?)(?: =(?P<default>\S+))?"
    r"(?: (?:v(?P<since>\d+)-)?(?:-v(?P<until>\d+))?)?"
)


@dataclass(frozen=True, slots=True)
class Property:
    """One scalar of a node type, there from version `since` to version `until`."""

    name: str
    kind: Kind
    required: bool
    default: str | None
    since: int
    until: int


@dataclass(frozen=True, eq=False)
class NodeType:
    """One type of vertex; `member` is how the parent's JSON calls its children of this type."""

    name: str
    container: str | None
    keys: tuple[str, ...]
    names: tuple[str, ...]
    parents: tuple[str, ...]
    since: int
    blocks_parent: bool
    properties: dict[str, Property]

    @cached_property
    def member(self) -> str:
        """The container, or the type itself where there is none."""
        return self.container or self.name


@dataclass(frozen=True, slots=True)
class EdgeRule:
    """What A&AI lets be related: `blocks` is the type that cannot be deleted while the edge is there."""

    source: str
    target: str
    label: str
    blocks: str


class View:
    """The schema as one version of the API shows it."""

    def __init__(self, version: int, types: dict[str, NodeType], edges: tuple[EdgeRule, ...]) -> None:
        self.version = version
        self.types = {name: found for name, found in types.items() if found.since <= version}
        self.edges = edges
        self.properties = {
            name: {p.name: p for p in each.properties.values() if p.since <= version <= p.until}
            for name, each in self.types.items()
        }
        self.children = {
            name: {each.member: each for each in self.types.values() if name in each.parents} for name in self.types
        }
        self.roots = {each.member: each for each in self.types.values() if not each.parents}

    def of_container(self, container: str) -> NodeType | None:
        """The type whose vertices `container` holds."""
        return next((each for each in self.types.values() if each.member == container), None)

    def rule(self, one: str, other: str) -> EdgeRule | None:
        """The rule for an edge between two types, whichever is its source."""
        return next((each for each in self.edges if {each.source, each.target} == {one, other}), None)


def _property(name: str, text: str) -> Property:
    found = _PROPERTY.fullmatch(text)
    if found is None:
        raise ValueError(f"schema.json: {name}: {text!r} is no property")
    since, until = int(found["since"] or FIRST_VERSION), int(found["until"] or 10**6)
    kind: Any = found["kind"]
    return Property(name, kind, bool(found["required"]), found["default"], since, until)


def _node_type(name: str, told: dict[str, Any]) -> NodeType:
    return NodeType(
        name,
        told["container"],
        tuple(told["keys"]),
        tuple(told.get("names", ())),
        tuple(told.get("parents", ())),
        told.get("since", FIRST_VERSION),
        told.get("blocks-parent", False),
        {each: _property(each, text) for each, text in told["properties"].items()},
    )


@lru_cache(maxsize=1)
def _table() -> tuple[dict[str, NodeType], tuple[EdgeRule, ...]]:
    told = json.loads(Path(__file__).with_name("schema.json").read_text("utf-8"))
    types = {name: _node_type(name, each) for name, each in told["types"].items()}
    return types, tuple(EdgeRule(e["from"], e["to"], e["label"], e["blocks"]) for e in told["edges"])


@cache
def view(version: int) -> View:
    """The schema of `v<version>`."""
    return View(version, *_table())


def node_types() -> dict[str, NodeType]:
    """Every type in every version."""
    return _table()[0]
