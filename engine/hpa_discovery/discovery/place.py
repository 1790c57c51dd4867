# SPDX-License-Identifier: Apache-2.0
"""Where in A&AI a subject belongs: its cloud-owner and cloud-region-id."""

from __future__ import annotations

from typing import Any


def place_of(context: Any, owner: str | None, region: str | None) -> tuple[str, str]:
    """What the caller says, else what the context's vim says; "" for what nobody says."""
    vim = context.get("vim") if isinstance(context, dict) else None
    said = vim if isinstance(vim, dict) else {}
    return (
        _text(said.get("cloud_owner")) if owner is None else _text(owner),
        _text(said.get("cloud_region_id")) if region is None else _text(region),
    )


def _text(value: object) -> str:
    # A lone surrogate could not be hashed into the capability's id.
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""
