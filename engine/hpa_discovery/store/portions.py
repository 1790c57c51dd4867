# SPDX-License-Identifier: Apache-2.0
"""Many keys, a few hundred at a time: a statement has room for so many, and locks so many rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Key = TypeVar("Key", int, str)

MOST = 500


def portions(keys: Iterable[Key]) -> Iterator[list[Key]]:
    """All keys in their order, at most 500 at a time; none gives none."""
    ordered = sorted(keys)
    for start in range(0, len(ordered), MOST):
        yield ordered[start : start + MOST]
