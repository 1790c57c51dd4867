# SPDX-License-Identifier: Apache-2.0
"""RE2 patterns: linear in the text, whatever the pattern. The only home of google-re2.

The package's Python layer takes ten times as long for a match as the binding
beneath it (7.4 against 0.7 us, measured), so the binding is used. One compiled
pattern takes about 2.5 KB, and as much again once it has matched; equal
patterns are shared.
"""

from __future__ import annotations

import re
from weakref import WeakValueDictionary

from re2 import _re2

from hpa_discovery.errors import BudgetError, ExpressionError

_BOTH_ENDS = _re2.RE2.Anchor.ANCHOR_BOTH
_ABSENT = (-1, -1)
# \C, behind any number of other escapes and quotations: half a character is no text.
_BYTE = re.compile(r"(?>[^\\]|\\Q.*?(?:\\E|$)|\\[^CQ])*+\\C", re.DOTALL)

# Bounds the program, and with it the time of one match, and the cache RE2 keeps for a pattern.
_MAX_MEMORY = 256 * 1024

# How far the fixed start of a pattern is looked for.
_PREFIX_BYTES = 128

# One step is worth about a microsecond; RE2 at its slowest takes 7 ns for a character and an instruction (measured).
_INSTRUCTIONS_PER_STEP = 128


class Pattern:
    """A compiled pattern that is held against whole texts.

    `literal_prefix` is the fixed text that every match starts with, "" when
    there is none.
    """

    __slots__ = ("__weakref__", "_groups", "_match", "_size", "literal_prefix", "text")

    def __init__(self, text: str) -> None:
        if _BYTE.match(text):
            raise ExpressionError("syntax", f"cannot use the pattern {text!r}: \\C cuts characters; use . instead")
        compiled = _re2.RE2(text.encode("utf-8", "surrogatepass"), _options())
        if not compiled.ok():
            reason = compiled.error().decode("utf-8", "replace")
            raise ExpressionError("syntax", f"cannot use the pattern {text!r}: {reason}; allowed is RE2 syntax")
        self.text = text
        self.literal_prefix = _literal_prefix(compiled)
        self._match = compiled.Match
        self._size = int(compiled.ProgramSize())
        named = sorted((index, name.decode()) for name, index in compiled.NamedCapturingGroups())
        self._groups = tuple((name, index) for index, name in named)

    def cost(self, text: str) -> int:
        """The steps that a match against `text` takes at worst."""
        return len(text) * self._size // _INSTRUCTIONS_PER_STEP

    @property
    def cheap_length(self) -> int:
        """The length of a text that takes eight steps to match at worst."""
        return 8 * _INSTRUCTIONS_PER_STEP // self._size

    def matches(self, text: str) -> bool:
        """Whether the whole text matches."""
        data = text.encode("utf-8", "surrogatepass")
        return bool(self._match(_BOTH_ENDS, data, 0, len(data))[0] != _ABSENT)

    def fullmatch(self, text: str) -> dict[str, str | None] | None:
        """The named groups, null for one that took no part, and the text under "0"; None when it does not match."""
        data = text.encode("utf-8", "surrogatepass")
        spans = self._match(_BOTH_ENDS, data, 0, len(data))
        if spans[0] == _ABSENT:
            return None
        found: dict[str, str | None] = {}
        for name, index in self._groups:
            span = spans[index]
            found[name] = None if span == _ABSENT else data[span[0] : span[1]].decode("utf-8", "surrogatepass")
        found["0"] = text
        return found


def compile_pattern(text: str, max_chars: int) -> Pattern:
    """The compiled pattern; the same object for an equal text while anyone holds it.

    BudgetError `limit.pattern_chars` when it is longer than `max_chars`,
    ExpressionError syntax, with what RE2 says, when it is no pattern.
    """
    if len(text) > max_chars:
        raise BudgetError("limit.pattern_chars", f"a pattern of {len(text)} characters: allowed are {max_chars}")
    shared = _shared.get(text)
    if shared is None:
        shared = _shared[text] = Pattern(text)
    return shared


_shared: WeakValueDictionary[str, Pattern] = WeakValueDictionary()


def _options() -> _re2.RE2.Options:
    options = _re2.RE2.Options()
    options.log_errors = False
    options.max_mem = _MAX_MEMORY
    return options


def _literal_prefix(compiled: _re2.RE2) -> str:
    """What the least and the greatest possible match have in common: all between them has it too."""
    known, least, greatest = compiled.PossibleMatchRange(_PREFIX_BYTES)
    if not known:
        return ""
    shared = 0
    while least[shared : shared + 1] == greatest[shared : shared + 1] != b"":
        shared += 1
    # A character cut in two by the comparison of bytes is left out.
    return str(least[:shared].decode("utf-8", "ignore"))
