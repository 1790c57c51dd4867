# SPDX-License-Identifier: Apache-2.0
"""What an expression's value depends on: a walk over JMESPath's syntax tree.

The question is always "which facts about the subject must hold for this value
to be there": to be not null (`present`), to be neither null nor an empty list
(`filled`), to be true (`truth`), or for the evaluation to fail (`errors`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from hpa_discovery.discovery.contract import Path
from hpa_discovery.discovery.facts import ALWAYS, NEVER, Fact, Needs, both, either
from hpa_discovery.language.budgets import DEFAULT
from hpa_discovery.language.costs import Node
from hpa_discovery.language.functions import FUNCTIONS
from hpa_discovery.language.patterns import compile_pattern


@dataclass(frozen=True, slots=True)
class Shape:
    """What one value depends on.

    `path` is set when the value is just the subject's member there, `entries_of`
    when it is that object's entries whose key starts with `prefix`, `number_of`
    when it is to_int of that member.
    """

    present: Needs = ALWAYS
    filled: Needs = ALWAYS
    truth: Needs = ALWAYS
    errors: Needs = NEVER
    path: Path | None = None
    entries_of: Path | None = None
    prefix: str = ""
    number_of: Path | None = None


def at(path: Path) -> Shape:
    """The shape of the subject's member at `path`."""
    needs: Needs = frozenset({Fact(path)})
    return Shape(needs, needs, needs, NEVER, path)


def needing(needs: Needs, errors: Needs = NEVER) -> Shape:
    """A value that is there only when `needs` hold."""
    return Shape(needs, needs, needs, errors)


