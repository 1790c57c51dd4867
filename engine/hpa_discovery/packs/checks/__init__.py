# SPDX-License-Identifier: Apache-2.0
"""What lint knows beyond the schema: names, types, the vocabulary and what Nova accepts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hpa_discovery.model import Finding
    from hpa_discovery.packs.draft import PackDraft


def check_pack(draft: PackDraft) -> list[Finding]:
    """Everything that is wrong with a pack whose files its schemas accept."""
    return []
