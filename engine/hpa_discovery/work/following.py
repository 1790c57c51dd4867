# SPDX-License-Identifier: Apache-2.0
"""After another generation serves, the regions whose outcome may be another are discovered, spread over some time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING

from hpa_discovery.store import outdated, regions, schedule

if TYPE_CHECKING:
    from hpa_discovery.discovery.generation import Generation
    from hpa_discovery.store.database import Store
    from hpa_discovery.work.serving import Serves

# What changes again within it is judged once; a pack that is away for a moment takes nothing away.
QUIET = timedelta(seconds=10)
LONGEST = timedelta(minutes=5)
# For each region, so that a few are asked at once and many do not come together.
EACH = timedelta(milliseconds=50)
PORTION = 1000


class Following:
    """For one process; a turn of the ticker. What it did not come to before it was killed, the next one finds.

    A region is asked again when its source's rules changed and its last complete listing
    was judged by another generation than the one that serves.
    """

    def __init__(self, store: Store, serves: Serves, longest: timedelta = LONGEST, quiet: timedelta = QUIET) -> None:
        self._store = store
        self._serves = serves
        self._longest = longest
        self._quiet = quiet
        self._digest = ""
        self._generation: Generation | None = None
        self._sources: frozenset[str] = frozenset()
        self._after = 0

    def turn(self) -> None:
        """Make the next portion of regions due. StoreError: the next turn does it."""
        serving = self._serves()
        if serving.digest != self._digest:
            self._sources |= changed_sources(self._generation, serving.generation)
            self._digest, self._generation, self._after = serving.digest, serving.generation, 0
        if self._sources:
            self._ask(self._sources)

    def _ask(self, sources: Collection[str]) -> None:
        with self._store.write("asking regions for another generation") as transaction:
            within = min(self._longest, regions.count(transaction) * EACH)
            found = outdated.numbers(transaction, sources, self._digest, self._after, PORTION)
            schedule.soon(transaction, found, "discover", within, self._quiet)
        if len(found) < PORTION:
            self._sources = frozenset()
        else:
            self._after = found[-1]


def changed_sources(before: Generation | None, after: Generation) -> frozenset[str]:
    """The sources whose rules or drivers are others now; all when nothing is known of before."""
    return frozenset(
        name
        for name, rules in after.sources.items()
        # A rule that did not change is not compiled again, so it is the same object.
        if before is None or name not in before.sources or rules.programs != before.sources[name].programs
    )
