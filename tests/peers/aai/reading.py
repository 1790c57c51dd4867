# SPDX-License-Identifier: Apache-2.0
"""GET: depth, filters, pages, and objects as JSON.

A page is asked for with `resultIndex` (counts from 1, 0 is read as 1) and
`resultSize`, both. A&AI promises no order, so the double has none that a client
could lean on: stable between requests, or another one each time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zlib import crc32

from peers.aai.errors import AaiFault
from peers.aai.relationships import render

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from peers.aai.paths import Address
    from peers.aai.schema import NodeType, View
    from peers.aai.vertices import Graph, Vertex

ALL_LEVELS = 10_000
_NO_FILTERS = {
    "cleanup", "depth", "includeTotalCount", "nodes-only", "resultIndex", "resultSize", "skip-related-to",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Page:
    """Which page is wanted, from 1, of how many vertices."""

    index: int
    size: int
    total: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What a GET gives: the body, the id of its first vertex, and the headers of a page."""

    body: dict[str, Any]
    vertex_id: int
    totals: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads for one request; `salt` decides the order of collections, `lost` are vertices that a page leaves out."""

    graph: Graph
    view: View
    query: Mapping[str, str]
    salt: int = 0
    lost: int = 0

    def get(self, address: Address, path: str) -> Found:
        """The answer to a GET, or AAI_6114."""
        depth = self._depth()
        if address.what in {"collection", "anywhere"}:
            return self._collection(address, path, depth)
        vertex = address.find(self.graph)
        if vertex is None or not self._matches(vertex) or (address.what != "vertex" and not vertex.edges):
            raise AaiFault(6114, f"No Node of type {address.kind.name} found at: {path}")
        if address.what != "vertex":
            return Found(self._relationship_list(vertex), vertex.number)
        return Found(self._tell(vertex, depth), vertex.number)

    def _collection(self, address: Address, path: str, depth: int) -> Found:
        found = [vertex for vertex in self._members(address) if self._matches(vertex)]
        found.sort(key=lambda vertex: crc32(b"%d/%d" % (self.salt, vertex.number)))
        page, totals = self._page(), None
        if page:
            totals = (len(found), -(-len(found) // page.size)) if page.total else None
            found = found[(page.index - 1) * page.size : page.index * page.size]
        found = found[: max(len(found) - self.lost, 1)]
        if not found:
            raise AaiFault(6114, f"No Node of type {address.kind.name} found at: {path}")
        return Found({address.kind.name: [self._tell(each, depth) for each in found]}, found[0].number, totals)

    def _members(self, address: Address) -> Iterable[Vertex]:
        if address.what == "anywhere":
            return [v for v in self._everything() if v.kind is address.kind]
        try:
            parent = address.parent(self.graph)
        except AaiFault:
            return []
        holder = parent.children if parent else self.graph.roots
        return holder.get(address.kind.name, {}).values()

    def _everything(self) -> Iterable[Vertex]:
        return (each for roots in self.graph.roots.values() for root in roots.values() for each in root.below())

    def _page(self) -> Page | None:
        try:
            index, size = (int(self.query.get(name, "-1")) for name in ("resultIndex", "resultSize"))
        except ValueError as fault:
            raise AaiFault(3000, "resultIndex and resultSize are numbers") from fault
        total = self.query.get("includeTotalCount", "true") != "false"
        return Page(max(index, 1), size, total) if index >= 0 and size > 0 else None

    def _depth(self) -> int:
        told = self.query.get("depth", "0")
        if told in {"", "all"}:
            return ALL_LEVELS
        try:
            return int(told)
        except ValueError as fault:
            raise AaiFault(4016) from fault

    def _matches(self, vertex: Vertex) -> bool:
        return all(
            _as_text(self._property(vertex.kind, vertex, name)) == value
            for name, value in self.query.items()
            if name not in _NO_FILTERS
        )

    def _property(self, kind: NodeType, vertex: Vertex, name: str) -> Any:
        if name == "resource-version":
            return vertex.version
        if name not in self.view.properties[kind.name]:
            raise AaiFault(3000, f"{name} is not a valid property of {kind.name}")
        return vertex.properties.get(name)

    def _tell(self, vertex: Vertex, depth: int) -> dict[str, Any]:
        known = self.view.properties[vertex.kind.name]
        told: dict[str, Any] = {name: value for name, value in vertex.properties.items() if name in known}
        told["resource-version"] = vertex.version
        if depth > 0:
            for member, kind in self.view.children[vertex.kind.name].items():
                if children := vertex.children.get(kind.name):
                    inside = [self._tell(child, depth - 1) for child in children.values()]
                    told[member] = {kind.name: inside} if kind.container else inside
        if vertex.edges and "nodes-only" not in self.query:
            told["relationship-list"] = self._relationship_list(vertex)
        return told

    def _relationship_list(self, vertex: Vertex) -> dict[str, Any]:
        return {"relationship": [render(self.view, edge, vertex) for edge in vertex.edges]}


def _as_text(value: Any) -> str | None:
    return str(value).lower() if isinstance(value, bool) else None if value is None else str(value)
