# SPDX-License-Identifier: Apache-2.0
"""Regions that ONAP knows already, from A&AI: each becomes one of ours, with what ONAP logs in there with."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from hpa_discovery.aai.client import AaiClient, AaiSettings
from hpa_discovery.aai.esr import KnownRegion, known_regions
from hpa_discovery.errors import DataError, StoreError
from hpa_discovery.service.problems import Problem
from hpa_discovery.service.region_settings import new_region
from hpa_discovery.service.regions import Actor, Regions
from hpa_discovery.store import regions
from hpa_discovery.work.workplace import Workplace


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one region of A&AI: added, there already, or why it cannot be added."""

    name: str
    outcome: str
    why: str = ""

    def as_json(self) -> dict[str, str]:
        """One row."""
        return {"region": self.name, "outcome": self.outcome, "why": self.why}


def import_regions(
    workplace: Workplace, aai: dict[str, Any], by: Actor, *, only: Collection[str] = (), dry: bool = False
) -> Iterator[Imported]:
    """Add the regions that this A&AI knows, or `only` these, in mode plan; one that is there stays as it is.

    `aai` has the members of region_settings.AAI; the regions are published there. `dry` only says what would become
    of each. AaiRefused, ConnectorError, DataError when A&AI cannot be asked; StoreError.
    """
    version = int(str(aai.get("version", "v28")).removeprefix("v"))
    settings = AaiSettings(aai["url"], aai.get("user", ""), aai.get("password", ""), aai.get("ca", ""), version)
    book = Regions(workplace.store, lambda: workplace.secrets)
    known = known_regions(AaiClient(workplace.http, settings))
    for each in sorted(known, key=lambda one: (one.place.owner, one.place.region)):
        if not only or str(each.place) in only:
            yield _import(book, each, aai, by, dry)


def _import(book: Regions, known: KnownRegion, aai: dict[str, Any], by: Actor, dry: bool) -> Imported:
    name = str(known.place)
    with book.store.read(f"looking for region {name}") as transaction:
        if regions.get(transaction, known.place.owner, known.place.region) is not None:
            return Imported(name, "there", "it is registered already")
    try:
        wish = new_region(_body(known, aai))
        if not dry:
            book.add(wish, by)
    except Problem as problem:
        return Imported(name, "left out", "; ".join(fault.message for fault in problem.errors) or problem.detail)
    except StoreError:
        raise
    except DataError as error:
        return Imported(name, "left out", str(error))
    return Imported(name, "added" if not dry else "new")


def _body(known: KnownRegion, aai: dict[str, Any]) -> dict[str, Any]:
    usable = [each for each in known.systems if each.coordinates.get("auth_url") and each.credential.get("password")]
    if not usable:
        raise DataError("A&AI does not say how its cloud is reached, or with which password")
    place, version = known.place, known.version
    vim = {
        "cloud_owner": place.owner,
        "cloud_region_id": place.region,
        "cloud_type": known.cloud_type,
        "cloud_region_version": version,
        "cloud_extra_info": known.extra_info,
    }
    return {
        "owner": place.owner,
        "region": place.region,
        "coordinates": dict(usable[0].coordinates),
        "credential": dict(usable[0].credential),
        "context": {"vim": {name: value for name, value in vim.items() if value}},
        "aai": {**aai, **({"cloud_region_version": version} if version else {})},
    }
