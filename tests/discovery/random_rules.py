# SPDX-License-Identifier: Apache-2.0
"""Random rules made of small fragments, and subjects near what they ask for.

Everything is drawn from a `random.Random`, so hypothesis can shrink it and a
seeded search can run it by the hundred thousand.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any

from hpa_discovery.errors import HpaError
from hpa_discovery.language.budgets import DEFAULT
from hpa_discovery.language.expressions import parse
from hpa_discovery.language.pack import Pack
from hpa_discovery.language.rule import parse_rule

SOURCE = "openstack.flavor"
FEATURES = ("cpuPinning", "numa", "sriovNICNetwork")
TABLES: dict[str, Any] = {"devices": {"x": {"n": 1}, "xy": {"n": "2"}, "list": ["x", "5"]}}
PARAMS: dict[str, Any] = {"text": "x", "number": 2, "flag": True}

KEYS = ("a", "b", "o", "l", "p", "p:x", "p:xy", "q:1", "key", "value", "n")
TEXTS = ("x", "xy", "y", "", "5", " 7 ", "-1", "2.0", "x,5", "p:x", "true", "a b", "12x")
NUMBERS = (0, 1, 2, 5, -1, 2.0, 2.5, 1.0, 7)
HOLDERS = ("flavor", "flavor.extra_specs", "flavor.o", "context", "context.o")
TYPES = ("string", "string", "integer", "number", "boolean", "list", "object", "size")
PATTERNS = ("x.*", "x|xy", "[0-9]+", "(?i)X", "x(?P<n>.*)", ".*", "p:(?P<x>.)(?P<y>.)?", "")


def field(key: str) -> str:
    """A member's name as JMESPath writes it."""
    return key if key.isidentifier() else json.dumps(key)


def literal(rng: Random) -> str:
    """A literal of any kind, mostly text."""
    if rng.random() < 0.6:
        return f"'{rng.choice(TEXTS)}'"
    value = rng.choice([*NUMBERS, True, False, None, [], ["x"], {}, {"a": "x"}])
    return f"`{json.dumps(value)}`"


def member(rng: Random, names: list[str]) -> str:
    """A plain path: of the subject, the context, what is shared, or a name given before."""
    choice = rng.random()
    if choice < 0.2 and names:
        base = rng.choice(names)
        return base if rng.random() < 0.7 else f"{base}.{field(rng.choice(KEYS))}"
    if choice < 0.25:
        return rng.choice(["params.text", "params.number", "params.flag", "tables.devices", "params.none"])
    if choice < 0.35:
        return rng.choice(HOLDERS)
    return f"{rng.choice(HOLDERS)}.{field(rng.choice(KEYS))}"


def expression(rng: Random, names: list[str], depth: int = 3) -> str:
    """An expression that sees the source's root, context, tables, params and `names`."""
    if depth <= 0 or rng.random() < 0.25:
        return member(rng, names)
    make = rng.choice(_FORMS)
    return make(rng, lambda: expression(rng, names, depth - 1))


def _in_item(rng: Random) -> str:
    """An expression that sees an item."""
    return rng.choice(
        [
            "@",
            "key",
            "value",
            "a",
            "n",
            "key == 'x'",
            "value == 'x'",
            "@ == 'x'",
            "starts_with(key, 'x')",
            "match(key, 'x.*')",
            "match(@, 'x(?P<n>.*)').n",
            "to_int(@)",
            "to_int(value)",
            "length(@)",
            "key == $flavor.a",
            "$flavor.b",
            "contains(value, 'x')",
            "[0]",
            "!value",
            "@.value",
            "type(@)",
        ]
    )


def _operators(rng: Random, inner: Any) -> str:
    sign = rng.choice(["==", "==", "!=", "<", ">=", "||", "||", "&&", "|"])
    left, right = f"({inner()})", rng.choice([literal(rng), f"({inner()})"])
    return f"{right} {sign} {left}" if rng.random() < 0.15 and sign != "|" else f"{left} {sign} {right}"


def _simple_call(rng: Random, inner: Any) -> str:
    name = rng.choice(
        ["to_int", "to_int", "length", "to_string", "type", "keys", "values", "sort", "unique", "reverse", "trim",
         "lower", "not_null", "to_array", "to_number", "abs", "max", "sum", "count_cpus", "to_quantity", "floor",
         "avg", "merge"]
    )  # fmt: skip
    return f"{name}({inner()})"


def _pair_call(rng: Random, inner: Any) -> str:
    name = rng.choice(["starts_with", "contains", "not_null", "split", "join", "lookup", "entries", "merge", "divide"])
    if name == "join":
        return f"join(',', {inner()})"
    second = literal(rng) if rng.random() < 0.8 else inner()
    return f"{name}({inner()}, {second})"


