# SPDX-License-Identifier: Apache-2.0
"""A rule as data: what a schema-valid rule file says, typed.

`parse_rule` reads the plain value of a rule file that schemas/rule.json has
accepted. Nothing is compiled here, so lint, documentation and mutation testing
look at the same values as the engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hpa_discovery.model import Severity

LetType = Literal["string", "integer", "number", "boolean", "size", "list", "object"]
Operator = Literal["present", "equals", "in", "lt", "le", "gt", "ge", "matches", "startsWith", "contains"]
OPERATORS: tuple[Operator, ...] = (
    "present",
    "equals",
    "in",
    "lt",
    "le",
    "gt",
    "ge",
    "matches",
    "startsWith",
    "contains",
)
# The name under which a rule sees its subject.
ROOTS: Mapping[str, str] = {
    "openstack.flavor": "flavor",
    "kubernetes.node": "node",
    "redfish.system": "system",
}
RESERVED = frozenset({*ROOTS.values(), "context", "tables", "params"})


@dataclass(frozen=True, slots=True)
class Let:
    """One typed name. `default` None is "no default"; limits None are "no limit"."""

    name: str
    path: str
    type: LetType
    enum: tuple[Any, ...] | None = None
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    default: Any = None
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Leaf:
    """`{var, <operator>: operand}`."""

    var: str
    operator: Operator
    operand: Any


@dataclass(frozen=True, slots=True)
class Branch:
    """`{all: [...]}` or `{any: [...]}`."""

    kind: Literal["all", "any"]
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """`{not: condition}`."""

    condition: Condition


Condition = Leaf | Branch | Not


@dataclass(frozen=True, slots=True)
class Each:
    """`{as, in, max}`: the rule or group is answered once per item."""

    name: str
    path: str
    max: int


@dataclass(frozen=True, slots=True)
class Requirement:
    """Matched, but cannot be answered unless `leaf` is true; `message` is a template."""

    leaf: Leaf
    code: str
    level: Severity
    message: str


@dataclass(frozen=True, slots=True)
class AttributeEntry:
    """One attribute: its value is that of the name `var` or the template `value`, never both."""

    key: str
    var: str | None
    value: str | None
    unit: str | None
    optional: bool


@dataclass(frozen=True, slots=True)
class GroupEntry:
    """Attributes that repeat per item; groups do not nest."""

    each: Each
    lets: tuple[Let, ...]
    when: Condition | None
    attributes: tuple[AttributeEntry, ...]


Entry = AttributeEntry | GroupEntry


@dataclass(frozen=True, slots=True)
class Emit:
    """The one capability a rule writes; text members may be templates."""

    feature: str
    version: str
    architecture: str
    discriminator: str | None
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule file. `id` is `<namespace of its pack>/<file name>`, for life."""

    id: str
    title: str
    maturity: str
    replaces: tuple[str, ...]
    source: str
    each: Each | None
    lets: tuple[Let, ...]
    when: Condition | None
    requires: tuple[Requirement, ...]
    emit: Emit

    @property
    def root(self) -> str:
        """The name under which the rule sees its subject."""
        return ROOTS[self.source]


def parse_rule(value: Mapping[str, Any]) -> Rule:
    """The rule in the plain value of a file that schemas/rule.json accepts."""
    metadata, spec = value["metadata"], value["spec"]
    return Rule(
        id=metadata["id"],
        title=metadata["title"],
        maturity=metadata["maturity"],
        replaces=tuple(metadata.get("replaces", ())),
        source=spec["source"],
        each=_each(spec.get("each")),
        lets=_lets(spec.get("let")),
        when=parse_condition(spec.get("when")),
        requires=tuple(_requirement(item) for item in spec.get("require", ())),
        emit=_emit(spec["emit"]),
    )


def parse_condition(value: Mapping[str, Any] | None) -> Condition | None:
    """The condition in a `when`; None when there is none."""
    if value is None:
        return None
    return _condition(value)


def _condition(value: Mapping[str, Any]) -> Condition:
    if "not" in value:
        return Not(_condition(value["not"]))
    if "all" in value:
        return Branch("all", tuple(map(_condition, value["all"])))
    if "any" in value:
        return Branch("any", tuple(map(_condition, value["any"])))
    return _leaf(value)


def _leaf(value: Mapping[str, Any]) -> Leaf:
    operator = next(word for word in OPERATORS if word in value)
    return Leaf(value["var"], operator, value[operator])


def _each(value: Mapping[str, Any] | None) -> Each | None:
    return None if value is None else Each(value["as"], value["in"], value["max"])


def _lets(value: Mapping[str, Any] | None) -> tuple[Let, ...]:
    return tuple(_let(name, item) for name, item in (value or {}).items())


def _let(name: str, value: Mapping[str, Any]) -> Let:
    enum = value.get("enum")
    return Let(
        name,
        value["path"],
        value["type"],
        None if enum is None else tuple(enum),
        value.get("pattern"),
        value.get("minimum"),
        value.get("maximum"),
        value.get("default"),
        value.get("sensitive", False),
    )


def _requirement(value: Mapping[str, Any]) -> Requirement:
    return Requirement(_leaf(value), value["code"], value["level"], value["message"])


def _emit(value: Mapping[str, Any]) -> Emit:
    return Emit(
        value["feature"],
        value["version"],
        value["architecture"],
        value.get("discriminator"),
        tuple(_entry(item) for item in value["attributes"]),
    )


def _entry(value: Mapping[str, Any]) -> Entry:
    if "each" not in value:
        return _attribute(value)
    each = _each(value["each"])
    assert each is not None
    return GroupEntry(
        each,
        _lets(value.get("let")),
        parse_condition(value.get("when")),
        tuple(_attribute(item) for item in value["attributes"]),
    )


def _attribute(value: Mapping[str, Any]) -> AttributeEntry:
    return AttributeEntry(
        value["key"], value.get("from"), value.get("value"), value.get("unit"), value.get("optional", False)
    )
