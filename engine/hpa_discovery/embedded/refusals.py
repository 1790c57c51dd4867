# SPDX-License-Identifier: Apache-2.0
"""Why packs could not be loaded, remembered until something changes where they come from.

Each flavor asks for the packs anew. To load them only to find the same errors takes as long as thousands of answers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hpa_discovery.errors import DataError, HpaError
from hpa_discovery.packs.files import OVERLAY_SUFFIX
from hpa_discovery.packs.installed import Installed, InstalledPacks
from hpa_discovery.packs.lint_targets import packs_at
from hpa_discovery.packs.live.looking import Line, stamp_of

AGAIN_SECONDS = 1.0  # between two looks at what may have changed
# Within this time, a file may be written twice and have one time of change.
_GRAIN_NS = 100_000_000


@dataclass(frozen=True, slots=True)
class Looked:
    """What there was to load, and whether it had not been written to just then."""

    installed: Installed
    faults: tuple[str, ...]
    lines: tuple[Line, ...]
    at_rest: bool

    def is_still(self, other: Looked) -> bool:
        """Whether loading the other must end as loading this did."""
        same = (self.installed, self.faults, self.lines) == (other.installed, other.faults, other.lines)
        return self.at_rest and same


@dataclass(frozen=True, slots=True)
class _Refusal:
    error: HpaError
    looked: Looked
    until: float


class Refusals:
    """One for the packs in `folders` and those of wheels. For one thread at a time."""

    def __init__(
        self, folders: Sequence[Path], wheels: InstalledPacks, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._folders = tuple(folders)
        self._wheels = wheels
        self._clock = clock
        self._refusals: dict[str, _Refusal] = {}

    def look(self) -> Looked:
        """What there is to load now; to be taken before it is loaded. Never raises."""
        at = time.time_ns()
        installed = self._wheels.look()
        faults: list[str] = []
        places = [pack.root for pack in installed.packs]
        for folder in self._folders:
            try:
                places += [*packs_at(folder), *sorted(folder.glob(f"*{OVERLAY_SUFFIX}"))]
            except DataError as error:
                faults.append(str(error))
        lines = tuple(line for place in places for line in stamp_of(place))
        at_rest = all(changed < at - _GRAIN_NS for *_, changed in lines)
        return Looked(installed, tuple(faults), lines, at_rest)

    def keep(self, source: str, error: HpaError, looked: Looked) -> None:
        """Remember why the packs that read `source` could not be loaded."""
        self._refusals[source] = _Refusal(error, looked, self._clock() + AGAIN_SECONDS)

    def check(self, source: str) -> None:
        """Raise what was raised before, when loading would end in the same way; else forget it."""
        refusal = self._refusals.pop(source, None)
        if refusal is None:
            return
        now = self._clock()
        if now >= refusal.until:
            if not refusal.looked.is_still(self.look()):
                return
            refusal = replace(refusal, until=now + AGAIN_SECONDS)
        self._refusals[source] = refusal
        # Not with the frames of all who were told before.
        raise refusal.error.with_traceback(None)
