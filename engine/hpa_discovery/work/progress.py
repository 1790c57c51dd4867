# SPDX-License-Identifier: Apache-2.0
"""Tells whoever watches an operation how far its discovery is."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from hpa_discovery.store import operations

if TYPE_CHECKING:
    from hpa_discovery.store.database import Store
    from hpa_discovery.work.holding import Held
    from hpa_discovery.work.reading import Subject

EVERY_SECONDS = 2.0


def counted(store: Store, held: Held, subjects: Iterable[Subject]) -> Iterator[Subject]:
    """These, and every few seconds their number so far into the operations that the step serves. StoreError."""
    told = time.monotonic()
    for number, subject in enumerate(subjects, 1):
        yield subject
        if held.operations and time.monotonic() - told >= EVERY_SECONDS:
            told = time.monotonic()
            with store.write("telling how far a discovery is") as transaction:
                operations.report(transaction, held.operations, {"subjects": number})
