# SPDX-License-Identifier: Apache-2.0
"""Hostile packs: each is refused, or harmless, within a second and 100 MB more memory, in a process of its own.

A second of the machine that yardstick.py knows.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import hpa_discovery
import yardstick
from packs.lint_examples import files_of, write_example

TRIES = 8  # a neighbour on the machine comes and goes

Write = Callable[[Path], None]


def _rule(example: str) -> Write:
    return lambda root: write_example(example, root) and None


def _let(path: str, more: str = "") -> Write:
    return _rule(f"let:\n  x: {{path: {json.dumps(path)}, type: object{more}}}\n")


def _message(text: str) -> Write:
    rule = f"{{var: policy, present: true, code: a.b, level: info, message: {json.dumps(text)}}}"
    return _rule(f"require: [{rule}]\n")


def _bomb(root: Path) -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 20)]
    write_example("", root)
    (root / "bomb.yaml").write_text("\n".join(lines), encoding="utf-8")


def _sparse(name: str, size: int) -> Write:
    def write(root: Path) -> None:
        write_example("", root)
        with (root / name).open("wb") as stream:
            stream.truncate(size)

    return write


def _links(root: Path) -> None:
    write_example("", root)
    (root.parent / "secret.yaml").write_text("a: 1\n", encoding="utf-8")
    (root / "secret.yaml").symlink_to(root.parent / "secret.yaml")
    (root / "passwd.yaml").symlink_to("/etc/passwd")
    (root / "folder").symlink_to("/")
    (root / "zero.yaml").symlink_to("/dev/zero")


def _many_files(root: Path) -> None:
    write_example("", root)
    for number in range(2001):
        (root / f"f{number}.yaml").write_text("", encoding="utf-8")


def _comments(root: Path) -> None:
    write_example("", root)
    text = "# hpa: ignore[let.unused] a\n" * 30_000 + "kind: Rule\n"
    (root / "comments.yaml").write_text(text, encoding="utf-8")


def _faulty(root: Path) -> None:
    rule = files_of("let:\n  a: {path: polcy, type: str}\nwhen: {var: polcy, is: 1}\n")["example.yaml"]
    write_example("", root)
    for number in range(600):
        (root / f"rule{number}.yaml").write_text(rule, encoding="utf-8")


def _twice(root: Path) -> None:
    write_example("", root)
    for number in range(15):
        (root / f"twice{number}.yaml").write_text("a: yes\n" * 140_000, encoding="utf-8")


def _late(root: Path) -> None:
    write_example("", root)
    keys = [*range(20_000), *range(150)]
    (root / "late.yaml").write_text("".join(f"k{key}: x\n" for key in keys), encoding="utf-8")


def _leaves(count: int, text: str) -> str:
    return ", ".join(text.replace("N", str(n)) for n in range(count))


UNKNOWN = "||".join(f"polcy{number}" for number in range(50))
EMIT = "emit:\n  feature: cpuPinning\n  version: v1\n  architecture: generic\n  attributes:\n"

# name -> (what writes the pack, a code it must get; "" when it is harmless)
HOSTILE: dict[str, tuple[Write, str]] = {
    "alias bomb": (_bomb, "yaml.alias"),
    "1 GB rule": (_sparse("big.yaml", 2**30), "limit.file"),
    "1 GB pack file": (_sparse("pack.yaml", 2**30), "limit.file"),
    "links out of the pack": (_links, "file.outside"),
    "2001 files": (_many_files, "limit.pack"),
    "dots in a table path": (_rule("# pack.yaml\ntables: {a: ../../secret.yaml}\n"), "schema"),
    "absolute table path": (_rule("# pack.yaml\ntables: {a: /etc/passwd}\n"), "schema"),
    "folded constant": (_message("{{ 'a'*300000000 }}"), "template.syntax"),
    "folded power": (_message("{{ 9**9**9**9 }}"), "template.syntax"),
    "class walk": (_message("{{ policy.__class__.__mro__[1].__subclasses__() }}"), "template.syntax"),
    "nested template": (_message("{{ " + "(" * 480 + "policy" + ")" * 480 + " }}"), "limit.template_depth"),
    "long template": (_message("{{ policy }}" * 80_000), "limit.template_chars"),
    "doubling": (_let("[@,@][]" + " | [@,@][]" * 40), "limit.expression_growth"),
    "nested parentheses": (_let("(" * 10_000 + "policy" + ")" * 10_000), "limit.expression_chars"),
    "nested in the limit": (_let("(" * 250 + "policy" + ")" * 250), "limit.expression_depth"),
    "nested not": (_let("!" * 500 + "policy"), "limit.expression_depth"),
    "wide range": (_let("range(`1000000000`)"), "limit.steps"),
    "backtracking pattern": (_let("match(policy, '(a+)+$')"), "expr.repeat"),
    "backtracking limit": (_rule("let:\n  x: {path: policy, type: string, pattern: '(a|a)*(b|b)*c{1,999}'}\n"), ""),
    "repeated pattern": (_let("match(policy, '((a{0,99}){0,99}){0,99}')"), "expr.pattern"),
    "class walk in an expression": (_let("flavor.__class__.__init__"), "path.impossible"),
    "deep condition": (
        _rule("when: " + "{not: " * 3000 + "{var: policy, present: true}" + "}" * 3000),
        "limit.yaml_depth",
    ),
    "9,000 unknown conditions": (
        _rule(f"when: {{any: [{_leaves(9000, '{var: polcyN, present: true}')}]}}\n"),
        "condition.unknown_name",
    ),
    "9,000 contradictions": (
        _rule(
            f"when: {{all: [{_leaves(4000, '{var: policy, equals: aN}')}, "
            f"{{var: policy, in: [{_leaves(9000, 'bN')}]}}]}}\n"
        ),
        "value.impossible",
    ),
    "20,000 words": (
        _rule(f"let:\n  x: {{path: policy, type: string, enum: [{_leaves(20000, 'wN')}]}}\n"),
        "value.impossible",
    ),
    "7,000 lets": (
        _rule("let:\n" + "".join(f"  l{n}: {{path: lower(l{n + 1}x), type: string}}\n" for n in range(7000))),
        "limit.lets",
    ),
    "64 lets of unknown names": (
        _rule("let:\n" + "".join(f"  l{n}: {{path: {UNKNOWN}, type: string}}\n" for n in range(60))),
        "expr.unknown_name",
    ),
    "9,000 attributes": (
        _rule(EMIT + "".join(f"    - {{key: logicalCpuPinningPolicyy{n}, from: polcy}}\n" for n in range(9000))),
        "limit.attributes",
    ),
    "40,000 features": (_rule(f"# pack.yaml\nprovides: {{features: [{_leaves(40000, 'fN')}]}}\n"), "pack.provides"),
    "9,000 test parameters": (
        _rule(
            f"# example.test.yaml\n- name: a\n  flavor: {{}}\n  params: {{{_leaves(9000, 'pN: 1')}}}\n  expect: []\n"
        ),
        "test.params",
    ),
    "1 MB name": (_rule(f"when: {{var: {'a' * 900_000}, present: true}}\n"), "condition.unknown_name"),
    "unknown names beside a fault": (
        _rule(
            "whne: 1\nwhen: {any: ["
            f"{_leaves(4000, '{var: polcyN, is: true}')}, {_leaves(4000, '{var: polcyN, present: true}')}]}}\n"
        ),
        "schema",
    ),
    "9,000 unknown keys": (_rule(f"emit: {{{_leaves(9000, 'archN: 1')}}}\n"), "schema"),
    "9,000 doubtful values": (
        _rule(f"let:\n  x: {{path: policy, type: string, enum: [{_leaves(190, '0x10')}, {_leaves(9000, 'wN')}]}}\n"),
        "yaml.implicit",
    ),
    "600 files with faults": (_faulty, "limit.findings"),
    "30,000 ignore comments": (_comments, "schema"),
    "15 MB of duplicate keys": (_twice, "limit.findings"),
    "duplicate keys after 20,000 others": (_late, "yaml.duplicate_key"),
    "1 MB key": (_rule(f"# pack.yaml\n{'a' * 900_000}: 1\n"), "yaml.syntax"),
    "1 MB feature": (
        _rule(EMIT.replace("cpuPinning", "a" * 900_000) + "    - {key: a, value: b}\n"),
        "vocabulary.free",
    ),
    "1 MB attribute": (_rule(EMIT + f"    - {{key: {'a' * 1000}, value: b}}\n" * 200), "attribute.duplicate"),
    "huge numbers": (_rule(f"let:\n  x: {{path: policy, type: integer, minimum: {'9' * 100_000}}}\n"), "yaml.implicit"),
}

_PROGRAM = """
import json, sys
from pathlib import Path
from hpa_discovery.packs.lint import lint_paths
from hpa_discovery.packs.load import load_pack
from yardstick import measured, peak
load_pack(Path(sys.argv[2]), tests=True)
before = peak()
def timed(work):
    return measured(lambda: [finding.code for finding in work().findings], 1, tries=1)
