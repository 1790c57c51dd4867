# SPDX-License-Identifier: Apache-2.0
"""A small clean pack, and how an example changes it: whole files, or sections of the files it has.

An example is YAML. A line `# <file>` begins a file; without one it is
`example.yaml`. Of pack.yaml and of rules, an example gives just the sections it
is about; the others are as below. Sections of `let` are added to.
"""

from __future__ import annotations

import re
from pathlib import Path

PACK = {
    "apiVersion": "apiVersion: hpa-discovery/v1\n",
    "kind": "kind: Pack\n",
    "metadata": "metadata: {namespace: acme.test, name: acme-test, version: 1.0.0, license: Apache-2.0}\n",
    "level": "level: vendor\n",
    "activation": "activation: default\n",
    "provides": "provides: {features: [FEATURE]}\n",
}
HEAD = {
    "apiVersion": "apiVersion: hpa-discovery/v1\n",
    "kind": "kind: Rule\n",
    "metadata": "metadata: {id: acme.test/example, title: Example, maturity: sandbox}\n",
}
SPEC = {
    "source": "source: openstack.flavor\n",
    "let": 'let:\n  policy: {path: flavor.extra_specs."hw:cpu_policy", type: string}\n',
    "when": "when: {var: policy, present: true}\n",
    "emit": """\
emit:
  feature: cpuPinning
  version: v1
  architecture: generic
  attributes:
    - {key: logicalCpuPinningPolicy, from: policy}
""",
}
TESTS = """\
- name: dedicated CPUs
  flavor: {id: "1", name: a, extra_specs: {"hw:cpu_policy": dedicated}}
  expect:
    - feature: cpuPinning
      version: v1
      architecture: generic
      attributes: {logicalCpuPinningPolicy: {value: dedicated}}
- name: nothing asked
  flavor: {id: "1", name: a, extra_specs: {}}
  expect: []
"""
_FILE = re.compile(r"^# ([\w./-]+\.yaml)\n", re.MULTILINE)
_SECTION = re.compile(r"^(?=[a-zA-Z]+:)", re.MULTILINE)


def write_example(example: str, root: Path, *, with_tests: bool = True) -> Path:
    """Write the pack as the example changes it to the folder `root`; `with_tests` gives every rule tests."""
    for name, text in files_of(example, with_tests=with_tests).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def files_of(example: str, *, with_tests: bool = True) -> dict[str, str]:
    """The files of the pack as the example changes it."""
    parts = _FILE.split(example)
    given = dict(zip(parts[1::2], parts[2::2], strict=True))
    if parts[0].strip():
        given["example.yaml"] = parts[0]
    files = {name: _file(name, text) for name, text in given.items()}
    feature = re.search(r"^ +feature: (\w+)", files.get("example.yaml", ""), re.MULTILINE)
    pack = files.get("pack.yaml", _joined(PACK))
    files["pack.yaml"] = pack.replace("FEATURE", feature[1] if feature else "cpuPinning")
    files.setdefault("example.yaml", _rule(""))
    files.setdefault("example.test.yaml", TESTS)
    for name in [name for name in files if with_tests and _is_rule(name)]:
        files.setdefault(name.removesuffix(".yaml") + ".test.yaml", TESTS)
    return files


def _is_rule(name: str) -> bool:
    if name == "pack.yaml" or name.startswith(("tables/", "drivers/")):
        return False
    return not name.endswith((".test.yaml", ".overlay.yaml"))


def _file(name: str, text: str) -> str:
    if name == "pack.yaml":
        return _joined(PACK | _sections(text))
    return _rule(text) if _is_rule(name) else text


def _rule(text: str) -> str:
    given = _sections(text)
    head = HEAD | {name: given.pop(name) for name in HEAD if name in given}
    if "let" in given:
        given["let"] = SPEC["let"] + given["let"].removeprefix("let:\n")
    spec = SPEC | given
    return _joined(head) + "spec:\n" + "".join(f"  {line}" for line in _joined(spec).splitlines(keepends=True))


def _sections(text: str) -> dict[str, str]:
    """The sections by name; what stands before the first belongs to it."""
    start, *parts = _SECTION.split(text)
    if not parts:
        return {}
    parts[0] = start + parts[0]
    return {re.search(r"^([a-zA-Z]+):", part, re.MULTILINE)[1]: part for part in parts}


def _joined(sections: dict[str, str]) -> str:
    return "".join(sections.values())
