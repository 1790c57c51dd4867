# SPDX-License-Identifier: Apache-2.0
"""What a path below /aai/v<N>/ names: one vertex, a collection, or the relationships of a vertex."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote

from peers.aai.errors import AaiFault
from peers.aai.schema import NAMESPACE

if TYPE_CHECKING:
    from peers.aai.schema import NodeType, View
    from peers.aai.vertices import Graph, Key, Vertex


@dataclass(frozen=True, slots=True)
class Step:
    """One vertex on the way down."""

    kind: NodeType
    key: Key


@dataclass(frozen=True, slots=True)
class Address:
    """Where a path leads: down `steps`, then to the collection of `kind` or to the relationships there.

    `anywhere` is the nodes API: vertices of `kind` wherever they stand.
    """

    steps: tuple[Step, ...]
    kind: NodeType
    what: Literal["vertex", "collection", "relationship-list", "relationship", "anywhere"] = "vertex"

    def parent(self, graph: Graph) -> Vertex | None:
        """The vertex above the one that is named; None where a top level one is named, a fault where it is absent."""
        found: Vertex | None = None
        steps = self.steps if self.what == "collection" else self.steps[:-1]
        for step in steps:
            found = graph.find(step.kind, step.key, found)
            if found is None:
                raise AaiFault(6114, f"No parent Node of type {steps[-1].kind.name}")
        return found

    def find(self, graph: Graph) -> Vertex | None:
        """The vertex that is named, or None."""
        found: Vertex | None = None
        for step in self.steps:
            found = graph.find(step.kind, step.key, found)
            if found is None:
                return None
        return found

    @property
    def key(self) -> Key:
        """The key of the vertex that is named."""
        return self.steps[-1].key


def parse(view: View, path: str) -> Address:
    """The address of a path such as cloud-infrastructure/cloud-regions; slashes at its ends do not matter."""
    raw = path.strip("/")
    parts = [unquote(part) for part in raw.split("/")]
    if len(parts) == 2 and parts[0] == "nodes" and (kind := view.of_container(parts[1])):
        return Address((), kind, "anywhere")
    if parts[0] != NAMESPACE or len(parts) < 2:
        raise _invalid(path)
    return _Walk(view, parts[1:], path).walk()


def _invalid(path: str) -> AaiFault:
    return AaiFault(3000, f"{path} is not a valid path")


class _Walk:
    def __init__(self, view: View, parts: list[str], path: str) -> None:
        self._view = view
        self._parts = parts
        self._path = path
        self._steps: list[Step] = []

    def walk(self) -> Address:
        while self._parts:
            found = self._relationships() or self._down()
            if found:
                return found
        return Address(tuple(self._steps), self._steps[-1].kind)

    def _relationships(self) -> Address | None:
        if not self._steps or self._parts[0] != "relationship-list":
            return None
        steps, kind = tuple(self._steps), self._steps[-1].kind
        if self._parts == ["relationship-list"]:
            return Address(steps, kind, "relationship-list")
        if self._parts == ["relationship-list", "relationship"]:
            return Address(steps, kind, "relationship")
        raise _invalid(self._path)

    def _down(self) -> Address | None:
        """One vertex further; the address where the path ends with a container."""
        children = self._view.children[self._steps[-1].kind.name] if self._steps else self._view.roots
        kind = children.get(self._parts.pop(0))
        if kind is None:
            raise _invalid(self._path)
        if not self._parts:
            return Address(tuple(self._steps), kind, "collection")
        if kind.container and self._parts.pop(0) != kind.name:
            raise _invalid(self._path)
        key, self._parts = tuple(self._parts[: len(kind.keys)]), self._parts[len(kind.keys) :]
        if len(key) < len(kind.keys) or not all(key):
            raise _invalid(self._path)
        self._steps.append(Step(kind, key))
        return None
