# SPDX-License-Identifier: Apache-2.0
"""Texts of others on one line."""

from __future__ import annotations

import pytest

from hpa_discovery.language.values import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("no card in slot 7 \u00fc", "no card in slot 7 \u00fc"),
        ("a\nb\tc\r", r"a\nb\tc\r"),
        ("\x1b[31mred\x07", r"\x1b[31mred\x07"),
        ("half \ud800", r"half \ud800"),
        ("\u202eturned\u2028", r"\u202eturned\u2028"),
    ],
)
def test_on_one_line(text: str, shown: str) -> None:
    """What a terminal or a reader of lines would obey is shown as an escape; the rest stays as it is."""
    assert printable(text) == shown
    printable(text).encode()
