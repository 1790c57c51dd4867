# SPDX-License-Identifier: Apache-2.0
"""The JSON Schemas (2020-12) of schemas/, and what in a document breaks them.

A schema may say in `errorMessage` what a text, a number or a set of keys must
be: editors show it, and so does `validate`. jsonschema's own messages never
leave this room.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast, get_args

from hpa_discovery.packs.acceptance import compile_schema
from hpa_discovery.resources import bundled

if TYPE_CHECKING:
    from hpa_discovery.packs.acceptance import Check

Kind = Literal["rule", "rule-test", "pack", "table", "driver", "overlay", "vocabulary", "hpa-capability"]
KINDS: tuple[Kind, ...] = get_args(Kind)
CODE = "schema"
# Enough to mend a file by, and no more work than that for a hostile one.
MOST_VIOLATIONS = 100


class Violation(NamedTuple):
    """One thing wrong in a document.

    `pointer` leads to the value at fault or, with `on_key`, to an unknown or
    ill-formed key. `hint` is "" where the message says it all. `lost` says that
    the value is of no use: else something in it is missing, unknown or too many.
    """

    pointer: tuple[str | int, ...]
    code: str
    message: str
    hint: str
    on_key: bool = False
    lost: bool = False


def load_schema(kind: Kind) -> dict[str, Any]:
    """The content of schemas/<kind>.json. The caller may change it."""
    return cast("dict[str, Any]", json.loads((bundled("schemas") / f"{kind}.json").read_text("utf-8")))


def validate(kind: Kind, document: Any) -> list[Violation]:
    """All that is wrong with `document`, each thing once, at most MOST_VIOLATIONS; [] when nothing is."""
    return check(kind, document)[0]


def check(kind: Kind, document: Any) -> tuple[list[Violation], bool]:
    """What validate() says, and whether that is all."""
    if accepts(kind)(document):
        return [], True
    # jsonschema takes 0.1 s to import, which a run without faults does not need.
    from hpa_discovery.packs.schema_faults import faults  # noqa: PLC0415 - slow to import

    found, complete = faults(load_schema(kind), document, f"the {kind.replace('-', ' ')}", MOST_VIOLATIONS)
    violations = [
        Violation(fault.pointer, CODE, fault.message, fault.hint, fault.on_key, fault.lost) for fault in found
    ]
    return violations, complete


@cache
def accepts(kind: Kind) -> Check:
    """A function that says whether a document fits the schema of `kind`."""
    return compile_schema(load_schema(kind))
