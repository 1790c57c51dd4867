# SPDX-License-Identifier: Apache-2.0
"""Regions that ONAP knows already, from A&AI: each becomes one of ours, with what ONAP logs in there with."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from hpa_discovery.aai.client import AaiAccess, AaiClient
from hpa_discovery.aai.esr import KnownRegion, known_regions
from hpa_discovery.errors import DataError, StoreError
from hpa_discovery.service.problems import Problem
from hpa_discovery.service.region_settings import aai_said, new_region
from hpa_discovery.service.regions import Actor, Regions
from hpa_discovery.store import regions
from hpa_discovery.work.workplace import Workplace

# What ONAP calls clouds that have a Keystone and a Nova; vmware is VMware Integrated OpenStack.
_OPENSTACK = frozenset({"", "openstack", "starlingx", "vmware", "windriver"})


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
    workplace: Workplace, book: Regions, value: Any, by: Actor, *, only: Collection[str] = (), dry: bool = False
) -> Iterator[Imported]:
    """Add the regions that this A&AI knows, or `only` these, in mode plan; one that is there stays as it is.

    `value` has the members of region_settings.IMPORT; the regions are published there. `dry` only says what would
    become of each. Problem 422 for that value; AaiRefused, ConnectorError when A&AI cannot be asked; StoreError.
    """
    aai, there = aai_said(value)
    if book.egress is not None:
        book.insist_on_rules(there)
    version = int(there.aai.version.removeprefix("v"))
    settings = AaiAccess(there.aai.url, there.aai.user, aai.get("password") or "", there.aai.ca, version)
    known = known_regions(AaiClient(workplace.http, settings))
    names = {str(each.place) for each in known}
    for each in sorted(known, key=lambda one: (one.place.owner, one.place.region)):
        if not only or str(each.place) in only:
            yield _import(book, each, aai, by, dry)
    for name in sorted(set(only) - names):
        yield Imported(name, "left out", "A&AI has no such cloud-region")


def _import(book: Regions, known: KnownRegion, aai: dict[str, Any], by: Actor, dry: bool) -> Imported:
    name = str(known.place)
    with book.store.read(f"looking for region {name}") as transaction:
        if regions.get(transaction, known.place.owner, known.place.region) is not None:
            return Imported(name, "there", "it is registered already")
    try:
        wish = new_region(_body(known, aai))
        book.insist_on_rules(wish.region)
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
    if known.cloud_type.lower() not in _OPENSTACK:
        raise DataError(f"its cloud-type in A&AI is {known.cloud_type[:100]!r}: what ONAP knows of it is no OpenStack")
    usable = [each for each in known.systems if each.coordinates.get("auth_url") and each.credential.get("password")]
    if not usable:
        raise DataError("its esr-system-info in A&AI has no service-url or no password; hpa region add registers it")
    return {
        "owner": known.place.owner,
        "region": known.place.region,
        "coordinates": dict(usable[0].coordinates),
        "credential": dict(usable[0].credential),
        "context": {"vim": {name: value for name, value in _viminfo(known).items() if value}},
        "aai": aai,
    }


def _viminfo(known: KnownRegion) -> dict[str, str]:
    """What rules and drivers see of it: Multicloud's own viminfo, without what it logs in with."""
    return {
        "vimId": f"{known.place.owner}_{known.place.region}",
        "name": known.complex_name,
        "type": known.cloud_type,
        "version": known.version,
        "cloud_owner": known.place.owner,
        "cloud_region_id": known.place.region,
        "cloud_extra_info": known.extra_info,
    }
