# SPDX-License-Identifier: Apache-2.0
"""OOF's reading of A&AI: against OOF's own published cases, a table of its rules, and the double of A&AI."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from peers.aai.asking import Asking
from peers.aai.oof_reading import APP, Match, choose, read_flavors, read_regions, satisfies, unreadable
from peers.aai.running import Aai

if TYPE_CHECKING:
    from collections.abc import Iterator

UPSTREAM = Path(__file__).resolve().parents[3] / "shared" / "data" / "oof_upstream_cases.json"
PLACE = {
    "physical-location-type": "t",
    "street1": "s",
    "postal-code": "p",
    "region": "r",
    "city": "c",
    "country": "d",
    "latitude": "1",
    "longitude": "2",
    "complex-name": "n",
}
COMPLEXES = "cloud-infrastructure/complexes/complex"
REGIONS = "cloud-infrastructure/cloud-regions/cloud-region"


def capability(feature: str, architecture: str = "generic", **values: Any) -> dict[str, Any]:
    """A capability; each value is what stands in the JSON text, or text as it is."""
    attributes = [
        {"hpa-attribute-key": key, "hpa-attribute-value": value if isinstance(value, str) else json.dumps(value)}
        for key, value in values.items()
    ]
    return {
        "hpa-capability-id": f"{feature}-{architecture}",
        "hpa-feature": feature,
        "hpa-version": "v1",
        "architecture": architecture,
        "hpa-feature-attributes": attributes,
    }


def flavor(*capabilities: dict[str, Any], name: str = "f") -> dict[str, Any]:
    """A flavor as A&AI tells it."""
    found: dict[str, Any] = {"flavor-id": name, "flavor-name": name}
    return found | ({"hpa-capabilities": {"hpa-capability": list(capabilities)}} if capabilities else {})


def wants(feature: str, *attributes: tuple[str, str, Any, str], score: str = "", **more: str) -> dict[str, Any]:
    """A requirement, mandatory without a score; attributes are (key, operator, value, unit)."""
    told = [
        {"hpa-attribute-key": key, "operator": how, "hpa-attribute-value": value, "unit": unit}
        for key, how, value, unit in attributes
    ]
    kind = {"mandatory": "False", "score": score} if score else {"mandatory": "True"}
    plain = {"hpa-feature": feature, "hpa-version": "v1", "architecture": "generic", "directives": []}
    return plain | kind | {"hpa-feature-attributes": told} | more


# What is offered in `{"value", "unit"}`, operator, what is wanted, its unit, whether it matches.
VALUES: list[tuple[Any, str, Any, str, bool]] = [
    ({"value": "8"}, "=", "8", "", True),
    ({"value": "08"}, "=", "8", "", True),
    ({"value": "154c"}, "=", "154c", "", True),
    ({"value": "154c"}, "=", "154C", "", False),
    ({"value": "9"}, ">", "8", "", True),
    ({"value": "10"}, ">", "9", "", True),
    ({"value": "8"}, "<", "8", "", False),
    ({"value": "8"}, "<=", "8", "", True),
    ({"value": "8"}, ">=", "8", "", True),
    ({"value": "b"}, ">", "a", "", False),
    ({"value": "9"}, "!=", "8", "", False),
    ({"value": "8"}, "any", "8", "", False),
    ({"value": ["a", "b"]}, "ALL", ["b"], "", True),
    ({"value": ["a", "b"]}, "ALL", ["b", "c"], "", False),
    ({"value": ["a", "b"]}, "ALL", [], "", False),
    ({"value": "a,b"}, "ALL", ["a"], "", False),
    ({"value": ["a"]}, "ALL", "a", "", False),
    ({"value": ["a"]}, "=", "a", "", False),
    ({"value": "2", "unit": "GB"}, "=", "2048", "MB", True),
    ({"value": "2048", "unit": "MB"}, ">=", "2", "GB", True),
    ({"value": "2048", "unit": "KB"}, "=", "2", "MB", True),
    ({"value": "2"}, "=", "2", "TB", True),
    ({"value": "2048"}, "=", "2", "gb", False),
    ({"value": "1.5"}, "=", "1.5", "GB", True),
    ({"value": 8}, "=", "8", "", False),
    ({"value": True}, "=", "True", "", False),
    ({"value": None}, "=", "None", "", False),
    ("2", "=", "2", "", False),
    ('{value:"2"}', "=", "2", "", False),
]


@pytest.mark.parametrize(("offered", "how", "wanted", "unit", "matches"), VALUES)
def test_values_match_as_oof_matches_them(offered: Any, how: str, wanted: Any, unit: str, matches: bool) -> None:
    """Whole numbers as numbers, all else as text; units of 1024; lists by ALL alone."""
    assert satisfies(flavor(capability("f", k=offered)), wants("f", ("k", how, wanted, unit))) is matches


@pytest.mark.parametrize(
    ("changes", "mandatory", "optional"),
    [
        ({}, True, True),
        ({"architecture": "Intel64"}, False, True),
        ({"hpa-version": "v2"}, False, True),
        ({"hpa-feature": "g"}, False, False),
    ],
)
def test_what_must_be_equal(changes: dict[str, str], mandatory: bool, optional: bool) -> None:
    """Mandatory ones by feature, architecture and version; optional ones by feature alone."""
    found = flavor(capability("f"))

    assert satisfies(found, wants("f") | changes) is mandatory
    assert satisfies(found, wants("f", score="1") | changes) is optional


def test_all_attributes_are_in_one_instance() -> None:
    """Two instances that have half of it each do not do; an attribute that is missing does not either."""
    halves = flavor(capability("f", a={"value": "1"}), capability("f", a={"value": "2"}, b={"value": "2"}))

    assert satisfies(halves, wants("f", ("a", "=", "2", ""), ("b", "=", "2", "")))
    assert not satisfies(halves, wants("f", ("a", "=", "1", ""), ("b", "=", "2", "")))
    assert not satisfies(halves, wants("f", ("c", "=", "1", "")))


def test_the_highest_score_wins_and_the_first_of_equals() -> None:
    """Scores of matched optional requirements are added; a flavor without capabilities never matches."""
    plain, more, same = (
        flavor(capability("f"), name="plain"),
        flavor(capability("f"), capability("g"), name="more"),
        flavor(capability("f"), capability("g"), name="same"),
    )
    asked = [wants("f"), wants("g", score="5"), wants("h", score="7")]

    assert choose([flavor(name="none"), plain, more, same], asked) == Match("more", "more", 5)
    assert choose([plain], asked) == Match("plain", "plain", 0)
    assert choose([flavor(name="none")], [wants("g", score="5")]) is None
    assert choose([plain], [wants("g")]) is None


UNREADABLE: list[tuple[Any, str]] = [
    ({"value": "8"}, ""),
    ({"value": ["a"]}, ""),
    ({"value": "8", "unit": "GB"}, ""),
    ("8", "no object"),
    ("{value:8}", "no JSON"),
    ({"value": 8}, "neither text"),
    ({"value": ["a", 1]}, "neither text"),
    ({"value": []}, "neither text"),
    ({"value": ""}, "neither text"),
    ({"value": "8", "unit": "TB"}, "KB, MB, GB"),
    ({"value": "1.5", "unit": "GB"}, "KB, MB, GB"),
    ({"value": "8", "count": "1"}, "no object"),
    ('{"value":"a\x7fb"}', "YAML"),
    ('{"value":"a\x85b"}', "YAML"),
    ('{"value":"a\\u007fb"}', ""),
]


@pytest.mark.parametrize(("value", "said"), UNREADABLE)
def test_what_oof_cannot_take_is_told(value: Any, said: str) -> None:
    """With the flavor, the feature and the key, so that a test of our answers says where the fault is."""
    found = unreadable([flavor(capability("f", k=value), name="x")])

    assert bool(found) == bool(said)
    assert all(each.startswith("x f k: ") and said in each for each in found)


def test_oofs_own_cases() -> None:
    """What OOF's own tests expect, for the flavors that come with them."""
    if not UPSTREAM.exists():
        pytest.skip("OOF's cases are not beside this checkout")
    told = json.loads(UPSTREAM.read_text("utf-8"))
    for case in told["cases"]:
        found = choose(told["flavors"]["flavor"], case["requirements"])
        wanted = case["expected"] and case["expected"]["flavor_map"]
        wanted = wanted and Match(wanted["flavor-id"], wanted["flavor-name"], wanted["score"])
        assert found == wanted, case["name"]