def _objects(rng: Random, inner: Any) -> str:
    base = rng.choice([*HOLDERS, inner()])
    prefix = rng.choice(["", "", ", 'p:'", ", 'p'", ", ''", ", 'q:'"])
    call = f"entries({base}{prefix})" if rng.random() < 0.6 else f"lookup({base}, 'p:', {literal(rng)})"
    after = rng.choice(["", "[]", "[*].key", "[*].value", f"[?{_in_item(rng)}]", f"[?{_in_item(rng)}].value", "[0]"])
    return call + after


def _projections(rng: Random, inner: Any) -> str:
    base = f"({inner()})"
    step = rng.choice(["[*]", "[]", "[0]", "[-1]", "[1:]", "[::0]", "[::-1]", ".*", f"[?{_in_item(rng)}]"])
    after = rng.choice(["", "", ".a", ".[@]", " | [0]", ".value", " | length(@)", ".{x: a}", " | @", " | 'x'"])
    return f"{base}{step}{after}"


def _selects(rng: Random, inner: Any) -> str:
    return rng.choice(
        [
            f"[{inner()}, {inner()}]",
            f"[{inner()}, {inner()}][]",
            f"{{a: {inner()}, b: {inner()}}}",
            f"({inner()}).[a, b]",
            f"({inner()}).{{a: 'x'}}",
            f"({inner()}) | ['x']",
            f"({inner()}).{field(rng.choice(KEYS))}",
            f"!({inner()})",
        ]
    )


def _mapped(rng: Random, inner: Any) -> str:
    call = rng.choice(["map(&{body}, {base})", "sort_by({base}, &{body})", "max_by({base}, &{body})"])
    return call.format(body=_in_item(rng), base=inner())


def _whole(rng: Random, inner: Any) -> str:
    return rng.choice(["@", "@.flavor.a", "*.a", "keys(@)", "values(@)[*].b", "@ | flavor.b", "[@.context.o][]"])


_FORMS = (
    _operators, _operators, _simple_call, _simple_call, _pair_call, _objects, _objects, _projections, _selects,
    _mapped, _whole, lambda rng, inner: literal(rng), lambda rng, inner: f"match({inner()}, '{rng.choice(PATTERNS)}')",
)  # fmt: skip


def _sound(rng: Random, names: list[str], depth: int) -> str:
    """An expression that the language accepts."""
    for _ in range(20):
        text = expression(rng, names, depth)
        try:
            parse(text, DEFAULT)
        except HpaError:
            continue
        return text
    return "flavor.a"


def let(rng: Random, names: list[str]) -> dict[str, Any]:
    """A let; its type is right more often than not for the plainest expressions."""
    kind = rng.choice(TYPES)
    value: dict[str, Any] = {"path": _sound(rng, names, rng.choice([0, 0, 1, 2, 3])), "type": kind}
    if kind == "integer" and rng.random() < 0.6:
        value["path"] = f"to_int({member(rng, names)})"
    if kind == "boolean" and rng.random() < 0.6:
        value["path"] = f"{member(rng, names)} == '{rng.choice(TEXTS)}'"
    if kind == "list" and rng.random() < 0.5:
        value["path"] = _sound(rng, names, 0) if rng.random() < 0.3 else _objects(rng, lambda: member(rng, names))
    if kind in ("integer", "number", "list") and rng.random() < 0.4:
        value[rng.choice(["minimum", "maximum"])] = rng.choice([0, 1, 2, 5])
    if kind in ("string", "list") and rng.random() < 0.3:
        value["pattern"] = rng.choice(PATTERNS)
    if kind in ("string", "integer", "list") and rng.random() < 0.3:
        value["enum"] = rng.sample([*TEXTS, *NUMBERS], 3)
    if rng.random() < 0.15:
        value["default"] = {"string": "x", "integer": 2, "number": 2.5, "boolean": True, "list": ["x"]}.get(
            kind, {"value": "1", "unit": "MB"}
        )
    if rng.random() < 0.05:
        value["sensitive"] = True
    return value


def leaf(rng: Random, names: list[str]) -> dict[str, Any]:
    """A condition leaf over a let or item."""
    word = rng.choice(["present", "equals", "in", "lt", "le", "gt", "ge", "matches", "startsWith", "contains"])
    operands: dict[str, Any] = {
        "present": rng.random() < 0.8,
        "in": rng.sample(TEXTS, 2),
        "matches": rng.choice(PATTERNS),
        "startsWith": rng.choice(TEXTS),
    }
    default = rng.choice(NUMBERS) if word in ("lt", "le", "gt", "ge") else rng.choice([*TEXTS, *NUMBERS, True, False])
    return {"var": rng.choice(names), word: operands.get(word, default)}


def condition(rng: Random, names: list[str], depth: int = 2) -> dict[str, Any]:
    """A `when`."""
    kind = rng.choice(["leaf", "leaf", "all", "any", "not"]) if depth else "leaf"
    if kind == "leaf":
        return leaf(rng, names)
    if kind == "not":
        return {"not": condition(rng, names, depth - 1)}
    return {kind: [condition(rng, names, depth - 1) for _ in range(rng.choice([1, 2, 2]))]}


