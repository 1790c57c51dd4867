# SPDX-License-Identifier: Apache-2.0
"""The README, the index of the documentation, and the examples."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.fenced import DOCS, ROOT, blocks, prose
from hpa_discovery.model import Finding
from hpa_discovery.packs.cases import run_cases
from hpa_discovery.packs.coverage import measure
from hpa_discovery.packs.files import find_packs
from hpa_discovery.packs.lint import lint_paths
from hpa_discovery.packs.load import load_pack
from hpa_discovery.packs.mutation import mutate

README = ROOT / "README.md"
EXAMPLES = ROOT / "examples"


def test_the_rule_of_the_readme_is_the_one_of_the_tutorial() -> None:
    """The README shows the rule of the example pack as it is."""
    [shown] = [block.text for block in blocks(README) if block.language == "yaml"]
    rule = (EXAMPLES / "packs" / "acme.nic" / "falcon.yaml").read_text("utf-8")
    assert rule.splitlines()[2:] == shown.splitlines()


def test_the_readme_shows_a_real_table_and_two_commands() -> None:
    """There is a run of `hpa discover`, which another test repeats, and `make run` and `make test`."""
    shown = [block.text for block in blocks(README)]
    assert any(text.startswith("$ hpa discover examples/") and "pciePassthrough" in text for text in shown)
    makefile = (ROOT / "Makefile").read_text("utf-8")
    commands = re.findall(r"^make (\w+)", "".join(shown), re.MULTILINE)
    assert commands == ["run", "test"]
    assert all(re.search(rf"^{command}:", makefile, re.MULTILINE) for command in commands)


def test_the_index_names_every_page() -> None:
    """docs/README.md links to every page right in docs/ and to every folder of pages."""
    text = "\n".join(line for _, line in prose(DOCS / "README.md"))
    linked = set(re.findall(r"\]\(([\w./-]+)\)", text))
    folders = {f"{path.parent.name}/{path.name}" for path in DOCS.glob("*/README.md")}
    pages = folders | {path.name for path in DOCS.glob("*.md")}
    assert pages - {"README.md"} <= linked


def test_every_example_is_named() -> None:
    """examples/README.md links to every flavor, context and pack."""
    text = (EXAMPLES / "README.md").read_text("utf-8")
    files = [*EXAMPLES.glob("*.json"), *EXAMPLES.glob("flavors/*"), *EXAMPLES.glob("packs/*")]
    assert len(files) > 5
    assert [path.name for path in files if f"]({path.relative_to(EXAMPLES).as_posix()}" not in text] == []


@pytest.mark.parametrize("root", find_packs(EXAMPLES / "packs"), ids=lambda root: root.name)
def test_packs_of_the_examples_have_nothing_amiss(root: Path) -> None:
    """Lint finds nothing, all cases pass, coverage is complete and no mutant survives."""
    found: tuple[Finding, ...] = tuple(lint_paths([root]).findings)
    loaded = load_pack(root, tests=True)
    assert found == ()
    assert run_cases(loaded).failed == ()
    assert measure(loaded).gaps == ()
    assert mutate(loaded).survivors == ()
