# SPDX-License-Identifier: Apache-2.0
"""The graph: vertices in trees, edges between them, and what one transaction did to them.

Every change goes through `Graph`, which remembers how to undo it: a refused
request leaves nothing behind, whatever it did before it was refused.
"""

from __future__ import annotations

import time
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from peers.aai.schema import NodeType

Value = str | int | bool
Key = tuple[str, ...]


class Edge(NamedTuple):
    """A relationship of two vertices that are in no tree together."""

    source: Vertex
    target: Vertex
    label: str


class Vertex:
    """One object of A&AI; `version` is its resource-version."""

    __slots__ = ("children", "edges", "key", "kind", "number", "parent", "properties", "version")

    def __init__(self, kind: NodeType, key: Key, parent: Vertex | None, number: int) -> None:
        self.kind = kind
        self.key = key
        self.parent = parent
        self.number = number
        self.properties: dict[str, Value] = {}
        self.version = ""
        self.children: dict[str, dict[Key, Vertex]] = {}
        self.edges: tuple[Edge, ...] = ()

    @property
    def uri(self) -> str:
        """The path below the version, quoted, with a leading slash."""
        above = self.parent.uri if self.parent else "/cloud-infrastructure"
        steps = [self.kind.container] if self.kind.container else []
        return "/".join([above, *steps, self.kind.name, *(quote(part, safe="") for part in self.key)])

    def below(self) -> Iterator[Vertex]:
        """All vertices of the tree that begins here."""
        yield self
        for found in self.children.values():
            for child in found.values():
                yield from child.below()


class Graph:
    """All vertices; one transaction at a time. `changes` counts up with each change of data."""

    def __init__(self) -> None:
        self.roots: dict[str, dict[Key, Vertex]] = {}
        self._numbers = count(4104)
        self._undo: list[Callable[[], object]] = []
        self._now = 0
        self.changes = 0

    def begin(self) -> None:
        """Start a transaction; all that it touches gets one resource-version, never an earlier one."""
        self._undo.clear()
        self._now = max(time.time_ns() // 1_000_000, self._now + 1)

    def rollback(self) -> None:
        """Undo what was done since `begin`."""
        while self._undo:
            self._undo.pop()()

    def home(self, kind: NodeType, parent: Vertex | None) -> dict[Key, Vertex]:
        """Where vertices of `kind` stand under `parent`."""
        return (parent.children if parent else self.roots).setdefault(kind.name, {})

    def find(self, kind: NodeType, key: Key, parent: Vertex | None) -> Vertex | None:
        """The vertex, or None."""
        return (parent.children if parent else self.roots).get(kind.name, {}).get(key)

    def add(self, kind: NodeType, key: Key, parent: Vertex | None) -> Vertex:
        """A new vertex without properties."""
        made = Vertex(kind, key, parent, next(self._numbers))
        home = self.home(kind, parent)
        home[key] = made
        made.version = str(self._now)
        self._undo.append(partial(home.pop, key))
        self.changes += 1
        return made

    def remove(self, vertex: Vertex) -> None:
        """Take a vertex away with its tree and its edges."""
        for each in list(vertex.below()):
            for edge in each.edges:
                self.disconnect(edge)
        home = self.home(vertex.kind, vertex.parent)
        del home[vertex.key]
        self._undo.append(partial(home.__setitem__, vertex.key, vertex))
        self.changes += 1

    def set(self, vertex: Vertex, properties: dict[str, Value]) -> None:
        """Give a vertex these scalars; nothing happens where it has them already."""
        before = vertex.properties
        if before == properties:
            return
        vertex.properties = properties
        self._undo.append(partial(setattr, vertex, "properties", before))
        self.changes += 1
        self.touch(vertex)

    def touch(self, vertex: Vertex) -> None:
        """Give a vertex the resource-version of this transaction."""
        before = vertex.version
        vertex.version = str(self._now)
        self._undo.append(partial(setattr, vertex, "version", before))

    def connect(self, edge: Edge) -> None:
        """Put an edge between two vertices; both change."""
        for end in (edge.source, edge.target):
            self._relate(end, (*end.edges, edge))

    def disconnect(self, edge: Edge) -> None:
        """Take an edge away; both ends change."""
        for end in (edge.source, edge.target):
            self._relate(end, tuple(each for each in end.edges if each != edge))

    def _relate(self, vertex: Vertex, edges: tuple[Edge, ...]) -> None:
        self._undo.append(partial(setattr, vertex, "edges", vertex.edges))
        vertex.edges = edges
        self.changes += 1
        self.touch(vertex)
