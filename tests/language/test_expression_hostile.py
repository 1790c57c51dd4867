# SPDX-License-Identifier: Apache-2.0
"""Hostile expressions: each ends within 1 s (of yardstick.py) and 100 MB more memory, by a budget or with a value."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from language.hostile_expressions import SECONDS

PROGRAM = Path(__file__).with_name("hostile_expressions.py")
ROOTS = [str(Path(__file__).parents[2] / "engine"), str(Path(__file__).parents[1])]
MEGABYTES = 100

STEPS = "limit.steps"
CASES = {
    "(" * 10_000: "limit.expression_chars",
    "(" * 500: "limit.expression_depth",
    "[" * 200 + "]" * 200: "limit.expression_depth",
    "!" * 500 + "a": "limit.expression_depth",
    "& " * 250 + "a": "limit.expression_depth",
    "a" + "[]" * 250: "limit.expression_depth",
    "|".join("a" * 250): "limit.expression_depth",
    "{a:" * 40 + "b" + "}" * 40: "limit.expression_depth",
    "[@,@][] | " * 20 + "@": "limit.expression_growth",
    "{a:@,b:@} | " * 20 + "@": "limit.expression_growth",
    "[@,@,@,@,@,@,@,@].[@,@,@,@,@,@,@,@].[@,@]": "limit.expression_growth",
    "range(`1000000000`)": STEPS,
    "range(to_number('1000000000'))": STEPS,
    "range(`200000`)[].range(`200000`)": STEPS,
    "[many,many,many,many,many,many,many][]": STEPS,
    "range(`199000`) | [:]": STEPS,
    "range(`30000`)[].{a: @}": "value",
    "few[].replace($text, 'a', $again)": STEPS,
    "replace(text, 'a', again)": STEPS,
    "replace(text, 'a', 'aaaaaa')": STEPS,
    "join(text, texts)": STEPS,
    "join('', same)": STEPS,
    "lookup(members, text, text, text, text)": STEPS,
    "split(commas, ',')": STEPS,
    "count_cpus(commas)": STEPS,
    "count_cpus(cpus)": STEPS,
    "few[].count_cpus($cpus)": STEPS,
    "doubled == doubled2": STEPS,
    "object != object2": STEPS,
    "few[?$doubled==$doubled2]": STEPS,
    "contains(same, again)": STEPS,
    "contains([doubled], doubled2)": STEPS,
    "unique([doubled, doubled2])": STEPS,
    "to_string(doubled)": STEPS,
    "to_string(object)": STEPS,
    "to_string(same)": STEPS,
    "deep == deep2": "limit.subject_depth",
    "to_string(deep)": "limit.subject_depth",
    "unique(deep)": "limit.subject_depth",
    "doubled" + "[]" * 30: STEPS,
    "few[?$text==$again]": STEPS,
    "few[?$text<=$again]": STEPS,
    "few[].lower($text)": STEPS,
    "few[].trim($spaces)": STEPS,
    "few[].to_int($spaces)": "invalid-value",
    "few[].to_number($text)": STEPS,
    "few[].to_string($number)": STEPS,
    "few[].divide($number, $number)": "invalid-value",
    "many[?$many[?$many]]": STEPS,
    "map(&map(&@, $many), many)": STEPS,
    "sort_by(texts, &to_string(@))": "value",
    "sort(same)": STEPS,
    "max(same)": STEPS,
    "few[].merge($members, $members)": STEPS,
    "few[].entries($members, '1')": STEPS,
    "few[].sum($many)": STEPS,
    "match(text, '((a*)*)*b')": "value",
    r"match(text, '([\pL\pN]*)(a{0,30}){0,10}b')": STEPS,
    r"many[].match('aaaaaaaaaaaaaaaa', '([\pL\pN]*)(a{0,30}){0,10}b')": STEPS,
    "match(wide, '.*')": "value",
    "match('a', '(a+)+$')": "value",
    "match('a', '(((a{0,99}){0,99}){0,99})')": "syntax",
}


@pytest.fixture(scope="module")
def results() -> dict[str, dict[str, Any]]:
    """What each hostile expression took, measured in another process."""
    done = subprocess.run(
        [sys.executable, str(PROGRAM)],
        input=json.dumps(list(CASES)),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(ROOTS)},
        capture_output=True,
        text=True,
        timeout=900,
        check=True,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return dict(zip(CASES, lines, strict=True))


@pytest.mark.parametrize("expression", CASES, ids=lambda text: text[:40])
def test_hostile_expression_is_stopped_in_time(expression: str, results: dict[str, dict[str, Any]]) -> None:
    """It ends as expected, within 1 s and 100 MB."""
    taken = results[expression]

    assert CASES[expression] == taken["outcome"]
    assert taken["seconds"] < SECONDS
    assert taken["megabytes"] < MEGABYTES
