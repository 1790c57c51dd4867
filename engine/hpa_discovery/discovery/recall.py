# SPDX-License-Identifier: Apache-2.0
"""The outcomes of subjects seen before: a cloud that is looked at again has mostly not changed.

Where the whole subject and context are as they were, so is the outcome. Rules
have a memory of their own (memo.py), for subjects that differ elsewhere.
"""

from __future__ import annotations

import marshal
from typing import Any

from hpa_discovery.discovery.context import SeenContext
from hpa_discovery.language.budgets import CHARACTERS_PER_STEP
from hpa_discovery.model import Outcome

# All are dropped when there are more.
_MOST = 2048  # outcomes
_MOST_BYTES = 16 * 1024 * 1024  # of subjects and of what was written about them
_LONG = 8192  # bytes of a subject; a longer one is not kept

# The form before marshal wrote references, in which equal values of equal types have equal bytes,
# and 1, 1.0 and true have not. A tenth of the time of JSON; the bytes never leave the process.
_FORM = 2


class Recall:
    """The outcomes of one source's rules. Threads may use it at once: one lost or made twice is still right."""

    __slots__ = ("_bytes", "_outcomes")

    def __init__(self) -> None:
        self._outcomes: dict[bytes, Outcome] = {}
        self._bytes = 0

    def key(self, subject: dict[str, Any], context: SeenContext) -> bytes:
        """What the outcome depends on. The subject is checked: plain JSON of bounded size."""
        return context.digest + marshal.dumps(subject, _FORM)

    def get(self, key: bytes) -> Outcome | None:
        """The outcome, if it is still known."""
        return self._outcomes.get(key)

    def keep(self, key: bytes, outcome: Outcome, steps: int) -> None:
        """Remember an outcome that took this many steps."""
        size = len(key) + CHARACTERS_PER_STEP * steps  # whatever rules write takes steps
        if len(key) > _LONG or size > _MOST_BYTES:
            return
        self._bytes += size
        if len(self._outcomes) >= _MOST or self._bytes > _MOST_BYTES:
            self._outcomes.clear()
            self._bytes = size
        self._outcomes[key] = outcome
