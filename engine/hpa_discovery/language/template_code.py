# SPDX-License-Identifier: Apache-2.0
"""From a checked template tree to Python closures.

The allowed language is small enough that all of it becomes direct code; Jinja's
sandbox is the oracle in the tests, not a second engine at run time. A closure
that reads answers a JSON value, None when it is absent; one that writes answers
text, None when something absent was to be written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from jinja2 import nodes

from hpa_discovery.language.budgets import CHARACTERS_PER_STEP, Meter
from hpa_discovery.language.template_tree import MAX_INTEGER, literal_value, path_of
from hpa_discovery.language.template_values import COMPARE, FILTER, contains, write

Names = Mapping[str, Any]
Read = Callable[[Names, Meter], Any]
Write = Callable[[Names, Meter], str | None]


def code(tree: nodes.Template, size: int) -> Write:
    """The closure of a whole template; each run is charged `size` steps and its text."""
    parts = _flat(tree.body)
    outputs = [part for part in parts if not isinstance(part, nodes.TemplateData)]
    at = parts.index(outputs[0]) if len(outputs) == 1 else 0
    if len(outputs) == 1 and isinstance(outputs[0], nodes.Expr):
        path = path_of(outputs[0])
        prefix, suffix = _data(parts[:at]), _data(parts[at + 1 :])
        if path is not None and len(path) == 1:
            return _around_name(prefix, path[0], suffix, size)
        return _around(prefix, _read(outputs[0]), suffix, size)
    return _charged(_sequence(parts), size)


def literal(tree: nodes.Template) -> str | None:
    """The text of a template that is only text and comments."""
    parts = _flat(tree.body)
    return _data(parts) if all(isinstance(part, nodes.TemplateData) for part in parts) else None


def _flat(body: Sequence[nodes.Node]) -> list[nodes.Node]:
    """The body with the parts of its outputs side by side."""
    parts: list[nodes.Node] = []
    for node in body:
        parts.extend(node.nodes if isinstance(node, nodes.Output) else [node])
    return parts


def _data(parts: Sequence[nodes.Node]) -> str:
    return "".join(cast(nodes.TemplateData, part).data for part in parts)


def _charged(run: Write, size: int) -> Write:
    def charged(names: Names, meter: Meter) -> str | None:
        meter.spend(size)
        return run(names, meter)

    return charged


def _around_name(prefix: str, name: str, suffix: str, size: int) -> Write:
    """`_around` of a lone name, by far the most frequent template, without a call for the name."""
    fixed = len(prefix) + len(suffix)

    def run(names: Names, meter: Meter) -> str | None:
        value = names.get(name)
        if type(value) is str:
            meter.left -= size + (fixed + len(value)) // CHARACTERS_PER_STEP
            if meter.left < 0:
                meter.spend(0)
            return f"{prefix}{value}{suffix}" if fixed else value
        return _write_around(prefix, value, suffix, size, meter)

    return run


def _around(prefix: str, read: Read, suffix: str, size: int) -> Write:
    def run(names: Names, meter: Meter) -> str | None:
        return _write_around(prefix, read(names, meter), suffix, size, meter)

    return run


def _write_around(prefix: str, value: Any, suffix: str, size: int, meter: Meter) -> str | None:
    if type(value) is not int or not -MAX_INTEGER < value < MAX_INTEGER:
        value = write(value)
        if value is None:
            meter.spend(size)
            return None
        meter.spend_text(len(value))
    meter.left -= size + (len(prefix) + len(suffix)) // CHARACTERS_PER_STEP
    if meter.left < 0:
        meter.spend(0)
    return f"{prefix}{value}{suffix}"


def _sequence(parts: Sequence[nodes.Node]) -> Write:
    """The parts one after the other; absent as soon as one of them is."""
    writes = [_write(part) for part in parts]

    def run(names: Names, meter: Meter) -> str | None:
        pieces: list[str] = []
        for part in writes:
            piece = part(names, meter)
            if piece is None:
                return None
            pieces.append(piece)
        meter.spend_text(sum(map(len, pieces)))
        return "".join(pieces)

    return run


def _write(node: nodes.Node) -> Write:
    if isinstance(node, nodes.TemplateData):
        data = node.data
        return lambda names, meter: data
    if isinstance(node, nodes.If):
        return _if(node)
    read = _read(node)
    return lambda names, meter: write(read(names, meter))


def _if(node: nodes.If) -> Write:
    branches = [(_read(branch.test), _sequence(_flat(branch.body))) for branch in (node, *node.elif_)]
    otherwise = _sequence(_flat(node.else_))

    def run(names: Names, meter: Meter) -> str | None:
        for test, body in branches:
            if test(names, meter):
                return body(names, meter)
        return otherwise(names, meter)

    return run


def _read(node: nodes.Node) -> Read:
    return _READS[type(node)](node)


def _path(node: nodes.Expr) -> Read:
    root, *members = path_of(node) or ("",)
    if not members:
        return lambda names, meter: names.get(root)

    def run(names: Names, meter: Meter) -> Any:
        value = names.get(root)
        for member in members:
            if not isinstance(value, dict):
                return None
            value = value.get(member)
        return value

    return run


def _literal(node: nodes.Node) -> Read:
    value = literal_value(node)
    return lambda names, meter: value


def _list(node: nodes.List) -> Read:
    items = [literal_value(item) for item in node.items]
    return lambda names, meter: items


def _cond_expr(node: nodes.CondExpr) -> Read:
    test, then, otherwise = _read(node.test), _read(node.expr1), _read(cast(nodes.Node, node.expr2))
    return lambda names, meter: then(names, meter) if test(names, meter) else otherwise(names, meter)


def _filter(node: nodes.Filter) -> Read:
    read = _read(cast(nodes.Node, node.node))
    arguments = [_read(argument) for argument in node.args]
    if node.name == "default":
        return _default(read, *arguments)
    run = FILTER[node.name]

    def filtered(names: Names, meter: Meter) -> Any:
        value = read(names, meter)
        return None if value is None else run(meter, value, *(argument(names, meter) for argument in arguments))

    return filtered


def _default(read: Read, otherwise: Read) -> Read:
    def run(names: Names, meter: Meter) -> Any:
        value = read(names, meter)
        return otherwise(names, meter) if value is None else value

    return run


def _defined(node: nodes.Test) -> Read:
    read = _read(node.node)
    return lambda names, meter: read(names, meter) is not None


def _compare(node: nodes.Compare) -> Read:
    (operand,) = node.ops
    left, right = _read(node.expr), _read(operand.expr)
    if operand.op == "in":
        return lambda names, meter: contains(meter, left(names, meter), right(names, meter))
    if operand.op == "notin":
        return lambda names, meter: not contains(meter, left(names, meter), right(names, meter))
    compare = COMPARE[operand.op]
    return lambda names, meter: compare(meter, left(names, meter), right(names, meter))


def _and(node: nodes.And) -> Read:
    left, right = _read(node.left), _read(node.right)
    return lambda names, meter: left(names, meter) and right(names, meter)


def _or(node: nodes.Or) -> Read:
    left, right = _read(node.left), _read(node.right)
    return lambda names, meter: left(names, meter) or right(names, meter)


def _not(node: nodes.Not) -> Read:
    read = _read(node.node)
    return lambda names, meter: not read(names, meter)


_READS: Mapping[type[nodes.Node], Callable[[Any], Read]] = {
    nodes.Name: _path,
    nodes.Getattr: _path,
    nodes.Getitem: _path,
    nodes.Const: _literal,
    nodes.Neg: _literal,
    nodes.List: _list,
    nodes.CondExpr: _cond_expr,
    nodes.Filter: _filter,
    nodes.Test: _defined,
    nodes.Compare: _compare,
    nodes.And: _and,
    nodes.Or: _or,
    nodes.Not: _not,
}
