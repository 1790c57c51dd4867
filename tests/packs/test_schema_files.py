# SPDX-License-Identifier: Apache-2.0
"""The files in schemas/: sound, closed, explained, and of one mind with the engine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args

import pytest
from jsonschema import Draft202012Validator

from hpa_discovery.language.budgets import DEFAULT
from hpa_discovery.language.rule import OPERATORS, RESERVED, ROOTS, LetType
from hpa_discovery.language.yaml_reader import read_yaml
from hpa_discovery.model import ENGINE_CODES, UNITS, Capability, CapabilityWriter, make_attribute
from hpa_discovery.packs.schema_messages import _TELL
from hpa_discovery.packs.schemas import KINDS, load_schema, validate
from hpa_discovery.resources import bundled

if TYPE_CHECKING:
    from collections.abc import Iterator

ONE = {"additionalProperties", "contentSchema", "else", "if", "items", "not", "propertyNames", "then"}
MANY = {"allOf", "anyOf", "oneOf"}
NAMED = {"$defs", "dependentSchemas", "properties"}


def checks(schema: Any) -> Iterator[dict[str, Any]]:
    """Every schema within a schema whose failure a reader can see: what `if` asks is not told."""
    if not isinstance(schema, dict):
        return
    yield schema
    for key in schema.keys() & (ONE - {"if"}):
        yield from checks(schema[key])
    for key in schema.keys() & MANY:
        for part in schema[key]:
            yield from checks(part)
    for key in schema.keys() & NAMED:
        for part in schema[key].values():
            yield from checks(part)


@pytest.mark.parametrize("kind", KINDS)
def test_schema_is_one(kind: Any) -> None:
    """Each schema is valid JSON Schema 2020-12 and is titled for editors."""
    schema = load_schema(kind)

    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"]
    assert schema["description"]


@pytest.mark.parametrize("kind", KINDS)
def test_schema_closes_every_object(kind: Any) -> None:
    """Wherever a schema names keys of an object, it refuses all others."""
    open_ones = [
        schema
        for schema in checks(load_schema(kind))
        if schema.get("type") == "object" and "properties" in schema and schema.get("additionalProperties") is not False
    ]

    assert open_ones == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_refusal_has_words(kind: Any) -> None:
    """A keyword whose failure needs explaining has an errorMessage beside it."""
    needy = {"pattern", "not", "oneOf", "minProperties", "maxProperties"}

    silent = [schema for schema in checks(load_schema(kind)) if needy & set(schema) and "errorMessage" not in schema]

    assert silent == []


def test_every_keyword_in_use_has_a_teller() -> None:
    """No keyword that can fail is left to the general words."""
    used = {key for kind in KINDS for schema in checks(load_schema(kind)) for key in schema}
    failing = set(Draft202012Validator.VALIDATORS) - ONE - MANY - NAMED - {"$ref"} | {"not", "oneOf"}

    assert used & failing <= set(_TELL)


def test_schemas_agree_with_the_engine() -> None:
    """Words that both the schemas and the code know are the same."""
    defs = load_schema("rule")["$defs"]

    assert set(defs["leaf"]["properties"]) == {"var", *OPERATORS}
    assert set(defs["newName"]["not"]["enum"]) == RESERVED
    assert defs["spec"]["properties"]["source"]["enum"] == list(ROOTS)
    assert defs["let"]["properties"]["type"]["enum"] == list(get_args(LetType))
    assert defs["each"]["properties"]["max"]["maximum"] == DEFAULT.each_max
    assert defs["size"]["properties"]["unit"]["enum"] == list(UNITS)
    assert f"^(?!({'|'.join(ENGINE_CODES)})\\.)" in defs["requirement"]["properties"]["code"]["pattern"]


def test_vocabulary_is_sound() -> None:
    """The vocabulary is strict YAML, follows its schema, and spells every word in lowerCamelCase."""
    document = read_yaml((bundled("schemas") / "vocabulary.yaml").read_bytes(), "vocabulary.yaml")

    assert document.findings == ()
    assert validate("vocabulary", document.value) == []
    assert list(document.value["features"])[:10] == [
        "basicCapabilities",
        "cpuPinning",
        "cpuTopology",
        "hugePages",
        "numa",
        "localStorage",
        "instructionSetExtensions",
        "pciePassthrough",
        "sriovNICNetwork",
        "ovsDpdk",
    ]


def test_what_the_engine_writes_follows_the_capability_schema() -> None:
    """An hpa-capability as the model writes it, and each of its values, are what the schema says."""
    attributes = (
        make_attribute("memoryPageSize", "2", "MB"),
        make_attribute("instructionSetExtensions", ("aes", 'a"b')),
    )
    written = CapabilityWriter("o", "r", "1").write(Capability("hugePages", "v1", "generic", "", attributes))
    value_schema = load_schema("hpa-capability")
    values = Draft202012Validator({"$ref": "#/$defs/attributeValue", "$defs": value_schema["$defs"]})

    assert validate("hpa-capability", written) == []
    for attribute in written["hpa-feature-attributes"]:
        assert values.is_valid(json.loads(attribute["hpa-attribute-value"]))
    assert not values.is_valid({"value": 1})
    assert not values.is_valid({"value": "1.5", "unit": "GB"})
    assert not values.is_valid({"value": "1", "unit": "TB"})
