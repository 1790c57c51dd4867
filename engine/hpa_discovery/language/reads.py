# SPDX-License-Identifier: Apache-2.0
"""What can be said of an expression without running it, for lint and for the rule index.

Which names and members it reads, which functions it calls, which types it may
answer. "In brackets" is whatever is evaluated against an item or a part instead
of the names: filter conditions, bodies of `&`, arguments of a call and members
of a multi-select behind a dot, a pipe or a projection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from hpa_discovery.language.costs import Node
from hpa_discovery.language.functions import FUNCTIONS
from hpa_discovery.language.signatures import ALL_TYPES, type_word

Path = tuple[str, ...]


class Name(NamedTuple):
    """A name that is read. `outer` is `$name`; `in_brackets` says where it stands."""

    name: str
    outer: bool
    in_brackets: bool


def names(tree: Node) -> frozenset[Name]:
    """Every name read at root level, every plain name in brackets, every `$name`.

    A member behind a dot (`b` of `a.b` and of `a[].b`) is no name: nobody can
    have meant `$b` there.
    """
    return frozenset(_names(tree, "root"))


def functions(tree: Node) -> list[tuple[str, int]]:
    """(name, number of arguments) of every call, as they are written, outer calls first."""
    own = [(tree["value"], len(tree["children"]))] if tree["type"] == "function_expression" else []
    return own + [found for child in _children(tree) for found in functions(child)]


def paths(tree: Node) -> frozenset[Path]:
    """The member paths, from the names down, whose values the expression depends on, as far as they are static.

    `flavor.extra_specs."hw:cpu_policy"` gives itself; `entries(flavor.extra_specs)`
    gives ('flavor', 'extra_specs'). A path ends at the first list that is
    projected, filtered or indexed.
    """
    return frozenset(path for path in _read(tree) if path)


def reads_all(tree: Node) -> bool:
    """Whether the expression looks at the names as one object, as `@` and `*` do at its start."""
    return () in _read(tree)


def _read(tree: Node) -> set[Path]:
    read: set[Path] = set()
    read |= _origins(tree, _NAMES, read)
    return read


def static_type(tree: Node) -> frozenset[str]:
    """The type words the expression's value may have; all of them where nothing is known."""
    rule = _TYPES.get(tree["type"])
    return rule(tree) if rule else ALL_TYPES


def _children(node: Node) -> list[Node]:
    return [child for child in node["children"] if isinstance(child, dict)]


_Place = Literal["root", "brackets", "member"]

# Nodes whose first child sees what the node sees, and whose others stand behind a dot.
_LEADING = frozenset({"subexpression", "index_expression", "projection", "value_projection", "flatten"})


def _names(node: Node, place: _Place) -> Iterator[Name]:
    kind, children = node["type"], _children(node)
    if kind == "outer":
        yield Name(node["value"], True, place != "root")
    elif kind == "field" and place != "member":
        yield Name(node["value"], False, place == "brackets")
    for child, child_place in zip(children, _places(kind, place, len(children)), strict=True):
        yield from _names(child, child_place)


def _places(kind: str, place: _Place, count: int) -> list[_Place]:
    """Where each of the `count` children of a node of `kind` stands."""
    if kind in _LEADING:
        behind: list[_Place] = ["member"] * (count - 1)
        return [place, *behind]
    if kind == "filter_projection":
        return [place, "member", "brackets"]
    if kind == "pipe":
        return [place, "brackets"]
    if kind == "expref" or place == "member":
        return ["brackets"] * count
    return [place] * count


Origins = frozenset[Path]
_NOWHERE: Origins = frozenset()
_NAMES: Origins = frozenset({()})


def _origins(node: Node, here: Origins, read: set[Path]) -> Origins:
    """The paths that `node`'s value may be, and into `read` those it depends on besides.

    `here` is what the value it is evaluated against may be.
    """
    rule = _ORIGINS.get(node["type"])
    if rule:
        return rule(node, here, read)
    for child in _children(node):
        read |= _origins(child, here, read)
    return _NOWHERE


