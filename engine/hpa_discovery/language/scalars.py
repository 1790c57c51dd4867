# SPDX-License-Identifier: Apache-2.0
"""What a plain YAML scalar stands for, and which spellings are refused.

YAML 1.1 and 1.2 disagree on what `no`, `0x1f`, `12:30` or `010` mean, and so
do their readers. Accepted without quotes are the spellings all of them agree
on: true, false, null, ~, nothing at all (null), whole numbers of up to 18
digits, simple decimals, and everything that no reader takes for anything but
text. A spelling that some reader takes for a number, a date or a truth value
is refused, so a PCI id or a time never silently becomes another value.
"""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_DIGITS = 18


class Refused(NamedTuple):
    """Why a plain scalar is refused: `message` says what it could be, `hint` what to write."""

    message: str
    hint: str


Scalar = str | int | float | bool | None

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)", re.ASCII)
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+", re.ASCII)

# In order: the first that fits names the trouble. Together they cover the implicit
# types of YAML 1.1 (yaml.org/type) and of the core schema of YAML 1.2.
_AMBIGUOUS = tuple(
    (re.compile(pattern, re.ASCII | re.IGNORECASE), meaning)
    for pattern, meaning in (
        (r"[-+]?0x[0-9a-f_]+", "a hexadecimal number"),
        (r"[-+]?0b[01_]+", "a binary number"),
        (r"[-+]?0o[0-7_]+", "an octal number"),
        (r"[-+]?0[0-9_]+", "an octal number"),
        (r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "a date"),
        (r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:t|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}.*", "a date"),
        (r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?", "a number of base 60, as in a time of day"),
        (r"[-+]?\.(?:inf|nan)", "infinity or not-a-number"),
        (r"[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?e[-+]?[0-9]+", "a number with an exponent"),
        (r"[-+]?\.[0-9_]+(?:e[-+]?[0-9]+)?", "a number"),
        (r"[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?", "a number"),
    )
)
_NUMBER_STARTS = frozenset("+-.0123456789")

_ACCEPTED: dict[str, Scalar] = {"": None, "~": None, "null": None, "true": True, "false": False}
_YES_NO = {"yes": "true", "on": "true", "true": "true", "no": "false", "off": "false", "false": "false"}


def _words() -> dict[str, Scalar | Refused]:
    words: dict[str, Scalar | Refused] = {}
    for word, meant in {**_YES_NO, "null": "null"}.items():
        for spelling in (word, word.capitalize(), word.upper()):
            message = f"{spelling} without quotes is {meant} to some YAML readers and text to others"
            words[spelling] = Refused(message, f"write {meant}, or quote it: '{spelling}'")
    words["<<"] = Refused("<< merges mappings in some YAML readers", "write the members out")
    return words | _ACCEPTED


_WORDS = _words()
_UNKNOWN = object()


def read_plain(text: str) -> Scalar | Refused:
    """The value of a plain (unquoted) scalar, or why it is refused."""
    known = _WORDS.get(text, _UNKNOWN)
    if known is not _UNKNOWN:
        return known  # type: ignore[return-value]  # object() is only the "not there" mark
    return _read_number(text) if text[0] in _NUMBER_STARTS else text


def _read_number(text: str) -> str | int | float | Refused:
    if _INTEGER.fullmatch(text):
        return int(text) if len(text.lstrip("-")) <= MAX_DIGITS else _too_long(text)
    if _DECIMAL.fullmatch(text):
        return float(text) if len(text.lstrip("-")) <= MAX_DIGITS else _too_long(text)
    for pattern, meaning in _AMBIGUOUS:
        if pattern.fullmatch(text):
            message = f"{text[:40]} without quotes is {meaning} to some YAML readers"
            hint = f"quote it if it is text: '{text[:40]}'; a number is written in plain decimal digits"
            return Refused(message, hint)
    return text


def _too_long(text: str) -> Refused:
    message = f"the number {text[:24]}... has {len(text)} characters; up to {MAX_DIGITS} are kept exactly"
    return Refused(message, "quote it if it is text")
