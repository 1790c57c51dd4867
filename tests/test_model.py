# SPDX-License-Identifier: Apache-2.0
"""What crosses rooms: attribute texts, capability ids, rows."""

from __future__ import annotations

import json
import uuid

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from hpa_discovery.model import (
    CAPABILITY_NAMESPACE,
    Capability,
    CapabilityWriter,
    Diagnostic,
    Unknown,
    make_attribute,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
PLAIN = TEXT.filter(lambda text: all(each.isprintable() or each < " " for each in text))


@given(st.tuples(TEXT, TEXT, TEXT), st.tuples(TEXT, TEXT, TEXT, TEXT))
def test_ids_are_those_of_uuid5(place: tuple[str, str, str], instance: tuple[str, str, str, str]) -> None:
    """An id is uuid5 of the compact JSON array [owner, region, subject, feature, architecture, version, instance]."""
    feature, version, architecture, discriminator = instance
    parts = [*place, feature, architecture, version, discriminator]
    name = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    expected = str(uuid.uuid5(CAPABILITY_NAMESPACE, name))
    assert CapabilityWriter(*place).identify(Capability(*instance, ())) == expected


def test_an_id_for_life() -> None:
    """An id that was written to inventories is never another."""
    capability = Capability("pciePassthrough", "v1", "generic", "8086:37c8", ())
    expected = "021fb3f4-26cf-511d-b9ae-0ce46d0b0a7f"
    assert CapabilityWriter("CloudOwner", "RegionOne", "f1").identify(capability) == expected


@given(st.one_of(PLAIN, st.lists(PLAIN, max_size=5).map(tuple)), st.sampled_from([None, "KB", "MB", "GB"]))
def test_attribute_texts_are_compact_json(value: str | tuple[str, ...], unit: str | None) -> None:
    """An attribute's text is the compact JSON of its value, with the unit only where there is one."""
    body = {"value": list(value) if isinstance(value, tuple) else value} | ({"unit": unit} if unit else {})
    assert make_attribute("k", value, unit).text == json.dumps(body, ensure_ascii=False, separators=(",", ":"))


@given(st.lists(TEXT, max_size=3).map(tuple) | TEXT)
@example("a\x7fb")
@example("a\x85b")
@example("a\u2028b\ufeff\ufffe\U0001f600")
def test_attribute_texts_say_the_same_in_yaml(value: str | tuple[str, ...]) -> None:
    """ONAP's OOF reads them so, and gives up where YAML has no such character."""
    text = make_attribute("key", value).text

    assert yaml.safe_load(text) == json.loads(text)
    assert json.loads(text)["value"] == (value if isinstance(value, str) else list(value))


def test_written_objects() -> None:
    """A capability is written with A&AI's names, its attributes in order."""
    attributes = (make_attribute("b", "1"), make_attribute("a", ("x", "y")))
    capability = Capability("numa", "v1", "generic", "", attributes)
    writer = CapabilityWriter("o", "r", "s")
    assert writer.write(capability) == {
        "hpa-capability-id": writer.identify(capability),
        "hpa-feature": "numa",
        "architecture": "generic",
        "hpa-version": "v1",
        "hpa-feature-attributes": [
            {"hpa-attribute-key": "b", "hpa-attribute-value": '{"value":"1"}'},
            {"hpa-attribute-key": "a", "hpa-attribute-value": '{"value":["x","y"]}'},
        ],
    }


@pytest.mark.parametrize("change", ["feature", "version", "architecture", "discriminator"])
def test_what_makes_an_instance(change: str) -> None:
    """Two capabilities are the same instance, with the same id, only when all four members agree."""
    one = Capability("f", "v", "a", "d", (make_attribute("k", "1"),))
    writer = CapabilityWriter("o", "r", "s")
    assert one._replace(attributes=()).instance == one.instance
    assert writer.identify(one._replace(attributes=())) == writer.identify(one)
    other = one._replace(**{change: "x"})
    assert other.instance != one.instance
    assert writer.identify(other) != writer.identify(one)


def test_answer_row_forms() -> None:
    """Diagnostics and unknowns are written member by member."""
    assert Diagnostic("c", "r", "info", "m").as_json() == {"code": "c", "rule": "r", "level": "info", "message": "m"}
    assert Unknown("f", "*", "r", "c", "why").as_json() == {
        "feature": "f",
        "discriminator": "*",
        "rule": "r",
        "code": "c",
        "reason": "why",
    }