def _field_origins(node: Node, here: Origins, _: set[Path]) -> Origins:
    return frozenset((*path, node["value"]) for path in here)


def _outer_origins(node: Node, _: Origins, __: set[Path]) -> Origins:
    return frozenset({(node["value"],)})


def _here_origins(_: Node, here: Origins, __: set[Path]) -> Origins:
    return here


def _index_origins(_: Node, here: Origins, read: set[Path]) -> Origins:
    read |= here
    return _NOWHERE


def _threaded_origins(node: Node, here: Origins, read: set[Path]) -> Origins:
    for child in node["children"]:
        here = _origins(child, here, read)
    return here


def _either_origins(node: Node, here: Origins, read: set[Path]) -> Origins:
    left, right = (_origins(child, here, read) for child in node["children"])
    read |= left  # whichever side is taken, the left one decides
    return left | right


def _select_origins(node: Node, here: Origins, read: set[Path]) -> Origins:
    if here != _NAMES:
        read |= here  # `a.['text']` is null where `a` is, whatever it selects
    for child in _children(node):
        read |= _origins(child, here, read)
    return _NOWHERE


def _item_origins(node: Node, here: Origins, read: set[Path]) -> Origins:
    base, *bodies = node["children"]
    read |= _origins(base, here, read)
    for body in bodies:
        read |= _origins(body, _NOWHERE, read)
    return _NOWHERE


def _expref_origins(node: Node, _: Origins, read: set[Path]) -> Origins:
    read |= _origins(node["children"][0], _NOWHERE, read)
    return _NOWHERE


_ORIGINS: dict[str, Callable[[Node, Origins, set[Path]], Origins]] = {
    "field": _field_origins,
    "outer": _outer_origins,
    "current": _here_origins,
    "identity": _here_origins,
    "index": _index_origins,
    "slice": _index_origins,
    "subexpression": _threaded_origins,
    "index_expression": _threaded_origins,
    "pipe": _threaded_origins,
    "or_expression": _either_origins,
    "and_expression": _either_origins,
    "multi_select_list": _select_origins,
    "multi_select_dict": _select_origins,
    "projection": _item_origins,
    "value_projection": _item_origins,
    "filter_projection": _item_origins,
    "expref": _expref_origins,
}


def _types(*words: str) -> Callable[[Node], frozenset[str]]:
    known = frozenset(words)
    return lambda node: known


def _comparator_type(node: Node) -> frozenset[str]:
    return frozenset({"boolean"} if node["value"] in ("eq", "ne") else {"boolean", "null"})


def _literal_type(node: Node) -> frozenset[str]:
    return frozenset({type_word(node["value"])})


def _or_type(node: Node) -> frozenset[str]:
    left, right = node["children"]
    return (static_type(left) - {"null"}) | static_type(right)


def _and_type(node: Node) -> frozenset[str]:
    left, right = node["children"]
    # Only a falsy left side is answered, and no number is falsy.
    return (static_type(left) - {"number"}) | static_type(right)


def _last_type(node: Node) -> frozenset[str]:
    return static_type(node["children"][-1])


def _call_type(node: Node) -> frozenset[str]:
    function = FUNCTIONS.get(node["value"])
    if function is None:
        return ALL_TYPES
    kinds = function.kinds(len(node["children"]))
    refuses_null = any(kind.types is not None for kind in kinds)
    return function.result | {"null"} if refuses_null else function.result


_TYPES: dict[str, Callable[[Node], frozenset[str]]] = {
    "comparator": _comparator_type,
    "literal": _literal_type,
    "not_expression": _types("boolean"),
    "or_expression": _or_type,
    "and_expression": _and_type,
    "pipe": _last_type,
    "subexpression": _last_type,
    "index_expression": _last_type,
    "multi_select_list": _types("array", "null"),
    "multi_select_dict": _types("object", "null"),
    "projection": _types("array", "null"),
    "value_projection": _types("array", "null"),
    "filter_projection": _types("array", "null"),
    "flatten": _types("array", "null"),
    "slice": _types("array", "null"),
    "expref": _types("expref"),
    "function_expression": _call_type,
}
