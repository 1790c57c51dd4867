# SPDX-License-Identifier: Apache-2.0
"""A question to the database that another check has looked at already."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from hpa_discovery.errors import HpaError
from hpa_discovery.service.settings import Settings
from hpa_discovery.store.condition import condition_of, existing_store
from hpa_discovery.store.database import Store

Answer = TypeVar("Answer")


def asked(settings: Settings, ask: Callable[[Store], Answer]) -> Answer | None:
    """What the database answers; None where it cannot, which its own check tells."""
    try:
        found = condition_of(settings.state_dir, settings.database)
        if found is None or not found.usable:
            return None
        store = existing_store(settings.state_dir, settings.database)
        try:
            return ask(store)
        finally:
            store.close()
    except (HpaError, OSError):
        return None