class Shaper:
    """Shapes of expressions over `names`: what is known of the names they may read."""

    def __init__(self, names: Mapping[str, Shape]) -> None:
        self._names = names
        self._visits: dict[str, Callable[[Node, Shape | None], Shape]] = {
            "field": self._field,
            "outer": self._outer,
            "subexpression": self._chain,
            "index_expression": self._chain,
            "pipe": self._chain,
            "index": self._index,
            "slice": self._slice,
            "current": self._current,
            "identity": self._current,
            "literal": self._literal,
            "function_expression": self._function,
            "projection": self._projection,
            "value_projection": self._projection,
            "filter_projection": self._filter,
            "flatten": self._flatten,
            "or_expression": self._or,
            "and_expression": self._and,
            "comparator": self._comparator,
        }

    def shape(self, node: Node, current: Shape | None = None) -> Shape:
        """The shape of `node` applied to `current`; None is the top, where names are names."""
        visit = self._visits.get(node["type"])
        if visit is not None:
            return visit(node, current)
        # multi-selects, not, expref: nothing is known but what may fail inside
        below = [self.shape(child, current) for child in node["children"]]
        errors = either(*(child.errors for child in below))
        if node["type"].startswith("multi_select") and current is not None:
            return needing(current.present, errors)
        return Shape(errors=errors)

    def _field(self, node: Node, current: Shape | None) -> Shape:
        name = node["value"]
        if current is None:
            return self._names.get(name, Shape())
        if current.path is not None:
            return at((*current.path, name))
        return needing(current.present)

    def _outer(self, node: Node, current: Shape | None) -> Shape:
        return self._names.get(node["value"], Shape())

    def _chain(self, node: Node, current: Shape | None) -> Shape:
        errors: list[Needs] = []
        for child in node["children"]:
            current = self.shape(child, current)
            errors.append(current.errors)
        assert current is not None
        return replace(current, errors=either(*errors))

    def _index(self, node: Node, current: Shape | None) -> Shape:
        return Shape() if current is None else needing(current.filled)

    def _slice(self, node: Node, current: Shape | None) -> Shape:
        if current is None:
            return Shape()
        errors = current.present if node["children"][2] == 0 else NEVER
        return Shape(current.present, current.filled, current.filled, errors)

    def _current(self, node: Node, current: Shape | None) -> Shape:
        return Shape() if current is None else replace(current, errors=NEVER)

    def _literal(self, node: Node, current: Shape | None) -> Shape:
        return needing(NEVER) if node["value"] is None else Shape()

    def _projection(self, node: Node, current: Shape | None) -> Shape:
        left, right = node["children"]
        base = self.shape(left, current)
        return self._per_item(base, right, self._items(left, base, current))

    def _per_item(self, base: Shape, right: Node, items: Needs) -> Shape:
        item = self.shape(right, needing(items))
        filled = both(items, item.present)
        errors = either(base.errors, both(base.filled, item.errors))  # without items nothing is looked at
        return Shape(base.present, filled, filled, errors)

    def _items(self, left: Node, base: Shape, current: Shape | None) -> Needs:
        """What must hold for the list to have an item that is not null."""
        if left["type"] == "flatten" and left["children"][0]["type"] == "multi_select_list":
            parts = left["children"][0]["children"]
            return either(*(self.shape(part, current).filled for part in parts))
        return base.filled

    def _filter(self, node: Node, current: Shape | None) -> Shape:
        left, right, condition = node["children"]
        base = self.shape(left, current)
        items = base.filled
        if base.entries_of is not None:
            items = both(*_key_facts(condition, base.entries_of, base.prefix), items)
        judged = self.shape(condition, needing(base.filled))
        result = self._per_item(base, right, items)
        return replace(result, errors=either(result.errors, both(base.filled, judged.errors)))

    def _flatten(self, node: Node, current: Shape | None) -> Shape:
        base = self.shape(node["children"][0], current)
        return Shape(base.present, base.filled, base.filled, base.errors)

    def _or(self, node: Node, current: Shape | None) -> Shape:
        left, right = (self.shape(child, current) for child in node["children"])
        return Shape(  # the left side is the value only where it is true
            either(left.truth, right.present),
            either(left.truth, right.filled),
            either(left.truth, right.truth),
            either(left.errors, right.errors),
        )

    def _and(self, node: Node, current: Shape | None) -> Shape:
        left, right = (self.shape(child, current) for child in node["children"])
        errors = either(left.errors, both(left.truth, right.errors))
        return Shape(left.present, left.filled, both(left.truth, right.truth), errors)

    def _comparator(self, node: Node, current: Shape | None) -> Shape:
        left, right = (self.shape(child, current) for child in node["children"])
        errors = either(left.errors, right.errors)
        if node["value"] in ("eq", "ne"):
            truth = _equality(node, left, right) if node["value"] == "eq" else ALWAYS
            return Shape(truth=truth, errors=errors)
        needs = both(left.present, right.present)
        return needing(needs, either(errors, needs))

    def _function(self, node: Node, current: Shape | None) -> Shape:
        name = node["value"]
        arguments = [self.shape(child, current) for child in node["children"] if child["type"] != "expref"]
        inner = either(*(argument.errors for argument in arguments), *self._exprefs(node, arguments))
        function = FUNCTIONS.get(name)
        if function is None or not function.accepts(len(node["children"])):
            return Shape(errors=ALWAYS)  # lint refuses it; asked, it fails
        special = _SPECIAL.get(name)
        if special is not None:
            return special(node, arguments, inner)
        return _plain(name, arguments, inner)

    def _exprefs(self, node: Node, arguments: list[Shape]) -> list[Needs]:
        bodies = [child["children"][0] for child in node["children"] if child["type"] == "expref"]
        items = both(*(argument.filled for argument in arguments)) if arguments else ALWAYS
        return [self.shape(body, needing(items)).errors for body in bodies]


_LIST_TO_LIST = frozenset({"sort", "unique", "reverse", "sort_by", "map"})
# Null for a list without items.
_OF_ITEMS = frozenset({"max", "min", "avg", "max_by", "min_by"})


def _plain(name: str, arguments: list[Shape], errors: Needs) -> Shape:
    """A function that is null where an argument is, and refuses arguments that are there: items, where it reads a list.

    An empty list has no item to refuse.
    """
    present = both(*(argument.present for argument in arguments))
    filled = both(*(argument.filled for argument in arguments))
    if name in _LIST_TO_LIST:
        return Shape(present, filled, ALWAYS, either(errors, filled))
    if name in _OF_ITEMS:
        return needing(filled, either(errors, filled))
    return needing(present, either(errors, filled if name == "sum" else present))


