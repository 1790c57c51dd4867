# SPDX-License-Identifier: Apache-2.0
"""Turns at a region's A&AI that somebody asks for and waits for: a plan, an apply, and taking out all that is ours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from hpa_discovery.aai.applying import Target, plan_region
from hpa_discovery.aai.client import AaiClient, AaiSettings
from hpa_discovery.aai.oof import why_skipped
from hpa_discovery.aai.paths import Place
from hpa_discovery.aai.plan import Plan
from hpa_discovery.aai.planning import Policy
from hpa_discovery.errors import AaiRefused, ConnectorError, DataError
from hpa_discovery.service.regions import Actor, found
from hpa_discovery.store import audit, region_secrets, regions
from hpa_discovery.store.database import Transaction
from hpa_discovery.store.regions import Region
from hpa_discovery.work.desiring import read_desired, read_ours
from hpa_discovery.work.holding import Overtaken
from hpa_discovery.work.publishing import Order
from hpa_discovery.work.steps import publish_now
from hpa_discovery.work.workplace import Workplace

Told = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """How it is to be done: so many deletes though a plan would be held, and what ONAP's own driver wrote is ours."""

    allow_deletes: int = 0
    adopt: bool = False


@dataclass(frozen=True, slots=True)
class AaiTurns:
    """Every method raises NoRegion, StoreError, and DataError where A&AI cannot be asked or read."""

    workplace: Workplace

    def plan(self, owner: str, region_id: str, wanted: Wanted) -> Plan:
        """What an apply would do now. Nothing is written, neither there nor here."""
        doing = f"planning region {owner}/{region_id}"
        with self.workplace.store.read(doing) as transaction:
            region = _with_aai(doing, found(transaction, owner, region_id))
            desired, ours = read_desired(transaction, region), read_ours(transaction, region)
            target = self._target(transaction, region, wanted)
        if desired is None:
            raise DataError(f"{doing}: it was not listed yet; hpa region discover asks for that")
        return plan_region(target, desired, ours)

    def why_oof_skips(self, owner: str, region_id: str) -> str:
        """Why ONAP's OOF places nothing into the region, whatever is published; "" where it takes it.

        One or two requests; what keeps A&AI from answering is told, too, and not raised.
        """
        doing = f"looking at region {owner}/{region_id} as OOF does"
        with self.workplace.store.read(doing) as transaction:
            region = _with_aai(doing, found(transaction, owner, region_id))
            target = self._target(transaction, region, Wanted())
        try:
            return why_skipped(target.client, target.place)
        except (AaiRefused, ConnectorError) as error:
            return f"it is not known whether it does: {error}"

    def apply(self, owner: str, region_id: str, wanted: Wanted, by: Actor) -> Told:
        """Make A&AI right, also in mode plan; what it came to, as in work.standing."""
        told = self._turn("applying", (owner, region_id), Order(wanted.allow_deletes, "apply", wanted.adopt))
        self._audit(by, "region.apply", f"{owner}/{region_id}", told)
        return told

    def unregister(self, owner: str, region_id: str, by: Actor) -> Told:
        """Delete all that is ours from A&AI, and switch the region off, so that it does not come back.

        One that was off before stays off, also when A&AI does not do it.
        """
        was_on = self._switch(owner, region_id, on=True)  # nothing of a region that is off can be claimed
        complete = False
        try:
            told = self._turn("unregistering", (owner, region_id), Order(unregister=True))
            complete = told["complete"]
        finally:
            if complete or not was_on:
                self._switch(owner, region_id, on=False)
        self._audit(by, "region.unregister", f"{owner}/{region_id}", told)
        return told

    def _switch(self, owner: str, region_id: str, *, on: bool) -> bool:
        """Switch a region; whether it was on before."""
        doing = f"switching region {owner}/{region_id} {'on' if on else 'off'}"
        with self.workplace.store.write(doing) as transaction:
            region = found(transaction, owner, region_id)
            if region.enabled != on:
                regions.change(transaction, self.workplace.secrets, replace(region, enabled=on), {})
        return region.enabled

    def _turn(self, doing: str, name: tuple[str, str], order: Order) -> Told:
        what = f"{doing} region {'/'.join(name)}"
        with self.workplace.store.read(what) as transaction:
            region = found(transaction, *name)
        if not order.unregister:
            _with_aai(what, region)
        if not region.enabled:
            raise DataError(f"{what}: it is switched off; `enabled`, or hpa region set --on, lets it be published")
        try:
            published = publish_now(self.workplace, region.id, order)
        except Overtaken as error:
            raise DataError(f"{what}: {error}") from error
        if published is None:
            raise DataError(f"{what}: it is being discovered or published at this moment; try again soon")
        told = published.told
        return {**told, "error": published.error, "complete": not published.error and not told.get("held")}

    def _target(self, transaction: Transaction, region: Region, wanted: Wanted) -> Target:
        aai = region.aai
        password = region_secrets.read(transaction, self.workplace.secrets, region, "aai") or ""
        settings = AaiSettings(aai.url, aai.user, password, aai.ca, int(aai.version.removeprefix("v")))
        policy = Policy(aai.on_failure, aai.replace, aai.adopt or wanted.adopt, wanted.allow_deletes)
        return Target(AaiClient(self.workplace.http, settings), Place(region.owner, region.region_id), policy)

    def _audit(self, by: Actor, action: str, name: str, told: Told) -> None:
        detail = {name: told[name] for name in ("counts", "done", "complete", "held") if told.get(name)}
        act = audit.Act(by.name, action, name, detail=detail, request_id=by.request_id)
        with self.workplace.store.write("noting what was done") as transaction:
            audit.record(transaction, act)


def _with_aai(doing: str, region: Region) -> Region:
    if not region.aai.url:
        raise DataError(f"{doing}: it has no A&AI; `aai.url`, or hpa region set --aai-url, names one")
    return region
