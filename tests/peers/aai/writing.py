# SPDX-License-Identifier: Apache-2.0
"""PUT, PATCH, DELETE and edges, inside a transaction of the graph.

The rules that surprise: each existing child that a PUT names needs its own
resource-version; an existing child that a container leaves out would be deleted,
which only listed clients may do; a child in a list without a container stays
when it is left out; scalars that are left out are removed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from peers.aai.errors import AaiFault
from peers.aai.relationships import resolve
from peers.aai.unmarshalling import Draft, unmarshal
from peers.aai.vertices import Vertex

if TYPE_CHECKING:
    from collections.abc import Iterable

    from peers.aai.paths import Address
    from peers.aai.schema import NodeType, View
    from peers.aai.vertices import Graph, Key


class Done(NamedTuple):
    """What was done: the HTTP status, and to which vertex."""

    status: int
    vertex: Vertex


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes for one client; `implied_delete` says whether it may delete by leaving out.

    `gone` are vertices that count as still there when something is created at their place; `touch_all` gives a new
    resource-version to all that a write names.
    """

    graph: Graph
    view: View
    implied_delete: bool
    strict: bool
    gone: tuple[Address, ...] = ()
    touch_all: bool = False

    def put(self, address: Address, draft: Draft, path: str) -> Done:
        """201 for a new vertex, 200 for one that was there."""
        found = address.find(self.graph)
        self._check_version(found, draft, path)
        if found:
            self._apply(found, draft)
            return Done(200, found)
        try:
            parent = address.parent(self.graph)
        except AaiFault as fault:
            raise AaiFault(fault.number, f"{fault.detail} for {path}") from fault
        if address in self.gone:
            raise AaiFault(6130, f"resource-version not passed for update of {path}")
        made = self.graph.add(address.kind, address.key, parent)
        self._apply(made, draft)
        return Done(201, made)

    def patch(self, address: Address, sent: dict[str, Any], path: str) -> Done:
        """Merge into a vertex; no resource-version is wanted, and a null takes a property away."""
        found = self._existing(address, path)
        merged = {**found.properties, **sent}
        draft = unmarshal(self.view, found.kind, merged, strict=False)
        self._apply(found, draft)
        return Done(200, found)

    def delete(self, address: Address, version: str, path: str) -> Done:
        """Delete a vertex and what cascades; 204."""
        found = self._existing(address, path)
        if not version:
            raise AaiFault(6130, f"resource-version not passed for delete of {path}")
        if version != found.version:
            raise AaiFault(6131, f"resource-version MISMATCH for delete of {path}")
        self._check_deletable(found)
        self.graph.remove(found)
        return Done(204, found)

    def put_edge(self, address: Address, told: Any, path: str) -> Done:
        """Relate a vertex to another; 200, also when they were related."""
        found = self._existing(address, path)
        edge = resolve(self.view, self.graph, found, told)
        if edge not in found.edges:
            self.graph.connect(edge)
        return Done(200, found)

    def delete_edge(self, address: Address, told: Any, path: str) -> Done:
        """Take a relationship away; 204."""
        found = self._existing(address, path)
        edge = resolve(self.view, self.graph, found, told)
        if edge not in found.edges:
            raise AaiFault(6127, f"no relationship with {edge.target.uri}")
        self.graph.disconnect(edge)
        return Done(204, found)

    def _existing(self, address: Address, path: str) -> Vertex:
        found = address.find(self.graph)
        if found is None:
            raise AaiFault(6114, f"No Node of type {address.kind.name} found at: {path}")
        return found

    def _check_version(self, vertex: Vertex | None, draft: Draft, path: str) -> None:
        if vertex is None:
            if draft.version:
                raise AaiFault(6135, f"resource-version passed for create of {path}")
        elif not draft.version:
            raise AaiFault(6130, f"resource-version not passed for update of {path}")
        elif draft.version != vertex.version:
            raise AaiFault(6131, f"resource-version MISMATCH for update of {path}")

    def _apply(self, vertex: Vertex, draft: Draft) -> None:
        """Make a vertex what the draft says; what this version of the schema does not know stays."""
        known = self.view.properties[vertex.kind.name]
        kept = {name: value for name, value in vertex.properties.items() if name not in known}
        self.graph.set(vertex, {**draft.properties, **kept})
        if self.touch_all:
            self.graph.touch(vertex)
        for member, drafts in draft.children.items():
            self._apply_children(vertex, self.view.children[vertex.kind.name][member], drafts)
        if draft.relationships is not None:
            self._relate(vertex, draft.relationships)

    def _apply_children(self, parent: Vertex, kind: NodeType, drafts: list[Draft]) -> None:
        named = {tuple(str(draft.properties[name]) for name in kind.keys): draft for draft in drafts}
        left_out = [v for key, v in parent.children.get(kind.name, {}).items() if key not in named]
        if left_out:
            self._left_out(left_out)
        for key, draft in named.items():
            self._apply_child(parent, kind, key, draft)

    def _apply_child(self, parent: Vertex, kind: NodeType, key: Key, draft: Draft) -> None:
        found = self.graph.find(kind, key, parent)
        self._check_version(found, draft, f"{kind.name} {'/'.join(key)} below {parent.uri}")
        self._apply(found or self.graph.add(kind, key, parent), draft)

    def _left_out(self, vertices: list[Vertex]) -> None:
        kind = vertices[0].kind
        if not kind.container:
            if self.strict:
                stale = ", ".join("/".join(each.key) for each in vertices)
                raise AaiFault(3000, f"strict: {kind.name} left out of a PUT would stay: {stale}")
        elif not self.implied_delete:
            raise AaiFault(9109)
        else:
            for each in vertices:
                self.graph.remove(each)

    def _relate(self, vertex: Vertex, told: Iterable[Any]) -> None:
        """A relationship-list in a PUT is the whole truth; one that is left out changes nothing."""
        wanted = [resolve(self.view, self.graph, vertex, each) for each in told]
        for edge in [edge for edge in vertex.edges if edge not in wanted]:
            self.graph.disconnect(edge)
        for edge in wanted:
            if edge not in vertex.edges:
                self.graph.connect(edge)

    def _check_deletable(self, vertex: Vertex) -> None:
        blocking = {
            kind: None
            for kind, children in vertex.children.items()
            if children and next(iter(children.values())).kind.blocks_parent
        }
        for edge in vertex.edges:
            other = edge.target if edge.source is vertex else edge.source
            rule = self.view.rule(vertex.kind.name, other.kind.name)
            if rule and rule.blocks == vertex.kind.name:
                blocking[other.kind.name] = None
        if blocking:
            raise AaiFault(
                6110,
                "Object is being reference by additional objects preventing it from being deleted. "
                f"Please clean up references from the following types [{', '.join(blocking)}]",
            )
