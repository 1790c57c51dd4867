# SPDX-License-Identifier: Apache-2.0
"""An explanation as lines of text: a tree that reads from the verdict down to the members of the subject."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hpa_discovery.language.rule import OPERATORS
from hpa_discovery.language.values import show

Part = Mapping[str, Any]
_INDENT = "  "


def lines(explanation: Part) -> list[str]:
    """The lines of what explain.py gives, without line ends."""
    subject = explanation["subject"]
    told = [f"{explanation['source']} {subject['name'] or subject['id'] or '(no name)'}"]
    for rule in explanation["rules"]:
        told += ["", *_rule(rule)]
    for driver in explanation["drivers"]:
        told += ["", *_driver(driver)]
    told += _section("unknown", (f"{i['feature']} {i['discriminator']}: {i['reason']}" for i in explanation["unknown"]))
    told += _section("diagnostics", (_diagnostic(item) for item in explanation["diagnostics"]))
    return told


def _rule(rule: Part) -> Iterator[str]:
    yield f"{rule['rule']} ({rule['pack']} {rule['version']}, {rule['feature']}): {rule['verdict']}, {rule['why']}"
    for item in rule["items"]:
        indent = _INDENT
        if "item" in item:
            shown = _value(item["item"]["value"])
            yield f"{indent}{item['item']['name']} = {shown}: {item['verdict']}, {item['why']}"
            indent += _INDENT
        yield from (indent + line for line in _item(item))
    yield from (_INDENT + line for line in _changes(rule.get("change", ())))


def _driver(driver: Part) -> Iterator[str]:
    yield f"driver {driver['driver']} ({', '.join(driver['features'])}): {driver['verdict']}, {driver['why']}"
    for capability in driver["capabilities"]:
        yield f"{_INDENT}{capability['feature']} {capability['discriminator']}".rstrip()
        for key, text in capability["attributes"].items():
            yield f"{_INDENT}{_INDENT}{key} = {text}"


def _item(item: Part) -> Iterator[str]:
    for let in item["lets"]:
        yield from _let(let)
    if "when" in item:
        yield from _condition(item["when"], "when ")
    for requirement in item.get("require", ()):
        yield from _condition(requirement, f"require {requirement['code']} ")
    if "capability" in item:
        yield from _capability(item["capability"])
    yield from _changes(item["change"])


def _let(let: Part) -> Iterator[str]:
    if "fault" in let:
        yield f"let {let['name']}: {let['fault']}"
        yield f"{_INDENT}from {let['expression']}"
        return
    yield f"let {let['name']} = {_held(let)}"
    plain = [read["path"] for read in let["read"]] == [let["expression"]]
    yield f"{_INDENT}from {let['expression']}"
    if not plain:
        yield from (f"{_INDENT}reads {read['path']} = {_held(read)}" for read in let["read"])


def _condition(condition: Part, label: str = "") -> Iterator[str]:
    verdict = condition["verdict"]
    if "var" in condition:
        operator = next(word for word in OPERATORS if word in condition)
        held = f"  ({condition['var']} = {_held(condition)})"
        yield f"{label}{condition['var']} {operator} {_operand(condition[operator])}: {verdict}{held}"
        return
    kind = next(word for word in ("all", "any", "not") if word in condition)
    yield f"{label}{kind}: {verdict}"
    parts: Sequence[Part] = [condition["not"]] if kind == "not" else condition[kind]
    for part in parts:
        yield from (_INDENT + line for line in _condition(part))


def _capability(capability: Part) -> Iterator[str]:
    words = [capability[name] for name in ("feature", "version", "architecture", "discriminator") if capability[name]]
    yield f"writes {' '.join(words)}"
    for attribute in capability["attributes"]:
        value = attribute["value"] if isinstance(attribute["value"], str) else ", ".join(attribute["value"])
        read = ", ".join(attribute["read"])
        origin = f"from {attribute['from']}, read at {read}" if read else "as written in the rule"
        yield f"{_INDENT}{attribute['key']} = {value}{_unit(attribute)}  ({origin})"


def _changes(changes: Sequence[Part]) -> Iterator[str]:
    if changes:
        yield "to make it fire:"
    for change in changes:
        through = f" so that {change['through']} is" if "through" in change else " ="
        where = " or ".join(item["path"] for item in change["set"]) or change["name"]
        now = ", ".join(_now(item) for item in change["set"])
        yield f"{_INDENT}set {where}{through} {change['to']}" + (f"  (now {now})" if now else "")


def _now(item: Part) -> str:
    return _value(item["now"]) if "now" in item else "absent"


def _held(part: Part) -> str:
    return _value(part["value"]) if "value" in part else "absent"


def _unit(attribute: Part) -> str:
    return f" {attribute['unit']}" if "unit" in attribute else ""


def _operand(value: Any) -> str:
    return "[" + ", ".join(map(show, value)) + "]" if isinstance(value, list) else show(value)


def _value(value: Any) -> str:
    if isinstance(value, list) and all(not isinstance(item, dict | list) for item in value):
        return show(_Verbatim(_operand(value)))
    return show(value)


class _Verbatim(str):
    """Text that is shown without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def _section(title: str, found: Iterator[str]) -> list[str]:
    told = [f"{_INDENT}{line}" for line in found]
    return ["", f"{title}:", *told] if told else []


def _diagnostic(item: Part) -> str:
    return f"{item['level']} {item['code']} {item['rule']}: {item['message']}".replace(" :", ":")