@pytest.fixture(scope="module")
def oof() -> Iterator[Asking]:
    """OOF's client of an A&AI with regions of all sorts."""
    regions = {
        ("o", "good"): ({"cloud-region-version": "1"}, ["whole"]),
        ("o", "no-version"): ({}, ["whole"]),
        ("o", "no-complex"): ({"cloud-region-version": "1"}, []),
        ("o", "two"): ({"cloud-region-version": "1"}, ["whole", "other"]),
        ("p", "half"): ({"cloud-region-version": "1"}, ["half"]),
    }
    half = {name: value for name, value in PLACE.items() if name not in {"latitude", "complex-name"}}
    objects: list[tuple[str, dict[str, Any]]] = [
        (f"{COMPLEXES}/{name}", body) for name, body in {"whole": PLACE, "other": PLACE, "half": half}.items()
    ]
    for (owner, region), (body, complexes) in regions.items():
        links = [{"related-to": "complex", "related-link": f"{COMPLEXES}/{name}"} for name in complexes]
        whole = body | {"relationship-list": {"relationship": links}}
        objects.append((f"{REGIONS}/{owner}/{region}", whole))
    inside = {"hpa-capability": [capability("cpuPinning", logicalCpuPinningPolicy={"value": "dedicated"})]}
    pinned = {"flavor-name": "onap.pinned", "flavor-selflink": "s", "hpa-capabilities": inside}
    objects.append((f"{REGIONS}/o/good/flavors/flavor/1", pinned))
    with Aai(mode="strict") as aai:
        aai.control.load(objects)
        with Asking(aai, version=14, app=APP) as client:
            yield client


def get(client: Asking, path: str) -> Any:
    """The body of an answer; None where there is nothing."""
    reply = client.send("GET", path)
    assert reply.status in {200, 404}, reply
    return reply.body if reply.status == 200 else None


def test_regions_that_oof_skips(oof: Asking) -> None:
    """A region needs a version and one complex that says where it is."""
    found = read_regions(lambda path: get(oof, path))

    assert found.taken == (("o", "good"),)
    assert found.skipped == {
        ("o", "no-version"): "no cloud-region-version",
        ("o", "no-complex"): "0 complexes",
        ("o", "two"): "2 complexes",
        ("p", "half"): "the complex has no latitude, complex-name",
    }


def test_flavors_as_oof_reads_them(oof: Asking) -> None:
    """With their capabilities; none where a region has none."""
    flavors = read_flavors(lambda path: get(oof, path), "o", "good")

    assert unreadable(flavors) == []
    assert choose(flavors, [wants("cpuPinning", ("logicalCpuPinningPolicy", "=", "dedicated", ""))]) == Match(
        "1", "onap.pinned", 0
    )
    assert read_flavors(lambda path: get(oof, path), "o", "no-complex") == []
