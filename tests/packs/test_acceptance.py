# SPDX-License-Identifier: Apache-2.0
"""The quick check of documents against jsonschema, which is slow and right."""

from __future__ import annotations

import copy
import os
import random
from typing import TYPE_CHECKING, Any

import pytest

from hpa_discovery.packs.acceptance import UnknownKeywordError, compile_schema
from hpa_discovery.packs.schema_faults import faults
from hpa_discovery.packs.schemas import KINDS, accepts, load_schema
from packs.good_documents import GOOD

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = 20_000 if os.environ.get("HPA_PROVE") else 1_000
JUNK = [None, True, False, 0, 1, 1.0, 2.5, -1, 10**20, float("inf"), "", "x", "1", "a.b", "v1", "x\n", [], [1], {}]
KEYS = ["all", "any", "not", "var", "present", "gt", "each", "default", "from", "value", "unit", "node", "flavor", "A"]


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) within a document."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in pairs:
        yield value, key
        yield from places(part)


def damaged(document: Any, rng: random.Random) -> Any:
    """The document with one to three things removed, replaced, added or moved."""
    document = copy.deepcopy(document)
    for _ in range(rng.randint(1, 3)):
        found = list(places(document))
        if not found:
            break
        container, key = rng.choice(found)
        action = rng.randrange(4)
        if action == 0:
            del container[key]
        elif action == 1:
            container[key] = copy.deepcopy(rng.choice(JUNK))
        elif action == 2 and isinstance(container, dict):
            container[rng.choice(KEYS)] = copy.deepcopy(rng.choice(JUNK))
        else:
            other, name = rng.choice(found)
            container[key] = copy.deepcopy(other[name])
    return document


@pytest.mark.parametrize("kind", GOOD)
def test_quick_check_agrees_with_jsonschema(kind: Any) -> None:
    """A damaged document is refused by the quick check exactly when jsonschema finds a fault."""
    rng = random.Random(kind)
    schema = load_schema(kind)
    verdicts = []
    for _ in range(ROUNDS):
        document = damaged(GOOD[kind], rng)
        verdicts.append(accepts(kind)(document))

        assert verdicts[-1] == (not faults(schema, document, kind, 1)[0]), document

    assert {True, False} == set(verdicts)


@pytest.mark.parametrize("document", [*JUNK, {"a": {"b": [1, None]}}])
@pytest.mark.parametrize("kind", KINDS)
def test_quick_check_agrees_on_junk(kind: Any, document: Any) -> None:
    """Something that is no document at all is refused by both."""
    assert accepts(kind)(document) == (not faults(load_schema(kind), document, kind, 1)[0])


def test_unknown_keyword_is_not_passed_over() -> None:
    """A schema keyword that the quick check does not know is an error when the schema is compiled."""
    with pytest.raises(UnknownKeywordError, match="uniqueItems"):
        compile_schema({"type": "array", "uniqueItems": True})
