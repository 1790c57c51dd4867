# SPDX-License-Identifier: Apache-2.0
"""Exceptions that nobody foresaw: what is told of one, so that whoever reads it can report it."""

from __future__ import annotations

import traceback

from hpa_discovery.errors import unforeseen


def whole(error: Exception, doing: str) -> dict[str, str]:
    """The fields of the event `packs.defect`: what was being done, and the exception with its traceback."""
    trace = "".join(traceback.format_exception(error))
    return {"doing": doing, "message": unforeseen(error), "traceback": trace}
