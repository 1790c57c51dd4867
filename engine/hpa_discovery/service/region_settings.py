# SPDX-License-Identifier: Apache-2.0
"""What somebody says of a region, strictly: values only, never files, programs or plugins of this machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from hpa_discovery.errors import DataError, SourceError, StoreError
from hpa_discovery.service.problems import Fault
from hpa_discovery.service.questions import DEFAULT_SOURCE, Members, read_members, refused
from hpa_discovery.service.region_targets import target_faults
from hpa_discovery.sources.openstack_values import read_cloud, read_coordinates
from hpa_discovery.store import region_secrets
from hpa_discovery.store.region import AaiSettings, Region
from hpa_discovery.store.region_limits import check_region
from hpa_discovery.store.region_secrets import Target

SETTINGS: Members = {
    "coordinates": dict,
    "credential": dict,
    "name_prefix": str,
    "context": dict,
    "interval_seconds": int,
    "enabled": bool,
    "aai": dict,
}
ADD: Members = {"owner": str, "region": str, "source": str, **SETTINGS}
CHANGE: Members = {"revision": int, **SETTINGS}
AAI: Members = {
    "url": str,
    "user": str,
    "password": str,
    "ca": str,
    "version": str,
    "mode": str,
    "on_failure": str,
    "replace": str,
    "adopt": bool,
}
IMPORT: Members = {name: AAI[name] for name in ("url", "user", "password", "ca", "version")}
Credentials = Mapping[Target, str | None]
# Whether coordinates, alone or with a credential, are such as the source's reader takes: SourceError.
_CheckAlone = Callable[[str, Mapping[str, Any]], object]
_Check = Callable[[str, Mapping[str, Any], Mapping[str, Any]], object]
SOURCES: Mapping[str, tuple[_CheckAlone, _Check]] = {"openstack.flavor": (read_coordinates, read_cloud)}
_LONG = ("ca", "password")
_MOST_SECONDS = 10**9


@dataclass(frozen=True, slots=True)
class Wish:
    """A region as it is to be. `credentials` are those that change: None forgets one."""

    region: Region
    credentials: Credentials = field(repr=False)


def new_region(value: Any) -> Wish:
    """The region that a body with the members of ADD describes. Problem 422."""
    said = read_members(value, ADD)
    missing = [name for name in ("owner", "region", "coordinates", "credential") if said[name] is None]
    if missing:
        raise refused([Fault("it is needed", f"/{name}") for name in missing])
    wish = _merged(Region(said["owner"], said["region"], said["source"] or DEFAULT_SOURCE), value, said)
    check(wish, None)
    return wish


def changed_region(before: Region, value: Any) -> Wish:
    """The region with what a body with the members of CHANGE says; `check` is still to be asked. Problem 422.

    What the body does not have stays. A revision is needed: that of the region the change was made from.
    """
    said = read_members(value, CHANGE)
    if said["revision"] is None:
        raise refused([Fault("it is needed: the revision that the change was made from", "/revision")])
    return _merged(replace(before, revision=said["revision"]), value, said)


def aai_said(value: Any) -> tuple[dict[str, Any], Region]:
    """An A&AI whose regions are to be known, as a body with the members of IMPORT says, and a region that is there.

    Problem 422, where a URL is needed.
    """
    said = read_members(value, IMPORT, ("aai",), _LONG)
    if not said["url"]:
        raise refused([Fault("it is needed: the URL of A&AI", "/aai/url")])
    given = {name: each for name, each in said.items() if each is not None}
    settings = {name: each for name, each in given.items() if name != "password"}
    region = Region("owner", "region", DEFAULT_SOURCE, aai=AaiSettings(**settings))
    if faults := target_faults(region):
        raise refused(faults)
    try:
        check_region(region)
    except StoreError as error:
        raise refused([Fault(str(error), "/aai")]) from None
    return given, region


def check(wish: Wish, kept: str | None) -> None:
    """Problem 422 for a region that cannot be kept or read; `kept` is the cloud's credential until now."""
    region = wish.region
    if region.source not in SOURCES:
        known = ", ".join(SOURCES)
        raise refused([Fault(f"no region can be of source {region.source[:100]!r}; there are: {known}", "/source")])
    if faults := target_faults(region):
        raise refused(faults)
    credential = wish.credentials.get("cloud", kept)
    try:
        check_region(region)
        for target in region_secrets.TARGETS:
            region_secrets.origins(region, target)
        check_alone, check_both = SOURCES[region.source]
        if credential is None:
            check_alone(region.name, region.coordinates)
        else:
            check_both(region.name, region.coordinates, json.loads(credential))
    except SourceError as error:
        place = "/credential" if str(error).startswith("credential") else "/coordinates"
        raise refused([Fault(str(error), place)]) from None
    except DataError as error:
        raise refused([Fault(str(error), "")]) from None


def _merged(before: Region, value: Mapping[str, Any], said: Mapping[str, Any]) -> Wish:
    aai = {} if said["aai"] is None else read_members(said["aai"], AAI, ("aai",), _LONG)
    given = {name: said[name] for name in ("coordinates", "name_prefix", "context", "enabled")}
    settings = {name: aai[name] for name in AaiSettings.__dataclass_fields__ if aai.get(name) is not None}
    region = replace(
        before,
        aai=replace(before.aai, **settings),
        interval=before.interval if said["interval_seconds"] is None else _interval(said["interval_seconds"]),
        **{name: each for name, each in given.items() if each is not None},
    )
    credentials: dict[Target, str | None] = {}
    if "credential" in value:
        credentials["cloud"] = None if said["credential"] is None else json.dumps(said["credential"])
    if said["aai"] is not None and "password" in said["aai"]:
        credentials["aai"] = aai["password"]
    return Wish(region, credentials)


def _interval(seconds: int) -> timedelta:
    if not 0 < seconds < _MOST_SECONDS:
        raise refused(
            [Fault(f"it is {seconds}; a number of seconds that can be waited is needed", "/interval_seconds")]
        )
    return timedelta(seconds=seconds)
