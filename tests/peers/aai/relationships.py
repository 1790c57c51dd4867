# SPDX-License-Identifier: Apache-2.0
"""Relationships: the edge that one names, and how an edge is told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from peers.aai.errors import AaiFault
from peers.aai.paths import parse
from peers.aai.vertices import Edge

if TYPE_CHECKING:
    from peers.aai.schema import NodeType, View
    from peers.aai.vertices import Graph, Vertex

_ABOVE = re.compile(r"^(https?://[^/]+)?/?(aai/)?(v\d+/)?")


def resolve(view: View, graph: Graph, vertex: Vertex, told: Any) -> Edge:
    """The edge between `vertex` and what a `relationship` object names by link or by keys."""
    if not isinstance(told, dict):
        raise AaiFault(6120, "a relationship is an object")
    target = _by_link(view, graph, told["related-link"]) if told.get("related-link") else _by_keys(view, graph, told)
    rule = view.rule(vertex.kind.name, target.kind.name)
    if rule is None:
        raise AaiFault(6120, f"No EdgeRule found for passed nodeTypes: {vertex.kind.name}, {target.kind.name}.")
    outward = rule.source == vertex.kind.name
    return Edge(vertex if outward else target, target if outward else vertex, rule.label)


def _by_link(view: View, graph: Graph, link: str) -> Vertex:
    path = _ABOVE.sub("", link)
    address = parse(view, path)
    found = address.find(graph) if address.what == "vertex" else None
    if found is None:
        raise AaiFault(6129, f"Node of type {address.kind.name}. Could not find object at: /{path}")
    return found


def _by_keys(view: View, graph: Graph, told: dict[str, Any]) -> Vertex:
    """The vertex that `relationship-data` names; the keys of all its ancestors are wanted."""
    kind = view.types.get(str(told.get("related-to")))
    data = {each.get("relationship-key"): each.get("relationship-value") for each in told.get("relationship-data", [])}
    if kind is None:
        raise AaiFault(6120, f"{told.get('related-to')!r} is no type of node")
    found: Vertex | None = None
    for each in _line(view, kind, data):
        key = tuple(str(data.get(f"{each.name}.{name}", "")) for name in each.keys)
        found = graph.find(each, key, found)
        if found is None:
            raise AaiFault(6129, f"Node of type {each.name}. Could not find object with keys {key}")
    assert found is not None
    return found


def _line(view: View, kind: NodeType, data: dict[Any, Any]) -> list[NodeType]:
    """The types from the top to `kind`; of several parents the one whose keys are given."""
    line = [kind]
    while line[0].parents:
        parents = [view.types[name] for name in line[0].parents if name in view.types]
        given = [each for each in parents if f"{each.name}.{each.keys[0]}" in data]
        line.insert(0, (given or parents)[0])
    return line


def render(view: View, edge: Edge, seen_from: Vertex) -> dict[str, Any]:
    """One `relationship` as GET tells it to `seen_from`."""
    other = edge.target if edge.source is seen_from else edge.source
    told: dict[str, Any] = {
        "related-to": other.kind.name,
        "relationship-label": edge.label,
        "related-link": f"/aai/v{view.version}{other.uri}",
        "relationship-data": _data(other),
    }
    names = [name for name in other.kind.names if name in other.properties]
    if names:
        told["related-to-property"] = [
            {"property-key": f"{other.kind.name}.{name}", "property-value": str(other.properties[name])}
            for name in names
        ]
    return told


def _data(vertex: Vertex) -> list[dict[str, str]]:
    above = _data(vertex.parent) if vertex.parent else []
    pairs = zip(vertex.kind.keys, vertex.key, strict=True)
    return above + [
        {"relationship-key": f"{vertex.kind.name}.{name}", "relationship-value": value} for name, value in pairs
    ]
