# SPDX-License-Identifier: Apache-2.0
"""JSON in and out: strict when read, since two programs must not read one request in two ways."""

from __future__ import annotations

import json
from typing import Any

import orjson

_BOM = b"\xef\xbb\xbf"
_SHOWN = 60


class Malformed(ValueError):
    """The text is no JSON as RFC 8259 and RFC 7493 have it; the message says why, and where if that is known."""


def read_json(text: bytes) -> Any:
    """The value; as `hpa discover` reads it, so that both say the same of a subject.

    Malformed for what is not UTF-8 or not JSON, for NaN and infinities, a name twice in one object, a whole number
    of more than 4,300 digits, and nesting that Python cannot follow (some hundred levels).
    """
    try:
        return _DECODER.decode(text.removeprefix(_BOM).decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Malformed(f"it is not UTF-8: byte {error.start + 1} is 0x{text[error.start]:02x}") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        raise Malformed(f"it is not JSON: {error.msg.removesuffix(' at')} at {place}") from None
    except RecursionError:
        raise Malformed("it is nested too deeply to be read") from None
    except Malformed:
        raise
    except ValueError:
        # The only one left: Python reads no integer of over 4,300 digits.
        raise Malformed("it holds a whole number of more than 4,300 digits") from None


def write_json(value: Any) -> bytes:
    """The compact UTF-8 text of plain JSON values."""
    try:
        return orjson.dumps(value)
    except TypeError:
        # A whole number of more than 64 bits, or half a surrogate pair, in what an explanation quotes.
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return text.encode("utf-8", "replace")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Malformed(f"the name {twice[:_SHOWN]!r} stands twice in one object")
    return value


def _refuse_constant(word: str) -> Any:
    raise Malformed(f"it is not JSON: {word} is no JSON number")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse_constant)
