# SPDX-License-Identifier: Apache-2.0
"""What another system answered."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from math import isinf
from typing import TYPE_CHECKING, Any

from hpa_discovery.errors import ConnectorError

if TYPE_CHECKING:
    from collections.abc import Mapping


# Bytes of JSON that somebody else wrote: parsed it may take 25 times its size in memory.
MOST_JSON = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that came whole: `body` is decompressed, the names of `headers` may be asked for in any case.

    `doing` says what was asked, as messages tell it. A status such as 404 or 302 is an
    answer like any other.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    doing: str

    def json(self) -> Any:
        """The body as JSON; ConnectorError `protocol` when it is none."""
        try:
            return read_json(self.body)
        except (ValueError, RecursionError):
            kind = self.headers.get("Content-Type", "no Content-Type")[:100]
            said = f"{self.doing}: the answer {self.status} is not JSON ({kind}, {len(self.body)} bytes)"
            raise ConnectorError("protocol", said, sent=True) from None


def read_json(text: bytes | str) -> Any:
    """The value; ValueError or RecursionError for what is no JSON.

    NaN is none (RFC 8259 section 6), nor is a number that only infinity is large enough for, nor an object with two
    members of one name, of which each reader would take another.
    """
    return json.loads(text, object_pairs_hook=_object, parse_constant=_refuse, parse_float=_finite)


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) < len(members):
        raise ValueError("a name stands twice")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


def _finite(text: str) -> float:
    number = float(text)
    if isinf(number):
        raise ValueError(f"{text[:20]} is no number that can be kept")
    return number
