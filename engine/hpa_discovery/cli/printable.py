# SPDX-License-Identifier: Apache-2.0
"""Text of others on a terminal: none of its characters may move the cursor or turn the line around."""

from __future__ import annotations

import re

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """The text with control characters, line breaks among them, written as escapes."""
    return _CONTROL.sub(lambda found: found.group().encode("unicode_escape").decode(), text)
