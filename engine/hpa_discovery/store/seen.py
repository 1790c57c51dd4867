# SPDX-License-Identifier: Apache-2.0
"""A subject as a listing shows it, on its way into the store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hpa_discovery.model import Outcome


@dataclass(frozen=True, slots=True)
class Seen:
    """A subject that a listing shows, and its outcome. `body` is its JSON."""

    subject_id: str
    name: str
    body: Mapping[str, Any]
    outcome: Outcome