said, loaded = timed(lambda: load_pack(Path(sys.argv[1]), tests=True))
linted, checked = timed(lambda: lint_paths([Path(sys.argv[1])]))
seconds = max(loaded, checked)
after = peak()
print(json.dumps({"said": said, "linted": linted, "seconds": seconds, "megabytes": (after - before) / 1024}))
"""


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile(name: str, tmp_path: Path) -> None:
    """A hostile pack gets its code from load and lint alike, in less than a second and 100 MB each."""
    write, code = HOSTILE[name]
    write(tmp_path / "acme")
    write_example("", tmp_path / "plain")
    for _ in range(TRIES):
        answer = _taken(tmp_path / "acme", tmp_path / "plain")
        if answer["seconds"] < 1:
            break
    for codes in (answer["said"], answer["linted"]):
        assert code in codes if code else not set(codes) - {"let.unused", "index.unserved"}
    assert answer["seconds"] < 1, answer["seconds"]
    assert answer["megabytes"] < 100, answer["megabytes"]


def _taken(pack: Path, plain: Path) -> dict[str, Any]:
    """Of one process: what another one keeps in its memory makes nothing cheaper."""
    roots = [str(Path(hpa_discovery.__file__).parents[1]), str(Path(yardstick.__file__).parent)]
    program = f"import sys; sys.path[:0] = {roots!r}\n{_PROGRAM}"
    run = subprocess.run(
        [sys.executable, "-c", program, pack, plain], capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stderr[-2000:]
    answer: dict[str, Any] = json.loads(run.stdout)
    return answer
