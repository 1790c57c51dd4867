# SPDX-License-Identifier: Apache-2.0
"""Hostile YAML and templates: each is refused within a second and 100 MB, in a process of its own.

A second of the machine that yardstick.py knows.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import hpa_discovery
import yardstick

TRIES = 8  # a neighbour on the machine comes and goes

# name -> (source of a text, what reads it, the code or error it must end with)
HOSTILE: dict[str, tuple[str, str, str]] = {
    "alias bomb": (
        ("'a: &a [x,x]\\n' + ''.join(f'{chr(98+i)}: &{chr(98+i)} [' + ','.join(['*'+chr(97+i)]*9) + ']\\n' "
        "for i in range(20))"),
        "yaml", "yaml.alias"),
    "1 GB of bytes": ("bytes(10**9)", "yaml", "limit.file"),
    "many aliases": ("'a: &a 1\\nb: [' + '*a,' * 300_000 + ']'", "yaml", "limit.findings"),
    "deep flow": ("'[' * 1_000_000", "yaml", "limit.yaml_depth"),
    "deep flow mappings": ("'{a: ' * 200_000", "yaml", "limit.yaml_depth"),
    "deep block": ("''.join(' ' * i + '-\\n' for i in range(1_400))", "yaml", "limit.yaml_depth"),
    "deep block on one line": ("'- ' * 500_000", "yaml", "limit.yaml_depth"),
    "deep keys": ("'? ' * 500_000", "yaml", "yaml.syntax"),
    "many values": ("'[' + '1,' * 500_000 + ']'", "yaml", "limit.yaml_nodes"),
    "one long scalar": ("'a: ' + '9' * 1_000_000", "yaml", "yaml.implicit"),
    "many control characters": ("'\\x07' * 1_000_000", "yaml", "yaml.syntax"),
    "many tabs": ("'\\t\\n' * 500_000", "yaml", "yaml.syntax"),
    "many duplicate keys": ("'{' + 'a: 1,' * 190_000 + '}'", "yaml", "limit.findings"),
    "many bad ignores": ("'# hpa: ignore\\n' * 70_000", "yaml", "ignore.form"),
    "long line of colons": ("':' * 1_000_000", "yaml", "yaml"),
    "many anchors": ("'- &a b\\n' * 100_000", "yaml", "limit.findings"),
    "folded constants": ("\"{{ 'a'*300000000 }}\"", "template", "arithmetic"),
    "folded power": ("'{{ 9**9**9**9 }}'", "template", "arithmetic"),
    "class walk": ("\"{{ ''.__class__.__mro__[1].__subclasses__() }}\"", "template", "a call"),
    "class walk without a call": ("'{{ x.__class__.__base__ }}'", "template", "__class__"),
    "nested parentheses": ("'{{ ' + '(' * 10_000 + ')' * 10_000 + ' }}'", "template", "characters"),
    "nested in the limit": ("'{{ ' + '(' * 500 + ')' * 500 + ' }}'", "template", "deeper"),
    "nested not": ("'{{ ' + 'not ' * 250 + 'a }}'", "template", "deeper"),
    "nested minus": ("'{{ ' + '-' * 1000 + 'a }}'", "template", ""),
    "1 MB template": ("'{{' * 500_000", "template", "characters"),
    "range": ("'{{ range(10**9) }}'", "template", "a call"),
    "format": ("\"{{ '%999999999d'|format(1) }}\"", "template", "filter format"),
}  # fmt: skip

_PROGRAM = """
import json, sys
from hpa_discovery.errors import HpaError
from hpa_discovery.language.templates import compile_template
from hpa_discovery.language.yaml_reader import read_yaml
from yardstick import measured, peak
text = eval(sys.argv[1])
def work():
    if sys.argv[2] == "yaml":
        return [finding.code for finding in read_yaml(text, "f").findings]
    try:
        compile_template(text)
        return []
    except HpaError as error:
        return [str(error)]
before = peak()
said, seconds = measured(work, 1, tries=1)
after = peak()
print(json.dumps({"said": said[-200:], "seconds": seconds, "megabytes": (after - before) / 1024}))
"""


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile(name: str) -> None:
    """A hostile text is refused with its own reason, in less than a second and 100 MB more memory."""
    source, reader, expected = HOSTILE[name]
    for _ in range(TRIES):
        answer = _taken(source, reader)
        if answer["seconds"] < 1:
            break
    assert any(expected in said for said in answer["said"]), answer["said"][:3]
    assert answer["seconds"] < 1
    assert answer["megabytes"] < 100


def _taken(source: str, reader: str) -> dict[str, Any]:
    """Of one process: what another one keeps in its memory makes nothing cheaper."""
    roots = [str(Path(hpa_discovery.__file__).parents[1]), str(Path(yardstick.__file__).parent)]
    program = f"import sys; sys.path[:0] = {roots!r}\n{_PROGRAM}"
    run = subprocess.run(  # our own interpreter and program
        [sys.executable, "-c", program, source, reader], capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stderr
    answer: dict[str, Any] = json.loads(run.stdout)
    return answer
