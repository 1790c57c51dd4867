# SPDX-License-Identifier: Apache-2.0
"""The READMEs of custom_drivers/: every command is run, in a copy of the driver's folder, and prints what is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from custom_drivers.built import CUSTOM_DRIVERS, QAT, SRIOV, Shipped, copy_of
from custom_drivers.sriov_driver import read_cards
from custom_drivers.venvs import Installed, Venv
from docs.console import Console
from docs.fenced import Block, blocks, codes, tables
from hpa_discovery.packs.contracts import load_vocabulary
from peers.cached_venv import cache_folder

SESSION = "shell-session"
SOURCES = {
    SRIOV: [*(SRIOV.pack / "drivers" / "sriov-nic" / "sriov_nic").glob("*.py")],
    QAT: [path for path in (QAT.pack / "drivers" / "go-qat").glob("*.go") if not path.stem.endswith("_test")],
}


def page(shipped: Shipped) -> Path:
    """The README of a driver."""
    return CUSTOM_DRIVERS / shipped.folder / "README.md"


def read_aloud(shipped: Shipped) -> Iterator[Block]:
    """The blocks of a README in a form that a Console follows."""
    for block in blocks(page(shipped)):
        yield replace(block, language="console") if block.language == SESSION else block


def console_in(folder: Path, shipped: Shipped) -> Console:
    """A shell in a copy of the driver's folder whose python, pip and hpa are those of a fresh venv."""
    console, python = Console(folder), Venv(folder / "venv").python
    for name, module in {"python": "", "hpa": "-m hpa_discovery.cli"}.items():
        script = folder / "bin" / name
        script.write_text(f'#!/bin/sh\nexec "{python}" {module} "$@"\n', "utf-8")
        script.chmod(0o755)
    console.folder = copy_of(shipped, folder / "sources")
    return console


@pytest.mark.parametrize(("name", "shipped"), [("sriov", SRIOV), ("qat", QAT)], ids=["sriov_nic", "go_qat"])
def test_the_commands_of_a_readme_do_what_it_says(
    name: str, shipped: Shipped, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Try, build, install, look, allow and ask, from the first block to the last, without any network."""
    installed: Installed = request.getfixturevalue(name)
    for variable, value in {
        "DIGEST": installed.digest,
        "PIP_NO_INDEX": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "GOCACHE": str(cache_folder() / "go-build"),
        "GOPROXY": "off",
    }.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    console = console_in(tmp_path, shipped)

    followed = list(read_aloud(shipped))
    for block in followed:
        console.follow(block)

    assert sum(block.language == "console" for block in followed) >= 3


@pytest.mark.parametrize("shipped", [SRIOV, QAT], ids=lambda shipped: shipped.folder)
def test_every_code_stands_in_the_readme(shipped: Shipped) -> None:
    """The codes that a driver can tell are those of the README's table, and no others."""
    found = "\n".join(path.read_text("utf-8") for path in SOURCES[shipped])
    told = set(re.findall(r'"((?:pci|sriov|qat)\.[a-z_]+)"', found))
    (table,) = (each for each in tables(page(shipped)) if each.header[0] == "code")

    assert {code for row in table.rows for code in codes(row[0])} == told


@pytest.mark.parametrize("shipped", [SRIOV, QAT], ids=lambda shipped: shipped.folder)
def test_every_attribute_stands_in_the_readme(shipped: Shipped) -> None:
    """The attributes of a driver are those of the README's table; the vocabulary has them all."""
    found = "\n".join(path.read_text("utf-8") for path in SOURCES[shipped])
    written = set(re.findall(r"\"?\b(pci[A-Z]\w+|physicalNetwork)\b", found))
    (table,) = (each for each in tables(page(shipped)) if each.header[0] == "attribute")
    features = load_vocabulary()
    known = {*features["pciePassthrough"]["attributes"], *features["sriovNICNetwork"]["attributes"]}

    assert {name for row in table.rows for name in codes(row[0])} == written
    assert written <= known


def test_the_readme_counts_the_cards_right() -> None:
    """The number of kinds of functions is that of the table of cards."""
    assert f"a table of {len(read_cards())} kinds of functions" in page(SRIOV).read_text("utf-8")


def test_the_list_of_drivers_is_whole() -> None:
    """custom_drivers/README.md has a row for each folder."""
    (table,) = tables(CUSTOM_DRIVERS / "README.md")
    linked = {re.findall(r"\]\(([^/]+)/README\.md\)", row[0])[0] for row in table.rows}

    assert linked == {path.parent.name for path in CUSTOM_DRIVERS.glob("*/setup.py")}
    assert {row[2] for row in table.rows} == {f"`{shipped.distribution}`" for shipped in (SRIOV, QAT)}
