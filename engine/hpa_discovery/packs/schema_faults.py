# SPDX-License-Identifier: Apache-2.0
"""Asks jsonschema why a document does not fit a schema. Slow to import, and only needed then."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from hpa_discovery.packs.acceptance import whole_text
from hpa_discovery.packs.schema_messages import Fault, describe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


def faults(schema: Mapping[str, Any], document: Any, name: str, most: int) -> tuple[list[Fault], bool]:
    """What is wrong with `document`, called `name` in messages: each thing once, at most `most`; and if that is all."""
    # Never jsonschema's validate(): that checks the schema itself every time.
    validator = cast("Draft202012Validator", _Validator(schema))
    errors = list(islice(validator.iter_errors(document), most + 1))
    found = list(dict.fromkeys(_one_a_value(errors[:most], name)))
    return found[:most], max(len(errors), len(found)) <= most


def _one_a_value(errors: Iterable[ValidationError], name: str) -> Iterator[Fault]:
    """The faults; only the first of a text or number, and of a wrong type: what else does not fit follows from it."""
    told = set()
    for error in errors:
        place = tuple(error.absolute_path)
        if "propertyNames" in error.absolute_schema_path:
            place = (*place, str(error.instance), "")  # of a key, not of a value
        may_have_several = isinstance(error.instance, dict | list) and error.validator != "type"
        if may_have_several or place not in told:
            yield from describe(error, name)
        told.add(place)


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not re.search(whole_text(pattern), instance):
        yield ValidationError("the pattern does not match")


_Validator = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]  # jsonschema's
