# SPDX-License-Identifier: Apache-2.0
"""Exceptions that nobody foresaw: what is told of one, so that whoever reads it can report it."""

from __future__ import annotations

import traceback


def in_short(error: Exception) -> str:
    """For whoever asks what the problem is."""
    return f"a fault of hpa-discovery, please report it: {type(error).__name__}: {error}"


def whole(error: Exception, doing: str) -> dict[str, str]:
    """The fields of the event `packs.defect`: what was being done, and the exception with its traceback."""
    trace = "".join(traceback.format_exception(error))
    return {"doing": doing, "message": in_short(error), "traceback": trace}
