# SPDX-License-Identifier: Apache-2.0
"""The known word that a misspelt one was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable

_MOST_COMPARED = 100  # characters of the word: comparing is quadratic


def nearest(word: str, known: Iterable[str], *, alike: float = 0.6) -> str:
    """The known word that was probably meant, or "". Case does not count; `alike` is how near, 0 to 1."""
    from difflib import get_close_matches  # noqa: PLC0415 - slow to import, and only for errors

    folded = {name.lower(): name for name in known}
    found = get_close_matches(word[:_MOST_COMPARED].lower(), folded, n=1, cutoff=alike)
    return folded[found[0]] if found else ""
