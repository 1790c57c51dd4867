# SPDX-License-Identifier: Apache-2.0
"""Our closures against their oracle, jmespath 1.1.0."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

import pytest

from strategies.jmespath_pairs import Maker, oracle, ours, reproducible

pytestmark = pytest.mark.filterwarnings("ignore:deprecated string literal syntax")

PAIRS = 100_000
DOCUMENTS_EACH = 4


def test_100_000_expressions_and_documents_answer_as_jmespath_does(
    record_property: Callable[[str, object], None],
) -> None:
    """Value, type and kind of error are jmespath's for every generated pair."""
    maker = Maker(20260101)
    documents = [maker.document() for _ in range(2000)]
    kinds: dict[str, int] = {}
    for text in islice(reproducible(maker), PAIRS // DOCUMENTS_EACH):
        chosen = maker.draw.choices(documents, k=DOCUMENTS_EACH)
        expected = oracle(text, chosen)
        actual = ours(text, chosen)
        for document, wanted, got in zip(chosen, expected, actual, strict=True):
            kind = wanted[1] if wanted[0] == "error" else "value" if wanted[1] != ("NoneType", "None") else "null"
            kinds[kind] = kinds.get(kind, 0) + 1
            assert wanted == got, f"{text!r} on {document!r}"

    record_property("pairs of expression and document equal to jmespath", sum(kinds.values()))
    # The generator must not drift into pairs that say nothing.
    assert kinds["value"] > PAIRS // 5
    assert all(kinds[kind] > PAIRS // 200 for kind in ("syntax", "unknown-function", "invalid-arity", "invalid-type"))
    assert kinds["invalid-value"] > 20
