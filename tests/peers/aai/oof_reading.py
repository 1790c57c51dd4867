# SPDX-License-Identifier: Apache-2.0
"""What ONAP's OOF makes of an A&AI: which regions it sees, which values it can take, which flavor it chooses.

Its rules, not its code. OOF reads regions with depth 0 and flavors with all
depth and nodes only, as the client CONDUCTOR. It crashes on some of what it
reads; here that is told by `unreadable`, and never matches.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote

import yaml

APP = "CONDUCTOR"
REGIONS = "cloud-infrastructure/cloud-regions/?depth=0"
COMPLEX_WANTS = ("latitude", "longitude", "city", "country", "complex-name")
_FACTORS = {"KB": 1024, "MB": 1024**2, "GB": 1024**3}
_ORDERS = {"<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge}

# A path below /aai/v<N>/ in, the JSON that A&AI answers out; None for 404.
Get = Callable[[str], Any]
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Regions:
    """(owner, region) of what OOF takes, and why it skips the others."""

    taken: tuple[tuple[str, str], ...]
    skipped: dict[tuple[str, str], str]


@dataclass(frozen=True, slots=True)
class Match:
    """What OOF chooses: a flavor, and the sum of the scores of the optional requirements that it meets."""

    flavor_id: str
    flavor_name: str
    score: int


def read_regions(get: Get) -> Regions:
    """The regions that OOF would place into."""
    taken, skipped = [], {}
    for region in (get(REGIONS) or {}).get("cloud-region", []):
        name = (region["cloud-owner"], region["cloud-region-id"])
        why = _why_skipped(get, region)
        if why:
            skipped[name] = why
        else:
            taken.append(name)
    return Regions(tuple(taken), skipped)


def _why_skipped(get: Get, region: Json) -> str:
    if not region.get("cloud-region-version"):
        return "no cloud-region-version"
    related = region.get("relationship-list", {}).get("relationship", [])
    links = [each["related-link"] for each in related if each["related-to"] == "complex"]
    if len(links) != 1:
        return f"{len(links)} complexes"
    found = get("cloud-infrastructure/" + links[0].partition("/cloud-infrastructure/")[2]) or {}
    missing = [name for name in COMPLEX_WANTS if not found.get(name)]
    return f"the complex has no {', '.join(missing)}" if missing else ""


def read_flavors(get: Get, owner: str, region: str) -> list[dict[str, Any]]:
    """The flavors of a region as OOF gets them; none where the region has none."""
    place = f"cloud-infrastructure/cloud-regions/cloud-region/{quote(owner, safe='')}/{quote(region, safe='')}"
    found = get(f"{place}/flavors/?depth=all&nodes-only=true") or {}
    return list(found.get("flavor", []))


def unreadable(flavors: Iterable[Json]) -> list[str]:
    """The attributes that OOF cannot take: each as flavor, feature, key and what is wrong."""
    return [
        f"{flavor.get('flavor-id')} {capability.get('hpa-feature')} {attribute.get('hpa-attribute-key')}: {why}"
        for flavor in flavors
        for capability in _capabilities(flavor)
        for attribute in capability.get("hpa-feature-attributes", [])
        if (why := _why_unreadable(attribute.get("hpa-attribute-value")))
    ]


@cache
def _why_unreadable(text: Any) -> str:
    try:
        told = json.loads(text)
    except (TypeError, ValueError):
        return f"{text!r} is no JSON text"
    if not _is_the_same_in_yaml(text, told):
        return f"{text!r} says something else, or nothing, to whoever reads it as YAML"
    if not isinstance(told, dict) or "value" not in told or told.keys() - {"value", "unit"}:
        return f"{text} is no object of value and unit"
    value, unit = told["value"], told.get("unit")
    items = value if isinstance(value, list) else [value]
    if not items or not all(isinstance(each, str) and each for each in items):
        return f"{text}: the value is neither text nor a list of texts"
    if unit is not None and (unit not in _FACTORS or isinstance(value, list) or not _is_number(value)):
        return f"{text}: OOF converts whole numbers of {', '.join(_FACTORS)} alone"
    return ""


def _is_the_same_in_yaml(text: str, told: Any) -> bool:
    """OOF reads values with a YAML loader, which has other ideas of which characters there are."""
    try:
        return bool(yaml.safe_load(text) == told)
    except yaml.YAMLError:
        return False


def choose(flavors: Iterable[Json], requirements: Iterable[Json]) -> Match | None:
    """The flavor with the highest score of those that meet all mandatory requirements; the first of equals."""
    wanted = list(requirements)
    matches = [match for flavor in flavors if (match := _match(flavor, wanted))]
    return max(matches, key=lambda match: match.score, default=None)


def satisfies(flavor: Json, requirement: Json) -> bool:
    """Whether one capability of the flavor meets the requirement with all its attributes."""
    mandatory = _is_mandatory(requirement)
    names = ("hpa-feature", "architecture", "hpa-version") if mandatory else ("hpa-feature",)
    return any(
        all(capability.get(name) == requirement.get(name) for name in names)
        and _attributes_meet(capability, requirement)
        for capability in _capabilities(flavor)
    )


def _match(flavor: Json, wanted: list[Json]) -> Match | None:
    if not _capabilities(flavor) or not all(satisfies(flavor, each) for each in wanted if _is_mandatory(each)):
        return None
    score = sum(int(each["score"]) for each in wanted if not _is_mandatory(each) and satisfies(flavor, each))
    return Match(flavor["flavor-id"], flavor["flavor-name"], score)


def _capabilities(flavor: Json) -> list[Json]:
    found: list[Json] = flavor.get("hpa-capabilities", {}).get("hpa-capability", [])
    return found


def _is_mandatory(requirement: Json) -> bool:
    return str(requirement["mandatory"]).lower() == "true"


def _attributes_meet(capability: Json, requirement: Json) -> bool:
    offered = {each["hpa-attribute-key"]: each.get("hpa-attribute-value") for each in _attributes(capability)}
    return all(_meets(offered.get(each["hpa-attribute-key"]), each) for each in _attributes(requirement))


def _attributes(holder: Json) -> Iterator[Json]:
    return iter(holder.get("hpa-feature-attributes", []))


def _meets(offered: Any, wanted: Json) -> bool:
    if offered is None or _why_unreadable(offered):
        return False
    told = json.loads(offered)
    has = _in_bytes(told["value"], told.get("unit"))
    wants = _in_bytes(wanted["hpa-attribute-value"], wanted.get("unit"))
    how = wanted["operator"]
    if how == "ALL":
        return isinstance(has, list) and isinstance(wants, list) and bool(wants) and set(wants) <= set(has)
    if not isinstance(has, str) or not isinstance(wants, str):
        return False
    numbers = _is_number(has) and _is_number(wants)
    if how == "=":
        return int(has) == int(wants) if numbers else has == wants
    return numbers and how in _ORDERS and bool(_ORDERS[how](int(has), int(wants)))


def _is_number(value: Any) -> bool:
    return isinstance(value, str) and value.isascii() and value.isdigit()


def _in_bytes(value: Any, unit: str | None) -> Any:
    """A number in one of the units that OOF knows, as bytes; anything else as it is."""
    return str(int(value) * _FACTORS[unit]) if unit in _FACTORS and _is_number(value) else value
