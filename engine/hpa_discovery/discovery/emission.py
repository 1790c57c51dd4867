# SPDX-License-Identifier: Apache-2.0
"""From names to one capability: attributes, their values and units, and what is withheld.

An attribute that is not optional and has no value withholds the whole
capability, because ONAP OOF fails on a half-filled one. "" counts as no value:
nothing can be matched with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hpa_discovery.discovery.bindings import (
    BoundEach,
    Names,
    ParseExpression,
    RuleFault,
    bind_condition,
    bind_lets,
    fill,
)
from hpa_discovery.discovery.missing import Missing, shown
from hpa_discovery.errors import TemplateError
from hpa_discovery.language.budgets import CHARACTERS_PER_STEP, DEFAULT, Limits, Meter
from hpa_discovery.language.rule import AttributeEntry, Emit, GroupEntry
from hpa_discovery.language.templates import compile_template
from hpa_discovery.language.values import MASK, decimal_text, is_usable, show
from hpa_discovery.model import ANY_DISCRIMINATOR, UNITS, Attribute, Capability, make_attribute

NeededText = Callable[[Mapping[str, Any], Meter], str]
Value = tuple[str | tuple[str, ...] | None, str | None]  # value and the unit it brings along
ReadValue = Callable[[Mapping[str, Any], Meter], Value]
Write = Callable[[Names, Meter, list[Attribute]], None]


# What JSON adds around one attribute, and the rest of the A&AI object, in bytes.
_AROUND_ATTRIBUTE = len('{"hpa-attribute-key":"","hpa-attribute-value":""},')
_AROUND_CAPABILITY = 200


class BoundEmit:
    """An `emit`, compiled."""

    __slots__ = ("_architecture", "_discriminator", "_feature", "_limits", "_missing", "_version", "_writers")

    def __init__(self, emit: Emit, expressions: ParseExpression, missing: Missing, limits: Limits = DEFAULT) -> None:
        self._feature = emit.feature
        self._missing = missing
        self._limits = limits
        self._version = _needed("version", emit.version, missing)
        self._architecture = _needed("architecture", emit.architecture, missing)
        self._discriminator = (
            None if emit.discriminator is None else _needed("discriminator", emit.discriminator, missing)
        )
        self._writers = tuple(_writer(entry, expressions, missing) for entry in emit.entries)

    def discriminator(self, names: Mapping[str, Any], meter: Meter) -> str:
        """The instance's discriminator; "" when the rule has none. RuleFault `emit.missing`."""
        return "" if self._discriminator is None else self._discriminator(names, meter)

    def write(self, names: Names, meter: Meter) -> Capability:
        """The capability. RuleFault emit.missing, emit.value, emit.unit, emit.duplicate_key or limit.attributes."""
        attributes: list[Attribute] = []
        most = self._limits.attributes
        for writer in self._writers:
            writer(names, meter, attributes)
            if len(attributes) > most:
                message = f"more than {most} attributes; none of the capability is written"
                raise RuleFault("limit.attributes", message)
        if not attributes:
            raise RuleFault("emit.missing", "no attribute has a value")
        if len(attributes) > 1:
            _check_keys(attributes, discreet=bool(self._missing.masks.names))
        return Capability(
            self._feature,
            self._version(names, meter),
            self._architecture(names, meter),
            self.discriminator(names, meter),
            tuple(attributes),
        )


def check_words(capability: Capability, limits: Limits = DEFAULT) -> None:
    """RuleFault limit.word or emit.value for a word that cannot be kept; values may be sensitive, and are not told."""
    for what in ("feature", "version", "architecture"):
        if (count := len(getattr(capability, what))) > limits.word_chars:
            message = f"the {what} has {count} characters; at most {limits.word_chars} are written"
            raise RuleFault("limit.word", message)
    for what in ("version", "architecture", "discriminator"):
        if not getattr(capability, what).isprintable():
            raise RuleFault("emit.value", f"the {what} has a character that cannot be printed")
    if capability.discriminator == ANY_DISCRIMINATOR:
        raise RuleFault("emit.value", f"the discriminator is {ANY_DISCRIMINATOR!r}, which stands for every instance")


def capability_excess(capability: Capability, limits: Limits = DEFAULT) -> str:
    """What a warning says of a capability over ONAP's size; "" when it fits.

    RuleFault limit.capability, or as in `check_words`.
    """
    check_words(capability, limits)
    size = _size(capability, limits.capability_large_bytes)
    if size > limits.capability_bytes:
        message = f"the capability takes {size} bytes; at most {limits.capability_bytes} are written"
        raise RuleFault("limit.capability", message)
    if size <= limits.capability_large_bytes:
        return ""
    return f"the capability takes {size} bytes; ONAP expects {limits.capability_large_bytes} at most"


def _size(capability: Capability, enough: int) -> int:
    """The bytes of the A&AI object, with the discriminator that is kept beside it; exact only above `enough`."""
    size = _AROUND_CAPABILITY + len(capability.discriminator)
    for attribute in capability.attributes:
        size += len(attribute.key) + len(attribute.text) + _AROUND_ATTRIBUTE
    if size * 4 <= enough:  # UTF-8 takes four bytes for a character at most
        return size
    around = _AROUND_CAPABILITY + len(capability.discriminator.encode())
    return around + sum(
        len(attribute.key.encode()) + len(attribute.text.encode()) + _AROUND_ATTRIBUTE
        for attribute in capability.attributes
    )


