# SPDX-License-Identifier: Apache-2.0
"""How this A&AI is set up: what differs between real installations, and what a test wants to vary."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from peers.aai.schema import FIRST_VERSION, LAST_VERSION

MODES = ("faithful", "strict")


@dataclass(frozen=True, slots=True)
class Settings:
    """Each can be changed while the double runs.

    - `versions`: those that are served.
    - `implied_delete`: the clients (X-FromAppId) that may delete by leaving out, `*` for all.
    - `replace`: whether DELETE + PUT of one URI in one bulk call works, or is refused as an update without a
      resource-version.
    - `touched`: whether a PUT gives new resource-versions to what it changes alone, or to all that it names (an A&AI
      with aai.notification.depth.all.enabled).
    - `totals`: whether pages come with total-results and total-pages.
    - `order`: of collections, the same each time or another one for each request.
    """

    mode: Literal["faithful", "strict"] = "faithful"
    user: str = "hpa"
    password: str = "of-the-double"  # noqa: S105 - of a server that lives as long as a test
    versions: tuple[int, ...] = tuple(range(FIRST_VERSION, LAST_VERSION + 1))
    bulk_limit: int = 30
    implied_delete: tuple[str, ...] = ()
    replace: Literal["transaction", "refuse"] = "transaction"
    touched: Literal["changed", "all"] = "changed"
    totals: bool = True
    order: Literal["stable", "changing"] = "stable"

    def changed(self, changes: dict[str, Any]) -> Settings:
        """The same with other values; lists from JSON become tuples."""
        known = {each.name for each in fields(self)}
        if unknown := changes.keys() - known:
            raise ValueError(f"unknown settings {sorted(unknown)}; there are {sorted(known)}")
        values: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in changes.items()}
        return replace(self, **values)