def _equality(node: Node, left: Shape, right: Shape) -> Needs:
    """`path == literal` needs that very value; `x == literal` needs x."""
    first, second = node["children"]
    for shape, other in ((left, second), (right, first)):
        if other["type"] == "literal" and other["value"] is not None:
            if shape.path is not None and isinstance(other["value"], str):
                return frozenset({Fact(shape.path, "equals", other["value"])})
            return shape.present
    return ALWAYS


def _key_facts(condition: Node, path: Path, prefix: str) -> list[Needs]:
    """What a filter over an object's entries says of their keys."""
    if condition["type"] == "and_expression":
        return [needs for child in condition["children"] for needs in _key_facts(child, path, prefix)]
    if condition["type"] == "comparator" and condition["value"] == "eq" and _is_key(condition["children"][0]):
        other = condition["children"][1]
        if other["type"] == "literal" and isinstance(other["value"], str):
            return [frozenset({Fact(path, "key", prefix + other["value"])})]  # whose value may be null
    if condition["type"] == "function_expression" and condition["children"] and _is_key(condition["children"][0]):
        start = _literal_start(condition)
        return [frozenset({Fact(path, "key", prefix + start)})] if start else []
    return []


def _literal_start(call: Node) -> str:
    arguments = call["children"]
    if len(arguments) != 2 or arguments[1]["type"] != "literal" or not isinstance(arguments[1]["value"], str):
        return ""
    text = arguments[1]["value"]
    if call["value"] == "starts_with":
        return text
    return compile_pattern(text, DEFAULT.pattern_chars).literal_prefix if call["value"] == "match" else ""


def _is_key(node: Node) -> bool:
    return bool(node["type"] == "field" and node["value"] == "key")


def _not_null(node: Node, arguments: list[Shape], errors: Needs) -> Shape:
    return Shape(
        either(*(argument.present for argument in arguments)),
        either(*(argument.filled for argument in arguments)),
        ALWAYS,
        errors,
    )


def _never_null(node: Node, arguments: list[Shape], errors: Needs) -> Shape:
    return Shape(errors=errors)


def _contains(node: Node, arguments: list[Shape], errors: Needs) -> Shape:
    needs = arguments[0].present
    return needing(needs, either(errors, needs))


def _to_int(node: Node, arguments: list[Shape], errors: Needs) -> Shape:
    argument = arguments[0]
    if argument.path is None:
        return needing(argument.present, either(errors, argument.present))
    failing: Needs = frozenset({Fact(argument.path, "nonint")})
    return replace(needing(argument.present, either(errors, failing)), number_of=argument.path)


def _entries(node: Node, arguments: list[Shape], errors: Needs) -> Shape:
    base = arguments[0]
    prefix = _key_text(node["children"][1]) if len(node["children"]) == 2 else ""
    if base.path is None or prefix is None:
        return needing(base.present, either(errors, base.present))
    filled: Needs = frozenset({Fact(base.path, "key", prefix)})
    errors = either(errors, _no_object(base.path))
    return Shape(base.present, filled, filled, errors, entries_of=base.path, prefix=prefix)


def _lookup(node: Node, arguments: list[Shape], errors: Needs) -> Shape:
    base, parts = arguments[0], [_key_text(part) for part in node["children"][1:]]
    texts = [part for part in parts if part is not None]
    if base.path is not None and len(texts) == len(parts):
        return replace(at((*base.path, "".join(texts))), errors=either(errors, _no_object(base.path)))
    needs = both(*(argument.present for argument in arguments))
    return needing(needs, either(errors, needs))


def _no_object(path: Path) -> Needs:
    return frozenset({Fact(path, "nonobject")})


def _key_text(node: Node) -> str | None:
    """The text of a literal that is one; None for everything else."""
    value = node.get("value") if node["type"] == "literal" else None
    return value if isinstance(value, str) else None


_SPECIAL: Mapping[str, Callable[[Node, list[Shape], Needs], Shape]] = {
    "not_null": _not_null,
    "to_string": _never_null,
    "to_array": _never_null,
    "type": _never_null,
    "contains": _contains,
    "to_int": _to_int,
    "entries": _entries,
    "lookup": _lookup,
}
