# SPDX-License-Identifier: Apache-2.0
"""Documents with faults, as far as they can be read: so that one run tells all that is wrong, and nothing twice.

A value that a schema refuses, or whose YAML may mean another one, is cut out
(None stands there) and its place is in doubt: nothing more is said about it.
What is around it is checked as if the author had written something right there.
A pack with such a document is refused; all this only serves its findings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import replace
from itertools import islice
from typing import Any

from hpa_discovery.language.rule import RESERVED
from hpa_discovery.language.spelling import nearest
from hpa_discovery.language.yaml_reader import Pointer
from hpa_discovery.model import Finding
from hpa_discovery.packs.draft import PackDocument
from hpa_discovery.packs.schemas import Kind, check

WHOLE: Pointer = ()
_NAME = re.compile("[a-z][a-z0-9_]*")
MOST_KEYS = 50  # of a mapping that has a few known ones


def read_as(kind: Kind, document: PackDocument) -> tuple[PackDocument, list[Finding]]:
    """The document as far as it is what `kind` says, and what its schema finds wrong with it."""
    doubts = set(document.yaml.doubts)
    if WHOLE in doubts:
        return unread(document), []
    violations, complete = check(kind, document.value)
    if not doubts and not violations:
        return document, []
    # What the schema says of a doubtful place follows from what YAML said there.
    judged = replace(document, doubts=frozenset(doubts))
    findings = [
        judged.finding(fault.code, fault.message, fault.pointer, key=fault.on_key, hint=fault.hint)
        for fault in violations
    ]
    doubts |= {fault.pointer for fault in violations if fault.lost}
    if not complete:
        doubts = {WHOLE}
    return replace(document, doubts=frozenset(doubts), cut=_cut(document.yaml.value, doubts)), findings


def unread(document: PackDocument) -> PackDocument:
    """The document as one of which nothing is known."""
    return replace(document, doubts=frozenset({WHOLE}))


def _cut(value: Any, doubts: Iterable[Pointer]) -> Any:
    """A copy of `value` with None at the places in doubt."""
    box = {"": deepcopy(value)}
    for pointer in doubts:
        part: Any = box
        steps: Pointer = ("", *pointer)
        for step in steps[:-1]:
            part = member(part, step)
        if member(part, steps[-1]) is not None:
            part[steps[-1]] = None
    return box[""]


def member(value: Any, step: str | int) -> Any:
    """The member or item of a value of any kind; None when there is none."""
    if isinstance(value, dict):
        return value.get(step)
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return value[step]
    return None


def mapping(value: Any) -> Mapping[str, Any]:
    """The value, or an empty mapping in its place."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """The value, or an empty list in its place."""
    return value if isinstance(value, list) else []


def text(value: Any) -> str:
    """The value, or "" in its place."""
    return value if isinstance(value, str) else ""


def named(value: Mapping[str, Any]) -> bool:
    """Whether the keys of a mapping are the names that were meant: a refused one stands for another."""
    return all(_NAME.fullmatch(name) and name not in RESERVED for name in value)


def lost(value: Mapping[str, Any], key: str, kind: type, known: Iterable[str]) -> bool:
    """Whether the member `key` cannot be read: it is of another kind, or an unknown key may have been meant for it."""
    names, there = list(known), key in value
    if there and not isinstance(value[key], kind):
        return True
    meant = [nearest(other, names) for other in islice(value, MOST_KEYS) if other not in names]
    return key in meant or (not there and "" in meant) or len(value) > MOST_KEYS
