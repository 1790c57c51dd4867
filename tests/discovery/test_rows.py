# SPDX-License-Identifier: Apache-2.0
"""Answer rows: one form for what is said of a subject, with ids that are the same on every run."""

from __future__ import annotations

import json
from itertools import product
from typing import Any
from uuid import uuid5

import pytest

from discovery.small_packs import CONTRACTS, SOURCE
from hpa_discovery.discovery.contract import Contract
from hpa_discovery.discovery.rows import answer_row, identify
from hpa_discovery.model import (
    CAPABILITY_NAMESPACE,
    Capability,
    CapabilityWriter,
    Diagnostic,
    Outcome,
    Unknown,
    make_attribute,
)

FLAVORS = CONTRACTS[SOURCE]
ODD = [
    "",
    "1",
    "m1.small",
    "a b\tc\n",
    'quote " and \\ and /',
    "'",
    "\0\x1f\x7f\x80",
    "ü€😀",
    "\u2028\u2029\ufeff",
    "e\u0301 is not \u00e9",
    '","',
    "[1]",
    "null",
    "x" * 5000,
]


def uuid(*parts: str) -> str:
    """The id as the design defines it, written with nothing of ours."""
    name = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return str(uuid5(CAPABILITY_NAMESPACE, name))


def capability(discriminator: str = "", feature: str = "numa") -> Capability:
    """A capability with one attribute."""
    return Capability(feature, "v1", "generic", discriminator, (make_attribute("k", "2", "MB"),))


@pytest.mark.parametrize("odd", ODD, ids=ascii)
def test_ids_are_uuids_of_a_json_array(odd: str) -> None:
    """Uuid5 of [owner, region, subject, feature, architecture, version, discriminator], whatever stands in them."""
    plain = ["owner", "region", "subject", "numa", "generic", "v1", "0"]
    for place in range(len(plain)):
        owner, region, subject, feature, architecture, version, discriminator = parts = [
            odd if place == number else part for number, part in enumerate(plain)
        ]
        found = Capability(feature, version, architecture, discriminator, ())
        assert CapabilityWriter(owner, region, subject).identify(found) == uuid(*parts)


def test_no_two_instances_share_an_id() -> None:
    """Texts that look alike once joined are still different, and one writer may be asked in any order."""
    parts = ["", ",", '"', '","', "a"]
    found = {}
    for owner, region, subject in product(parts, repeat=3):
        writer = CapabilityWriter(owner, region, subject)
        for feature, discriminator in product(parts, repeat=2):
            found[owner, region, subject, feature, discriminator] = writer.identify(capability(discriminator, feature))
    assert len(set(found.values())) == len(found) == 5**5
    for (owner, region, subject, feature, discriminator), known in reversed(found.items()):
        assert CapabilityWriter(owner, region, subject).identify(capability(discriminator, feature)) == known


def test_an_id_for_life() -> None:
    """An id that stands in inventories: a change of the namespace or the form would lose them all."""
    found = CapabilityWriter("CloudOwner", "RegionOne", "42").identify(capability("0"))
    assert found == "e7507ac2-0e32-50da-bce6-08d7c4ae03e7"


IDENTITIES: dict[str, tuple[Any, str | None]] = {
    "text": ("m1", "m1"),
    "empty": ("", ""),
    "not ascii": ("ü€😀", "ü€😀"),
    "a lone surrogate": ("a\ud800b", "a?b"),
    "surrogates only": ("\udfff\ud800", "??"),
    "a number": (42, "42"),
    "below zero": (-1, "-1"),
    "zero": (0, "0"),
    "a fraction": (1.5, "1.5"),
    "null": (None, None),
    "true": (True, None),
    "a list": ([1], None),
    "an object": ({"id": 1}, None),
    "not a number": (float("nan"), None),
    "infinite": (float("inf"), None),
    "more digits than Python writes": (10**5000, None),
}


@pytest.mark.parametrize(("value", "text"), IDENTITIES.values(), ids=IDENTITIES)
def test_identify(value: Any, text: str | None) -> None:
    """Id and name as text that can be written; None where there is none."""
    assert identify(FLAVORS, {"id": value, "name": "n"}) == {"id": text, "name": "n"}
    assert identify(FLAVORS, {"id": "i", "name": value}) == {"id": "i", "name": text}


@pytest.mark.parametrize("subject", [None, 1, "text", [], {}, [{"id": "1"}]], ids=repr)
def test_who_is_nobody(subject: Any) -> None:
    """What is no subject at all has neither id nor name, which is no fault."""
    assert identify(FLAVORS, subject) == {"id": None, "name": None}


def test_identity_is_where_the_contract_says() -> None:
    """Other sources keep id and name elsewhere, as deep as they like."""
    contract = Contract("x", "node", ("metadata", "uid"), ("metadata", "name"))
    subject = {"id": "no", "name": "no", "metadata": {"uid": "u", "name": "n"}}
    assert identify(contract, subject) == {"id": "u", "name": "n"}
    assert identify(contract, {"metadata": "text"}) == {"id": None, "name": None}


WRITTEN = [(value, text) for value, text in IDENTITIES.values() if text is not None]


@pytest.mark.parametrize(("value", "text"), [*WRITTEN, (None, ""), ([], "")], ids=ascii)
def test_a_row_is_identified_by_what_it_shows(value: Any, text: str) -> None:
    """The ids in a row are those of the subject's id as the row writes it; of none as if it were empty."""
    row = answer_row(FLAVORS, {"id": value}, Outcome((capability("0"),)), "o", "r")
    assert row["capabilities"][0]["hpa-capability-id"] == uuid("o", "r", text, "numa", "generic", "v1", "0")
    assert json.loads(json.dumps(row, ensure_ascii=False).encode()) == row


def test_a_row() -> None:
    """Everything that is known of a subject, in the form of the interface."""
    attributes = (make_attribute("k", ("a", "ü")), make_attribute("l", "2", "MB"))
    outcome = Outcome(
        (capability("0")._replace(attributes=attributes), capability()._replace(attributes=())),
        (Unknown("numa", "*", "acme.a/r", "let.type", "why"),),
        (Diagnostic("let.type", "acme.a/r", "error", "why"),),
    )
    assert answer_row(FLAVORS, {"id": 7, "name": None}, outcome, "o", "r") == {
        "subject": {"id": "7", "name": None},
        "capabilities": [
            {
                "hpa-capability-id": uuid("o", "r", "7", "numa", "generic", "v1", "0"),
                "hpa-feature": "numa",
                "architecture": "generic",
                "hpa-version": "v1",
                "hpa-feature-attributes": [
                    {"hpa-attribute-key": "k", "hpa-attribute-value": '{"value":["a","ü"]}'},
                    {"hpa-attribute-key": "l", "hpa-attribute-value": '{"value":"2","unit":"MB"}'},
                ],
            },
            {
                "hpa-capability-id": uuid("o", "r", "7", "numa", "generic", "v1", ""),
                "hpa-feature": "numa",
                "architecture": "generic",
                "hpa-version": "v1",
                "hpa-feature-attributes": [],
            },
        ],
        "unknown": [{"feature": "numa", "discriminator": "*", "rule": "acme.a/r", "code": "let.type", "reason": "why"}],
        "diagnostics": [{"code": "let.type", "rule": "acme.a/r", "level": "error", "message": "why"}],
    }
