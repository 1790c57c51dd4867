# SPDX-License-Identifier: Apache-2.0
"""The context as rules see it: JSON in text is parsed, and what is no JSON is treated as absent."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from hpa_discovery.discovery.contract import Contract, Path, member
from hpa_discovery.discovery.subject import check_subject
from hpa_discovery.language.budgets import Limits
from hpa_discovery.model import Diagnostic


def read_context(context: Any, contract: Contract, limits: Limits) -> tuple[dict[str, Any], list[Diagnostic]]:
    """The context to evaluate with, and what is wrong with it. The caller's object is not changed."""
    if context is None:
        return {}, []
    problem = check_subject(context, "the context", limits)
    if problem is not None:
        return {}, [Diagnostic("context." + problem.code.rpartition(".")[2], "", "error", problem.message)]
    problems: list[Diagnostic] = []
    for path in contract.json_text:
        text = member(context, path)
        if isinstance(text, str):
            value, problem = _parse(text, path, limits)
            context = _replaced(context, path, value)
            problems += [problem] if problem is not None else []
    return context, problems


# All flavors of a region come with the same text; rules cannot change what it parses to.
@lru_cache(maxsize=32)
def _parse(text: str, path: Path, limits: Limits) -> tuple[Any, Diagnostic | None]:
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


def _replaced(value: dict[str, Any], path: Path, new: Any) -> dict[str, Any]:
    """A copy of `value` in which the member at `path` is `new`."""
    if len(path) == 1:
        return {**value, path[0]: new}
    return {**value, path[0]: _replaced(value[path[0]], path[1:], new)}
