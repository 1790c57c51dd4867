# SPDX-License-Identifier: Apache-2.0
"""docs/onap.md: its examples run in a virtual environment, its commands help, its codes are all there are."""

from __future__ import annotations

import re
from pathlib import Path

from docs.fenced import DOCS, ROOT, blocks, code, codes, table
from docs.python_blocks import follow
from hpa_discovery.packs.contracts import load_contracts
from onap.onap_inputs import data
from onap.plugin_venvs import PluginVenv
from packs.publishing.pack_folders import pip

PAGE = DOCS / "onap.md"
ENGINE = ROOT / "engine" / "hpa_discovery" / "embedded"
_CODE = re.compile(r'"((?:onap|wheel)\.[a-z_]+)[":]')


def test_examples_print_what_the_page_shows(alone: PluginVenv, tmp_path: Path) -> None:
    """With the plugin as stevedore loads it from the wheel."""
    follow(PAGE, tmp_path, alone.python, XDG_CACHE_HOME=str(tmp_path / "cache"))


def test_what_the_page_says_must_go_is_what_keeps_stevedore_from_loading(wheel: Path, tmp_path: Path) -> None:
    """Before the command it fails, afterwards the plugin answers."""
    venv = PluginVenv(tmp_path / "venv", wheel, ["stevedore", "six"], copied=["onaphpadriver"])
    [shown] = [block.text.splitlines() for block in blocks(PAGE) if block.language == "sh"]
    assert shown == ["pip install hpa-discovery", "pip uninstall --yes onaphpadriver"]
    assert "error" in venv.ask(data()).answer

    pip(venv.python, *shown[1].split()[1:])

    assert venv.ask(data()).answer["issues"] == []


def test_every_code_is_listed_with_its_level() -> None:
    """The table holds what the room tells, and nothing else."""
    source = "".join(path.read_text("utf-8") for path in sorted(ENGINE.glob("*.py")))
    listed = {code(row[0]): row[1] for row in table(PAGE, "Issues").rows}
    assert set(listed) == set(_CODE.findall(source))
    told = {name: level for level, name in re.findall(r'tell\("(\w+)", "([a-z._]+)"', source)}
    assert len(told) > 5
    assert told.items() <= listed.items()


def test_members_of_viminfo_are_those_of_the_input_contract() -> None:
    """What rules and drivers may see of it."""
    promise = load_contracts()["openstack.flavor"].schema["x-hpa"]["context"]["properties"]["vim"]["properties"]
    [line] = [text for text in PAGE.read_text("utf-8").split("\n\n") if text.startswith("Of `viminfo`")]
    assert codes(line)[1:] == list(promise)
