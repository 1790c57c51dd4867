# SPDX-License-Identifier: Apache-2.0
"""Text for a terminal: what others wrote must not move its cursor or turn its lines around; counts with their noun."""

from __future__ import annotations

from hpa_discovery.language.values import printable

__all__ = ["many", "printable"]


def many(count: int, what: str) -> str:
    """`1 case`, `2 cases`."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
