# SPDX-License-Identifier: Apache-2.0
"""Drivers and sources: who answers, and about what."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from hpa_discovery.discovery.driven import DrivenAnswerer
from hpa_discovery.discovery.generation import SourceRules
from hpa_discovery.drivers.isolation import fences
from hpa_discovery.drivers.supervisor import DriverStatus
from hpa_discovery.language.driver import Driver
from hpa_discovery.service.desk import AtDesk, JsonReply
from hpa_discovery.service.forms.base import reply
from hpa_discovery.service.forms.operating import DriversReply, SourcesReply
from hpa_discovery.store.allowances import allowances

router = APIRouter(tags=["devices"])


@router.get("/v1/drivers", responses=reply(DriversReply))
def list_drivers(desk: AtDesk) -> JsonReply:
    """The drivers of the generation that serves: whether they are allowed to run, how they do, and their fences."""
    with desk.runtime.store.read("reading which drivers may run") as transaction:
        allowed = {(each.driver, each.digest) for each in allowances(transaction)}
    status = {(each.id, each.digest): each for each in desk.runtime.fleet.status()}
    drivers = [
        _driver(pack.namespace, driver, allowed, status.get((driver.id, driver.digest)))
        for pack in desk.runtime.live.generation.packs
        for driver in pack.drivers
    ]
    standing = fences()
    told = {
        "namespaces": standing.namespaces,
        "landlock": standing.landlock,
        "user": standing.user,
        "missing": dict(standing.missing),
    }
    return JsonReply({"drivers": drivers, "fences": told})


@router.get("/v1/sources", responses=reply(SourcesReply))
def list_sources(desk: AtDesk) -> JsonReply:
    """What can be asked about, and how many rules and drivers answer."""
    sources = desk.runtime.live.generation.sources
    return JsonReply({"sources": [_source(name, rules) for name, rules in sources.items()]})


def _driver(pack: str, driver: Driver, allowed: set[tuple[str, str]], status: DriverStatus | None) -> dict[str, Any]:
    return {
        "id": driver.id,
        "title": driver.title,
        "pack": pack,
        "source": driver.source,
        "features": list(driver.answers),
        "digest": driver.digest,
        "allowed": (driver.id, driver.digest) in allowed,
        "state": status.state if status is not None else "absent",
        "faults": status.faults if status is not None else 0,
        "last_fault": status.last_fault if status is not None else "",
        "name": status.name if status is not None else "",
        "version": status.version if status is not None else "",
    }


def _source(name: str, rules: SourceRules) -> dict[str, Any]:
    drivers = sum(isinstance(program, DrivenAnswerer) for program in rules.programs)
    return {
        "source": name,
        "root": rules.contract.root,
        "features": list(rules.features),
        "rules": len(rules.programs) - drivers,
        "drivers": drivers,
    }
