# SPDX-License-Identifier: Apache-2.0
"""What a source promises about its subjects: the `x-hpa` part of schemas/inputs/<source>.json."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contract:
    """How to read the subjects of one source.

    `unknown_when_absent` are members whose absence means "could not be read",
    not "none" (Nova leaves extra_specs out when the policy forbids them);
    `json_text` are members of the context that may come as JSON text.
    `schema` is the whole input schema, for lint.
    """

    source: str
    root: str
    id: Path
    name: Path
    unknown_when_absent: tuple[Path, ...] = ()
    json_text: tuple[Path, ...] = ()
    schema: Mapping[str, Any] = field(default_factory=dict, repr=False)


def parse_contract(schema: Mapping[str, Any]) -> Contract:
    """The contract in an input schema."""
    promise = schema["x-hpa"]
    return Contract(
        source=promise["source"],
        root=promise["root"],
        id=tuple(promise["id"]),
        name=tuple(promise["name"]),
        unknown_when_absent=tuple(map(tuple, promise.get("unknownWhenAbsent", ()))),
        json_text=tuple(map(tuple, promise.get("jsonText", ()))),
        schema=schema,
    )


def member(value: Any, path: Path) -> Any:
    """The value at `path`, or None where it does not exist."""
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value
