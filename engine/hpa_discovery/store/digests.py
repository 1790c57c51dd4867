# SPDX-License-Identifier: Apache-2.0
"""What a digest looks like: SHA-256 in lower-case hexadecimal."""

from __future__ import annotations

import re

from hpa_discovery.errors import StoreRefused

_DIGEST = re.compile(r"[0-9a-f]{64}")


def checked_digest(value: str) -> str:
    """The value itself; StoreRefused when it is no digest."""
    if _DIGEST.fullmatch(value):
        return value
    shown = value if len(value) <= 80 else value[:80] + "..."
    raise StoreRefused(f"{shown!r} is no digest: it must be a SHA-256 in lower-case hexadecimal, 64 characters")
