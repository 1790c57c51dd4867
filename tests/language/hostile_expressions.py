# SPDX-License-Identifier: Apache-2.0
"""Runs hostile expressions, each in a process of its own, and prints what each took.

Run as a program by test_expression_hostile.py: expressions as one JSON list on
standard input, one JSON line `{"seconds", "megabytes", "outcome"}` for each.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from typing import Any

from hpa_discovery.errors import BudgetError, ExpressionError
from hpa_discovery.language.budgets import DEFAULT, Meter
from hpa_discovery.language.expressions import parse
from yardstick import measured

SHARED_LEVELS = 30
DEEP_LEVELS = 50_000
SECONDS = 1.0
TRIES = 8  # a neighbour on the machine comes and goes
AGAIN = 100


def doubled(value: Any, levels: int = SHARED_LEVELS) -> Any:
    """A list that is small in memory and 2^levels members long for whoever walks it."""
    for _ in range(levels):
        value = [value, value]
    return value


def doubled_object(levels: int = SHARED_LEVELS) -> Any:
    """The same of objects."""
    value: Any = {}
    for _ in range(levels):
        value = {"a": value, "b": value}
    return value


def nested(levels: int = DEEP_LEVELS) -> Any:
    """A list so deep that a recursive walk of it ends in RecursionError, or worse."""
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


def names() -> dict[str, Any]:
    """Values as large as a subject may bring, and such as only hostile rules can build."""
    return {
        "text": "a" * 1_000_000,
        "again": ("a" * 1_000_001)[:-1],
        "commas": "," * 1_000_000,
        "spaces": " " * 1_000_000,
        "wide": "\u00e9" * 500_000,
        "cpus": ",".join(str(cpu) for cpu in range(0, 250_000, 2)),
        "few": list(range(3_000)),
        "many": list(range(30_000)),
        "texts": [str(number) for number in range(50_000)],
        "members": {str(number): number for number in range(50_000)},
        "same": ["a" * 1_000_000] * 50,
        "number": int("9" * 4300),
        "doubled": doubled("x"),
        "doubled2": doubled("x"),
        "object": doubled_object(),
        "object2": doubled_object(),
        "deep": nested(),
        "deep2": nested(),
    }


def run(expression: str, values: dict[str, Any]) -> str:
    """How it ended: "value", or the code or kind of the error."""
    try:
        parse(expression, DEFAULT).run(values, Meter(values, DEFAULT.steps))
    except BudgetError as error:
        return error.code
    except ExpressionError as error:
        return error.kind
    return "value"


def taken(expression: str, values: dict[str, Any]) -> dict[str, Any]:
    """Seconds as yardstick.py counts them, growth of the peak of resident memory, outcome."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    outcome, seconds = measured(lambda: run(expression, values), SECONDS, tries=1)
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {"seconds": seconds, "megabytes": kilobytes / 1024, "outcome": outcome}


def main() -> None:
    """Fork for each expression, so that the peak of one does not hide that of the next."""
    values = names()
    for expression in json.load(sys.stdin):
        for left in reversed(range(TRIES)):
            status = forked(expression, values, left)
            if status != AGAIN:
                break
        if status:
            sys.stdout.write(json.dumps({"seconds": 0, "megabytes": 0, "outcome": f"died with {status}"}) + "\n")
            sys.stdout.flush()


def forked(expression: str, values: dict[str, Any], left: int) -> int:
    """Print what it took, or exit with AGAIN where it took too long and tries are left; the exit code."""
    child = os.fork()
    if child == 0:
        found = taken(expression, values)
        if left and found["seconds"] >= SECONDS:
            os._exit(AGAIN)
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    main()
