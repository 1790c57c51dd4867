# SPDX-License-Identifier: Apache-2.0
"""The context of --context and that of a row, as one."""

from __future__ import annotations

from typing import Any

from hpa_discovery.embedded.context_file import Context, read_context_file

__all__ = ["Context", "merge", "read_context_file"]


def merge(base: Context, row: Any) -> Any:
    """The context of one row: what the row says goes before what the file says, member by member.

    Whatever is no object is left for the evaluation to refuse.
    """
    if row is None:
        return base
    return {**base, **row} if isinstance(row, dict) else row
