# SPDX-License-Identifier: Apache-2.0
"""The JSON Schemas (2020-12) of schemas/, and what in a document breaks them.

A schema may say in `errorMessage` what a text, a number or a set of keys must
be: editors show it, and so does `validate`. jsonschema's own messages never
leave this room.
"""

from __future__ import annotations

import json
import re
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast, get_args

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from hpa_discovery.packs.schema_messages import describe
from hpa_discovery.resources import bundled

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind = Literal["rule", "rule-test", "pack", "table", "overlay", "vocabulary", "hpa-capability"]
KINDS: tuple[Kind, ...] = get_args(Kind)
CODE = "schema"
# Enough to mend a file by, and no more work than that for a hostile one.
MOST_VIOLATIONS = 100


class Violation(NamedTuple):
    """One thing wrong in a document.

    `pointer` leads to the value at fault or, with `on_key`, to an unknown or
    ill-formed key. `hint` is "" where the message says it all.
    """

    pointer: tuple[str | int, ...]
    code: str
    message: str
    hint: str
    on_key: bool = False


def load_schema(kind: Kind) -> dict[str, Any]:
    """The content of schemas/<kind>.json. The caller may change it."""
    return cast("dict[str, Any]", json.loads((bundled("schemas") / f"{kind}.json").read_text("utf-8")))


def validate(kind: Kind, document: Any) -> list[Violation]:
    """All that is wrong with `document`, each thing once, at most MOST_VIOLATIONS; [] when nothing is."""
    return list(islice(dict.fromkeys(_violations(kind, document)), MOST_VIOLATIONS))


def _violations(kind: Kind, document: Any) -> Iterator[Violation]:
    name = f"the {kind.replace('-', ' ')}"
    for error in islice(_validator(kind).iter_errors(document), MOST_VIOLATIONS):
        for fault in describe(error, name):
            yield Violation(fault.pointer, CODE, fault.message, fault.hint, fault.on_key)


@cache
def _validator(kind: Kind) -> Draft202012Validator:
    # Compiled once: jsonschema's validate() would check the schema itself every time.
    return cast("Draft202012Validator", _Validator(load_schema(kind)))


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    """JSON Schema's `$` is the end of the text; Python's also stands before a last line break."""
    if isinstance(instance, str) and not re.search(re.sub(r"\$\Z", r"\\Z", pattern), instance):
        yield ValidationError("the pattern does not match")


_Validator = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]  # jsonschema's