def _check_keys(attributes: list[Attribute], *, discreet: bool) -> None:
    keys = {attribute.key for attribute in attributes}
    if len(keys) != len(attributes):
        twice = sorted(key for key in keys if sum(key == attribute.key for attribute in attributes) > 1)
        key = MASK if discreet else shown(twice[0])
        raise RuleFault("emit.duplicate_key", f"the attribute {key} is written twice")


def _needed(what: str, template: str, missing: Missing, key: str = "") -> NeededText:
    """A template whose text must not be empty; messages say `what` it is, and of which attribute: the one of `key`."""
    compiled = compile_template(template)
    literal = compiled.literal
    if literal:
        return lambda names, meter: literal
    run = compiled.run

    def needed(names: Mapping[str, Any], meter: Meter) -> str:
        try:
            text = run(names, meter)
        except TemplateError as error:
            raise RuleFault("emit.value", f"{what}{missing.key(key, names, meter)}: {error}") from None
        if not text:
            raise missing.template(f"{what}{missing.key(key, names, meter)}", template, names)
        return text

    return needed


def _writer(entry: AttributeEntry | GroupEntry, expressions: ParseExpression, missing: Missing) -> Write:
    if isinstance(entry, GroupEntry):
        return _group(entry, expressions, missing)
    return _attribute(entry, missing)


def _group(group: GroupEntry, expressions: ParseExpression, missing: Missing) -> Write:
    each = BoundEach(group.each, expressions, sensitive=missing.masks.hides_expression(group.each.path))
    lets = bind_lets(group.lets, expressions)
    when = None if group.when is None else bind_condition(group.when)
    writers = tuple(_attribute(entry, missing) for entry in group.attributes)

    def write(names: Names, meter: Meter, attributes: list[Attribute]) -> None:
        for item in each.items(names, meter):
            inner = names.copy()
            inner[each.name] = item
            meter.names = inner
            fill(lets, inner, meter)
            if when is None or when(inner, meter):
                for writer in writers:
                    writer(inner, meter, attributes)
        meter.names = names

    return write


def _attribute(entry: AttributeEntry, missing: Missing) -> Write:
    hidden = missing.masks.hides_entry(entry)
    fixed = compile_template(entry.key).literal
    key = _needed("attribute key ", entry.key, missing, entry.key)
    value = _from_template(entry, missing) if entry.var is None else _from_name(entry.var)
    unit = None if entry.unit is None else _needed("unit of ", entry.unit, missing, entry.key)
    optional = entry.optional

    def write(names: Names, meter: Meter, attributes: list[Attribute]) -> None:
        meter.left -= 1
        if meter.left < 0:
            meter.spend(0)
        found, own_unit = value(names, meter)
        if not found:
            if optional:
                return
            raise missing.attribute(entry, names, meter)
        name = fixed or key(names, meter)
        measure = own_unit if unit is None else unit(names, meter)
        if measure is not None:
            _check_unit(missing.key(entry.key, names, meter) if hidden else shown(name), found, measure, hidden)
        if type(found) is not str or len(found) >= CHARACTERS_PER_STEP:
            meter.spend(_cost(found))
        attributes.append(make_attribute(name, found, measure))

    return write


def _cost(value: str | tuple[str, ...]) -> int:
    """The steps of writing a value."""
    if isinstance(value, str):
        return len(value) // CHARACTERS_PER_STEP
    return len(value) + sum(map(len, value)) // CHARACTERS_PER_STEP


def _check_unit(key: str, value: str | tuple[str, ...], unit: str, hidden: bool) -> None:
    if unit not in UNITS:
        told = show(unit, sensitive=hidden)
        raise RuleFault("emit.unit", f"the attribute {key} has the unit {told}; OOF reads {', '.join(UNITS)}")
    if not isinstance(value, str) or not (value.isascii() and value.isdigit()):
        raise RuleFault(
            "emit.value", f"the attribute {key} has a unit, so {show(value, sensitive=hidden)} must be a whole number"
        )


def _from_template(entry: AttributeEntry, missing: Missing) -> ReadValue:
    compiled = compile_template(entry.value or "")
    literal, run = compiled.literal, compiled.run

    def read(names: Mapping[str, Any], meter: Meter) -> Value:
        try:
            return run(names, meter), None
        except TemplateError as error:
            raise RuleFault("emit.value", f"{missing.key(entry.key, names, meter)}: {error}") from None

    if literal is not None:
        return lambda names, meter: (literal, None)
    return read


def _from_name(name: str) -> ReadValue:
    def read(names: Mapping[str, Any], meter: Meter) -> Value:
        value = names.get(name)
        if value is None or type(value) is str:
            return value, None
        if isinstance(value, list):
            meter.spend(len(value))
        return _written(name, value)

    return read


def _written(name: str, value: Any) -> Value:
    if isinstance(value, list):
        return tuple(_scalar(name, item) for item in value), None
    if isinstance(value, dict):
        if value.keys() == {"value", "unit"} and isinstance(value["value"], str) and isinstance(value["unit"], str):
            return value["value"], value["unit"]
        raise RuleFault("emit.value", f"{name} is an object; an attribute holds text, a number, a size or a list")
    return _scalar(name, value), None


def _scalar(name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_usable(value):
        return decimal_text(value)
    raise RuleFault("emit.value", f"{name} holds {show(value)}; a list attribute holds text and numbers")
