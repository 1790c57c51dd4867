# SPDX-License-Identifier: Apache-2.0
"""Alarms are tested on both databases too."""

from __future__ import annotations

from store.conftest import database, events, store

__all__ = ["database", "events", "store"]
