# SPDX-License-Identifier: Apache-2.0
"""From what lies in the roots to what is ready to serve: what is new is judged, the rest is left alone."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from dataclasses import replace

from hpa_discovery.errors import ChangedError, DataError, StoreError
from hpa_discovery.model import Finding
from hpa_discovery.packs.files import PACK_FILE, shown
from hpa_discovery.packs.live.choosing import Removed, bars
from hpa_discovery.packs.live.equipment import Tools
from hpa_discovery.packs.live.examining import examine
from hpa_discovery.packs.live.ledger import Bar, Ledger
from hpa_discovery.packs.live.looking import Found
from hpa_discovery.packs.live.roots import Seen
from hpa_discovery.packs.live.stock import Stock
from hpa_discovery.packs.live.turns import Turns
from hpa_discovery.packs.live.units import Key, Unit
from hpa_discovery.packs.live.uses import Uses


class Intake:
    """Notes in ledger and stock what came of it, each time under the lock of whoever serves from them."""

    def __init__(self, tools: Tools, ledger: Ledger, stock: Stock, uses: Uses, lock: threading.RLock) -> None:
        self._tools = tools
        self._ledger = ledger
        self._stock = stock
        self._uses = uses
        self._lock = lock
        self._turns = Turns()

    @property
    def left(self) -> bool:
        """Whether something new was left for another time."""
        return self._turns.left

    def examine(self, seen: Sequence[Seen], removed: Removed, patience: float = math.inf) -> OSError | None:
        """Find out, for a while, which of what lies there is new, and whether it is any good; what was in the way."""
        found = [item for look in seen for item in look.found]
        with self._lock:
            self._ledger.looked(seen)
            barred = bars(seen, self._stock.serving, removed, self._is_behind)
            self._stock.forget({(item.kind, item.name) for item in found})
            new = [item for item in found if self._is_new(item, barred.get(item.origin))]
        fault = None
        for item in self._turns.in_turn(found, new, patience):
            try:
                self.judge(item, barred.get(item.origin))
            except OSError as error:
                fault = fault or error
            except StoreError:
                raise
            except DataError as error:
                self._refuse(item, error)
        return fault

    def judge(self, found: Found, bar: Bar | None = None) -> None:
        """Judge what was found; when it is good, it is ready to serve.

        OSError when it cannot be read or written now, DataError when it cannot be taken apart at all.
        """
        key: Key = (found.kind, found.name)
        unit, findings = None, found.content.findings
        errors = any(finding.severity == "error" for finding in findings)
        serving = self._stock.serving.get(key)
        if bar is not None:
            findings = (*bar.findings, *findings)
        elif not errors and serving is not None and serving.part.digest == found.content.digest:
            unit = replace(serving, part=replace(serving.part, origin=str(found.origin)))
        elif not errors:
            unit, findings = examine(found, self._tools.spool, self._tools.check)
            self._uses.prepare(unit.asked if unit is not None else ())
        with self._lock:
            self._ledger.note(found, key if unit is None else unit.key, findings, unit, bar)
            self._stock.take(found.origin, unit)

    def _refuse(self, found: Found, error: DataError) -> None:
        """One pack that cannot be taken apart must not keep the others from being judged."""
        finding = Finding("check.ended", "error", str(error), shown(found.origin, PACK_FILE))
        with self._lock:
            self._ledger.note(found, (found.kind, found.name), (*found.content.findings, finding), None, None)
            self._stock.take(found.origin, None)

    def refuse_changed(self, error: ChangedError) -> bool:
        """Keep out what is not as it was when it was judged, until it is another; False for what no root holds."""
        with self._lock:
            for unit in self._ledger.units:
                if unit.part.digest == error.digest:
                    self._ledger.refuse(unit, Finding("check.ended", "error", str(error), _file(unit)))
                    self._stock.take(unit.origin, None)
                    return True
        return False

    def _is_behind(self, found: Found) -> bool:
        return self._ledger.is_behind(found) and self._tools.shelf.knows(found.content.digest)

    def _is_new(self, found: Found, bar: Bar | None) -> bool:
        unit = self._ledger.unit_at(found.origin)
        lost = unit is not None and not unit.place.exists()  # another process on this host has tidied up
        return lost or self._ledger.is_new(found, bar)


def _file(unit: Unit) -> str:
    return shown(unit.origin, PACK_FILE) if unit.key[0] == "pack" else shown(unit.origin.parent, unit.origin.name)
