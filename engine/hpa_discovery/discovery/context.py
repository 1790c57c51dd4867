# SPDX-License-Identifier: Apache-2.0
"""The context as rules see it: JSON in text is parsed, and what is no JSON is treated as absent."""

from __future__ import annotations

import json
import marshal
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

from hpa_discovery.discovery.contract import Contract, Path, member
from hpa_discovery.discovery.subject import check_subject
from hpa_discovery.language.budgets import Limits
from hpa_discovery.model import Diagnostic


@dataclass(frozen=True, slots=True)
class SeenContext:
    """A context ready to evaluate with, and what is wrong with it. Made once for all subjects of a region.

    With an `error` there is none, and a subject that needs one cannot be judged.
    Equal contexts have equal digests. Whoever holds one must not change the object it was made from.
    """

    value: dict[str, Any]
    problems: tuple[Diagnostic, ...] = ()
    error: Diagnostic | None = None
    digest: bytes = b""


_NONE = SeenContext({})
# The form before marshal wrote references: equal bytes mean equal values of equal types.
_FORM = 2


def read_context(context: Any, contract: Contract, limits: Limits) -> SeenContext:
    """The context as rules see it. The caller's object is not changed."""
    if isinstance(context, SeenContext):
        return context
    if context is None:
        return _NONE
    problem = check_subject(context, "the context", limits)
    if problem is not None:
        code = "context." + problem.code.rpartition(".")[2]
        return SeenContext({}, error=Diagnostic(code, "", "error", problem.message))
    digest = sha256(marshal.dumps(context, _FORM)).digest()
    problems: list[Diagnostic] = []
    for path in contract.json_text:
        text = member(context, path)
        if isinstance(text, str):
            value, problem = (_parse if len(text) <= _REMEMBERED else _parse_json)(text, path, limits)
            context = _replaced(context, path, value)
            problems += [problem] if problem is not None else []
    return SeenContext(context, tuple(problems), digest=digest)


def _parse_json(text: str, path: Path, limits: Limits) -> tuple[Any, Diagnostic | None]:
    if not text.strip():
        return None, None  # ONAP's ESR writes "" where nothing was entered
    name = ".".join(path)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        message = f"context {name} is text that is no JSON, so it is treated as absent"
        return None, Diagnostic("context.json", "", "warning", message)
    problem = check_subject({"value": value}, f"context {name}", limits)
    if problem is not None:
        return None, Diagnostic("context.json", "", "warning", problem.message)
    return value, None


# All flavors of a region come with the same text; rules cannot change what it parses to.
_REMEMBERED = 64 * 1024  # characters
_parse = lru_cache(maxsize=32)(_parse_json)


def _replaced(value: dict[str, Any], path: Path, new: Any) -> dict[str, Any]:
    """A copy of `value` in which the member at `path` is `new`."""
    if len(path) == 1:
        return {**value, path[0]: new}
    return {**value, path[0]: _replaced(value[path[0]], path[1:], new)}
