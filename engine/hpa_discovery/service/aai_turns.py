# SPDX-License-Identifier: Apache-2.0
"""Turns at a region's A&AI that somebody asks for and waits for: a plan, an apply, and taking out all that is ours."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

from hpa_discovery.aai.oof import why_skipped
from hpa_discovery.aai.plan import Plan
from hpa_discovery.errors import AaiRefused, ConnectorError, DataError
from hpa_discovery.service.regions import Actor, found
from hpa_discovery.store import audit, regions
from hpa_discovery.store.audit import Ending
from hpa_discovery.store.region import Region
from hpa_discovery.work.holding import Overtaken, credential
from hpa_discovery.work.orders import Order, target
from hpa_discovery.work.publishing import Published, plan_now
from hpa_discovery.work.steps import publish_now
from hpa_discovery.work.workplace import Workplace

Told = dict[str, Any]
# Seconds for a step of the region that is under way. Mostly one takes less than a second, and ONAP's callers of
# Multicloud do not come again after a 409.
_PATIENCE = 10.0
_PAUSE = 0.5


@dataclass(frozen=True, slots=True)
class Wanted:
    """How it is to be done: so many deletes though a plan would be held, and what ONAP's own driver wrote is ours."""

    allow_deletes: int = 0
    adopt: bool = False


@dataclass(frozen=True, slots=True)
class AaiTurns:
    """Every method raises NoRegion, StoreError, and DataError where A&AI cannot be asked or read.

    `patience` is for how many seconds a turn waits for another step of the region to end.
    """

    workplace: Workplace
    patience: float = _PATIENCE

    def plan(self, owner: str, region_id: str, wanted: Wanted) -> Plan:
        """What an apply would do now. Nothing is written, neither there nor here."""
        doing = f"planning region {owner}/{region_id}"
        with self.workplace.store.read(doing) as transaction:
            region = _with_aai(doing, found(transaction, owner, region_id))
        try:
            plan = plan_now(self.workplace, region, Order(wanted.allow_deletes, adopt=wanted.adopt))
        except Overtaken as error:
            raise DataError(f"{doing}: {error}") from error
        if plan is None:
            raise DataError(
                f"{doing}: it was not listed yet; hpa region show tells why, hpa region discover asks for it"
            )
        return plan

    def why_oof_skips(self, owner: str, region_id: str) -> str:
        """Whether and why ONAP's OOF skips the region, whatever is published; "" where it takes it.

        One or two requests; what keeps that from being known is told, too, and not raised.
        """
        name = f"{owner}/{region_id}"
        doing = f"looking at region {name} as OOF does"
        try:
            with self.workplace.store.read(doing) as transaction:
                region = _with_aai(doing, found(transaction, owner, region_id))
                password = credential(transaction, self.workplace, region, "aai") or ""
            where = target(self.workplace.http, region, password, Order())
            why = why_skipped(where.client, where.place)
        except (Overtaken, AaiRefused, ConnectorError) as error:
            return f"it is not known whether OOF skips {name}: {error}"
        return f"OOF skips {name}: {why}" if why else ""

    def apply(self, owner: str, region_id: str, wanted: Wanted, by: Actor) -> Told:
        """Make A&AI right, also in mode plan.

        What it came to: {complete, counts, done, silent, left, held, error, refused}, the last seven as in
        work.standing; `counts` is None where nothing was compared.
        """
        told = self._turn(
            "applying", (owner, region_id), Order(wanted.allow_deletes, "apply", wanted.adopt, by=by.name)
        )
        self._audit(by, "region.apply", f"{owner}/{region_id}", told)
        return told

    def unregister(self, owner: str, region_id: str, by: Actor) -> Told:
        """Delete all that is ours from A&AI, and switch the region off, so that it does not come back.

        It stays as it was, on or off, when A&AI does nothing of it. Where only a part is done it is off, too, and
        asking again does the rest.
        """
        told = self._turn("unregistering", (owner, region_id), Order(unregister=True, by=by.name))
        if told["complete"] or told.get("done"):
            self._switch_off(owner, region_id)
        self._audit(by, "region.unregister", f"{owner}/{region_id}", told)
        return told

    def _switch_off(self, owner: str, region_id: str) -> None:
        with self.workplace.store.write(f"switching region {owner}/{region_id} off") as transaction:
            region = found(transaction, owner, region_id)
            if region.enabled:
                regions.change(transaction, self.workplace.secrets, replace(region, enabled=False), {})
                self.workplace.alarms.clear_below(transaction, f"region/{region.name}")

    def _turn(self, doing: str, name: tuple[str, str], order: Order) -> Told:
        what = f"{doing} region {'/'.join(name)}"
        with self.workplace.store.read(what) as transaction:
            region = found(transaction, *name)
            ours = regions.count_ours(transaction, region.id)
        if ours or not order.unregister:
            _with_aai(what, region)
        if not (region.enabled or order.unregister):
            raise DataError(f"{what}: it is switched off; `enabled`, or hpa region set --on, lets it be published")
        end = time.monotonic() + self.patience
        try:
            while (published := publish_now(self.workplace, region.id, order)) is None and time.monotonic() < end:
                time.sleep(_PAUSE)
        except Overtaken as error:
            raise DataError(f"{what}: {error}") from error
        if published is None:
            raise DataError(
                f"{what}: it is being discovered or published at this moment; try again soon. What a process that was "
                f"killed held is free after {self.workplace.lease.total_seconds():.0f} seconds"
            )
        return _row(published, order)

    def _audit(self, by: Actor, action: str, name: str, told: Told) -> None:
        """What was sent before a turn failed is told, too: `done` counts it."""
        detail = {member: told[member] for member in ("counts", "done") if told.get(member)}
        if not told["complete"]:
            detail["why"] = told.get("held") or told["error"]
        ending: Ending = "done" if told["complete"] else "failed"
        act = audit.Act(by.name, action, name, ending, detail, by.request_id)
        with self.workplace.store.write("noting what was done") as transaction:
            audit.record(transaction, act)


def _row(published: Published, order: Order) -> Told:
    told = published.told
    # Where nothing is known of the region, nothing of it is right; where nothing is ours, nothing is to be deleted.
    why = published.error or ("" if order.unregister else told.get("nothing", ""))
    return {
        "complete": not why and not told.get("held"),
        "counts": told.get("counts"),
        **{name: told.get(name, 0) for name in ("done", "silent", "left")},
        "held": told.get("held", ""),
        "error": why,
        "refused": told.get("refused", []),
    }


def _with_aai(doing: str, region: Region) -> Region:
    if not region.aai.url:
        raise DataError(f"{doing}: it has no A&AI; `aai.url`, or hpa region set --aai-url, names one")
    return region
