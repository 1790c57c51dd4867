# SPDX-License-Identifier: Apache-2.0
"""From bytes to text that YAML may be made of: size, encoding, characters, tabs.

Characters that a YAML reader would refuse, or count as a line break where an
editor does not (NEL, LS, PS), are found here, so that every line and column in
later findings is the one an editor shows.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Callable
from functools import cache
from itertools import islice

from hpa_discovery.language.yaml_events import Mark

_GOOD_ASCII = "\t\n\r -~"
_BAD_ASCII = re.compile(f"[^{_GOOD_ASCII}]")
_GOOD_BEYOND = "\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff"
# A tab, and what looks like a space and is none: text copied from a web page has it.
_ODD_INDENT = re.compile("^ *[\t\u00a0\u2000-\u200b\u202f\u205f\u3000]", re.MULTILINE)
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
BYTE_ORDER_MARK = "\ufeff"

ENCODING_HINT = "save the file as UTF-8 without a byte order mark"


class TextFault(Exception):
    """`text` cannot be read at `mark`."""

    def __init__(self, mark: Mark, message: str, hint: str) -> None:
        super().__init__(message)
        self.mark = mark
        self.message = message
        self.hint = hint


class Lines:
    """Where the lines of a text start, counted as an editor counts them."""

    __slots__ = ("_starts",)

    def __init__(self, text: str) -> None:
        self._starts = array("I", [0])
        self._starts.extend(found.end() for found in _LINE_BREAK.finditer(text))

    def mark(self, index: int) -> Mark:
        """Line and column of the character at `index`, counted from 0."""
        line = bisect_right(self._starts, index)
        return Mark(line, index - self._starts[line - 1] + 1)


def size_of(text: str | bytes, limit: int) -> int:
    """Bytes of `text` as UTF-8; not counted further than needed to see that `limit` is passed."""
    if isinstance(text, bytes) or len(text) > limit or text.isascii():
        return len(text)
    return len(text.encode("utf-8", "surrogatepass"))


def decode(text: str | bytes) -> str:
    """`text` as str; TextFault where the bytes are not UTF-8."""
    if isinstance(text, str):
        return text
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as error:
        before = text[: error.start].decode("utf-8")
        mark = Lines(before).mark(len(before))
        raise TextFault(mark, f"byte 0x{text[error.start]:02x} is not UTF-8", ENCODING_HINT) from error


def unreadable(text: str, most: int) -> list[TextFault]:
    """The characters that no YAML text may hold, at most `most` of them."""
    return _faults(text, _BAD_ASCII if text.isascii() else _bad(), most, _bad_character)


@cache
def _bad() -> re.Pattern[str]:
    """Made when first needed: that takes 5 ms, and most files are ASCII."""
    return re.compile(f"[^{_GOOD_ASCII}{_GOOD_BEYOND}]")


def indents(text: str, most: int) -> list[TextFault]:
    """The lines that are indented with something other than spaces, at most `most` of them."""
    return _faults(text, _ODD_INDENT, most, _indent) if "\t" in text or not text.isascii() else []


def _faults(text: str, pattern: re.Pattern[str], most: int, fault: Callable[[str, Mark], TextFault]) -> list[TextFault]:
    found = list(islice(pattern.finditer(text), most))
    if not found:
        return []
    lines = Lines(text)
    return [fault(match[0], lines.mark(match.end() - 1)) for match in found]


def _indent(found: str, mark: Mark) -> TextFault:
    what = "a tab" if found[-1] == "\t" else f"U+{ord(found[-1]):04X}, which is no plain space,"
    return TextFault(mark, f"{what} is used for indentation", "indent with spaces")


def _bad_character(character: str, mark: Mark) -> TextFault:
    code = ord(character)
    if character == BYTE_ORDER_MARK:
        return TextFault(mark, "the byte order mark U+FEFF is not allowed", ENCODING_HINT)
    hint = f'remove it, or write "\\u{code:04x}" in double quotes'
    if 0xD800 <= code <= 0xDFFF:
        hint = "remove it: half of a surrogate pair is no character"
    return TextFault(mark, f"the character U+{code:04X} is not allowed", hint)
