# SPDX-License-Identifier: Apache-2.0
"""What a region may be: names that fit into paths, JSON that both databases keep, settings with a meaning."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hpa_discovery.errors import StoreRefused
from hpa_discovery.model import AAI_VERSIONS
from hpa_discovery.store.texts import checked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hpa_discovery.store.region import AaiSettings, Region

MOST_COORDINATES = 128 * 1024  # a chain of CAs among them
MOST_CONTEXT = 256 * 1024
MOST_CA = 128 * 1024
SHORTEST = timedelta(seconds=10)
LONGEST = timedelta(days=30)

_ALLOWED = {
    "mode": ("plan", "apply"),
    "on_failure": ("keep", "withdraw"),
    "replace": ("transaction", "sequential"),
    "version": tuple(f"v{number}" for number in AAI_VERSIONS),
}
_NO_PART_OF_A_PATH = re.compile(r".*/.*|\.\.?")


def check_region(region: Region) -> None:
    """StoreRefused for the first setting that cannot be kept, with what is allowed."""
    check_name("a cloud owner", region.owner)
    check_name("a cloud region id", region.region_id)
    what = f"of region {region.name}"
    checked(f"the source {what}", region.source, 100)
    if region.name_prefix:
        checked(f"the name prefix {what}", region.name_prefix)
    if not SHORTEST <= region.interval <= LONGEST or region.interval.microseconds:
        raise StoreRefused(
            f"the interval {what} is {region.interval.total_seconds():.15g} s: it must be whole seconds from "
            f"{SHORTEST.total_seconds():.0f} to {LONGEST.total_seconds():.0f}"
        )
    _check_json(f"the coordinates {what}", region.coordinates, MOST_COORDINATES)
    _check_json(f"the context {what}", region.context, MOST_CONTEXT)
    _check_aai(what, region.aai)


def check_name(what: str, name: str) -> None:
    """StoreRefused for an owner or a region id that could not stand in "<owner>/<region id>" and in a path."""
    if _NO_PART_OF_A_PATH.fullmatch(checked(what, name)):
        raise StoreRefused(f"{what} is {name!r}: it must have no slash, and not be '.' or '..'")


def _check_aai(what: str, aai: AaiSettings) -> None:
    for member, allowed in _ALLOWED.items():
        value = getattr(aai, member)
        if value not in allowed:
            raise StoreRefused(f"aai.{member} {what} is {value!r}: it must be one of {', '.join(allowed)}")
    if aai.user:
        checked(f"aai.user {what}", aai.user)
    if aai.url:
        checked(f"aai.url {what}", aai.url, 2000)
    if len(aai.ca) > MOST_CA:
        raise StoreRefused(f"aai.ca {what} has {len(aai.ca)} characters: at most {MOST_CA} are allowed")


def _check_json(what: str, value: Mapping[str, Any], most: int) -> None:
    try:
        size = len(json.dumps(dict(value), allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise StoreRefused(f"{what} cannot be kept: {error}; only JSON can") from error
    if size > most:
        raise StoreRefused(f"{what} have {size} bytes of JSON: at most {most} are allowed")
