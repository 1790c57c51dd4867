# SPDX-License-Identifier: Apache-2.0
"""The secrets in ONAP's viminfo, by the names of its members, and text without them."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator
from typing import Any

from hpa_discovery.language.values import MASK

_NAMES = re.compile(r"pass|secret|token|credential|auth|private|api.?key|access.?key", re.IGNORECASE)
_MOST_VALUES = 10_000
_MOST_TEXT = 64 * 1024  # characters of a member that may hold JSON


def secret_values(value: Any) -> frozenset[str]:
    """Every text of a member called password, token or the like, at any depth and in JSON that stands in text.

    A cycle ends. Raises only what a list or object of the caller's own making does.
    """
    found: set[str] = set()
    seen: dict[tuple[int, bool], Any] = {}  # which keeps them, so that no other object gets the same id
    waiting: deque[tuple[Any, bool]] = deque([(value, False)])
    while waiting and len(seen) < _MOST_VALUES:
        item, secret = waiting.popleft()  # the outermost first, in case there are too many
        if (id(item), secret) in seen:
            continue
        seen[id(item), secret] = item
        if isinstance(item, str):
            found |= {item} if secret and item else set()
            waiting += ((parsed, secret) for parsed in _parsed(item))
        elif isinstance(item, dict):
            waiting += ((below, secret or _is_secret(name)) for name, below in item.items())
        elif isinstance(item, list):
            waiting += ((below, secret) for below in item)
    return frozenset(found)


def without(text: str, secrets: frozenset[str]) -> str:
    """The text with every secret masked, also as Python and JSON write it between quotes."""
    for secret in sorted(secrets, key=len, reverse=True):
        for form in {secret, repr(secret)[1:-1], json.dumps(secret)[1:-1]}:
            text = text.replace(form, MASK)
    return text


def _is_secret(name: Any) -> bool:
    return isinstance(name, str) and _NAMES.search(name) is not None


def _parsed(text: str) -> Iterator[Any]:
    if len(text) <= _MOST_TEXT and text.lstrip()[:1] in ("{", "["):
        try:
            yield json.loads(text)
        except (ValueError, RecursionError):
            return
