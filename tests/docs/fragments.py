# SPDX-License-Identifier: Apache-2.0
"""Turns the YAML fragments of a page into packs that can be linted and tested.

Marks of a `yaml` block: `rule` is a whole rule file, `spec` the members of a spec,
`wrong="CODE ..."` a spec that lint refuses with these codes, `cases` the tests of
the rule before it, `pack` the pack.yaml and `title=...` another file for the rules
behind it. What a fragment leaves out is filled in here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

from docs.fenced import Block

NAMESPACE = "acme.docs"
_PACK = """\
apiVersion: hpa-discovery/v1
kind: Pack
metadata: {namespace: acme.docs, name: acme-docs, version: 1.0.0, license: Apache-2.0}
level: vendor
activation: default
provides: {features: [FEATURE]}
"""
_RULE = """\
apiVersion: hpa-discovery/v1
kind: Rule
metadata: {id: acme.docs/example, title: An example, maturity: sandbox}
spec:
"""
_SOURCE = "source: openstack.flavor\n"
_EMIT = """\
emit:
  feature: pciePassthrough
  version: v1
  architecture: generic
  discriminator: example
  attributes: [{key: pciCount, value: "1"}]
"""


@dataclass(frozen=True)
class Example:
    """One rule of a page with its tests; `wrong` are the codes that lint must answer with."""

    block: Block
    rule: str
    cases: str
    pack: str
    files: tuple[Block, ...]
    wrong: tuple[str, ...] = ()

    def __str__(self) -> str:
        return str(self.block)

    def write(self, folder: Path) -> Path:
        """Write the pack that holds the rule and nothing else into `folder`."""
        root = folder / NAMESPACE
        root.mkdir(parents=True)
        stem = _found(r"id: acme\.docs/([a-z0-9-]+)", self.rule)
        feature = _found(r"feature: (\w+)", self.rule)
        (root / "pack.yaml").write_text(self.pack.replace("FEATURE", feature), "utf-8")
        (root / f"{stem}.yaml").write_text(self.rule, "utf-8")
        if self.cases:
            (root / f"{stem}.test.yaml").write_text(self.cases, "utf-8")
        for block in self.files:
            file = root / block.marks["title"]
            file.parent.mkdir(exist_ok=True)
            file.write_text(block.text, "utf-8")
        return root


def examples(blocks: Iterable[Block]) -> list[Example]:
    """The rules among the YAML blocks of a page."""
    found: list[Example] = []
    pack, files = _PACK, list[Block]()
    for block in blocks:
        if block.language != "yaml":
            continue
        if "pack" in block.marks:
            pack = block.text
        elif "title" in block.marks and not block.marks["title"].endswith(".overlay.yaml"):
            files.append(block)
        elif "cases" in block.marks:
            last = found.pop()
            found.append(Example(last.block, last.rule, block.text, last.pack, last.files))
        elif {"rule", "spec", "wrong"} & block.marks.keys():
            wrong = tuple(block.marks.get("wrong", "").split())
            rule = block.text if "rule" in block.marks else _RULE + indent("".join(_filled(block.text)), "  ")
            found.append(Example(block, rule, "", pack, tuple(files), wrong))
            if files:
                pack, files = _PACK, []
    return found


def _filled(spec: str) -> Iterator[str]:
    if not re.search(r"^source:", spec, re.MULTILINE):
        yield _SOURCE
    yield spec
    if not re.search(r"^emit:", spec, re.MULTILINE):
        yield _EMIT


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found, f"no {pattern} in {text}"
    return found[1]