def template(rng: Random, names: list[str]) -> str:
    """A template that writes little."""
    known = [*names, "flavor.a", "flavor.extra_specs.a", "params.text"]
    return rng.choice(["v1", f"{{{{ {rng.choice(known)} }}}}", f"k-{{{{ {rng.choice(known)} }}}}"])


def attribute(rng: Random, names: list[str]) -> dict[str, Any]:
    """An attribute entry."""
    entry: dict[str, Any] = {"key": rng.choice(["k", "k", template(rng, names)])}
    entry |= {"from": rng.choice(names)} if names and rng.random() < 0.7 else {"value": template(rng, names)}
    if rng.random() < 0.15:
        entry["unit"] = rng.choice(["MB", template(rng, names)])
    if rng.random() < 0.5:
        entry["optional"] = True
    return entry


def rule(rng: Random, number: int) -> dict[str, Any]:
    """The plain value of a rule file."""
    names: list[str] = []
    spec: dict[str, Any] = {"source": SOURCE}
    if rng.random() < 0.25:
        path = rng.choice(
            [_sound(rng, [], 2), "split(flavor.a, ',')", "entries(flavor.extra_specs, 'p:')", "range(`2`)"]
        )
        spec["each"] = {"as": "item", "in": path, "max": rng.choice([1, 2, 8])}
        names.append("item")
    spec["let"] = {}
    for name in ("one", "two", "three")[: rng.choice([1, 1, 2, 3])]:
        spec["let"][name] = let(rng, names)
        names.append(name)
    if rng.random() < 0.85:
        spec["when"] = condition(rng, names)
    if rng.random() < 0.2:
        spec["require"] = [
            {**leaf(rng, names), "code": "case.code", "level": rng.choice(["error", "warning", "info"]),
             "message": template(rng, names)}
        ]  # fmt: skip
    entries = [attribute(rng, names) for _ in range(rng.choice([1, 1, 2]))]
    if rng.random() < 0.15:
        group = {"each": {"as": "part", "in": _sound(rng, names, 1), "max": 4}}
        entries.append({**group, "attributes": [attribute(rng, [*names, "part"])]})
    spec["emit"] = {
        "feature": rng.choice(FEATURES),
        "version": "v1",
        "architecture": rng.choice(["generic", "{{ params.text }}"]),
        "attributes": entries,
    }
    if "each" in spec or rng.random() < 0.3:
        spec["emit"]["discriminator"] = template(rng, names)
    return {"metadata": {"id": f"acme.test/r{number}", "title": "t", "maturity": "stable"}, "spec": spec}


def pack(rng: Random, count: int) -> Pack:
    """A pack of `count` random rules."""
    rules = tuple(parse_rule(rule(rng, number)) for number in range(count))
    return Pack("acme.test", "1.0.0", "vendor", "default", FEATURES, PARAMS, TABLES, rules)


def value(rng: Random, depth: int = 2) -> Any:
    """A member's value, of any JSON type, near what rules look for."""
    choice = rng.random()
    if choice < 0.5 or not depth:
        return rng.choice(TEXTS)
    if choice < 0.7:
        return rng.choice([*NUMBERS, True, False, None, 10**400 >> 400])
    if choice < 0.85:
        return {key: value(rng, depth - 1) for key in rng.sample(KEYS, rng.choice([0, 1, 2, 3]))}
    return [value(rng, depth - 1) for _ in range(rng.choice([0, 1, 2, 3]))]


def members(rng: Random, depth: int = 2) -> dict[str, Any]:
    """An object with some of the members that rules look for."""
    return {key: value(rng, depth) for key in rng.sample(KEYS, rng.choice([0, 1, 2, 4, 7]))}


def subject(rng: Random) -> dict[str, Any]:
    """A flavor that rules have something to say about."""
    flavor = members(rng)
    if rng.random() < 0.92:
        flavor["extra_specs"] = members(rng, 0) if rng.random() < 0.7 else members(rng)
    return flavor


def neighbour(rng: Random, flavor: dict[str, Any]) -> dict[str, Any]:
    """The flavor with one member changed, as another flavor of the same cloud would be."""
    changed: dict[str, Any] = json.loads(json.dumps(flavor))
    holders = [changed, *(item for item in changed.values() if isinstance(item, dict))]
    holder = rng.choice(holders)
    key = rng.choice([*holder, *KEYS])
    if rng.random() < 0.25:
        holder.pop(key, None)
    else:
        holder[key] = value(rng)
    return changed


def context(rng: Random) -> dict[str, Any] | None:
    """A context, with JSON in text now and then."""
    if rng.random() < 0.3:
        return None
    known = members(rng)
    if rng.random() < 0.2:
        known["vim"] = {"cloud_extra_info": rng.choice(['{"a": "x"}', "", "junk", "[1]", "NaN", "{}"])}
    return known
