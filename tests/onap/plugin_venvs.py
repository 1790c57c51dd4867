# SPDX-License-Identifier: Apache-2.0
"""Virtual environments as an ONAP image has them: hpa-discovery from its built wheel, stevedore, and more.

Each holds just that and its requirements, and nothing is downloaded: hpa-discovery
is installed by pip from the wheel, the others are linked from where the tests run.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from packs.publishing.pack_folders import install, make_environment, site_of

TOP = Path(__file__).resolve().parents[2]
ASK = Path(__file__).parent / "inside_venv" / "ask_plugin.py"
_LEFT_BY_BUILDS = shutil.ignore_patterns("__pycache__", "*.egg-info")


def build_wheel(folder: Path) -> Path:
    """The wheel of this checkout, built in `folder`."""
    for name in ("engine", "rules", "schemas"):
        shutil.copytree(TOP / name, folder / name, ignore=_LEFT_BY_BUILDS)
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(TOP / name, folder)
    command = [sys.executable, "setup.py", "-q", "bdist_wheel"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=120, env=_environment({}))
    (wheel,) = (folder / "dist").glob("*.whl")
    return wheel


@dataclass(frozen=True)
class Said:
    """What the plugin said in a venv: see inside_venv/ask_plugin.py; `log` is the process's standard error."""

    answer: dict[str, Any]
    log: str


class PluginVenv:
    """A virtual environment with the wheel and these distributions of the test environment.

    `copied` are others that pip can uninstall again.
    """

    def __init__(self, folder: Path, wheel: Path, names: Iterable[str], copied: Iterable[str] = ()) -> None:
        self.folder = folder
        self.python = make_environment(folder / "env")
        self.site = site_of(self.python)
        for name in _with_requirements({*names, *_core_requirements()}):
            self._link(name)
        for name in copied:
            self._copy(name)
        install(self.python, wheel)

    def ask(self, *questions: Mapping[str, Any], manager: str = "driver", **variables: str) -> Said:
        """The answers to get_hpa_capabilities; `variables` are set in the environment."""
        done = subprocess.run(
            [self.python, "-P", ASK, manager],
            cwd=self.folder,
            input=json.dumps(questions),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            # stevedore keeps entry points below XDG_CACHE_HOME.
            env=_environment({"XDG_CACHE_HOME": str(self.folder / "cache"), **variables}),
        )
        assert done.returncode == 0, done.stderr
        return Said(json.loads(done.stdout), done.stderr)

    def _link(self, name: str) -> None:
        found = distribution(name)
        tops = {file.parts[0] for file in found.files or () if file.parts[0] not in ("..", "__pycache__")}
        for top in tops:
            (self.site / top).symlink_to(Path(str(found.locate_file(top))))

    def _copy(self, name: str) -> None:
        for file in distribution(name).files or ():
            target, source = self.site / file, Path(str(distribution(name).locate_file(file)))
            if ".." not in file.parts and source.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, target)


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "HPA_", "OS_"))}
    return {**kept, **more}


def _core_requirements() -> Iterator[str]:
    project = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["project"]
    return (Requirement(line).name for line in project["dependencies"])


def _with_requirements(names: set[str]) -> set[str]:
    """The distributions and all that they require, by the names that they give themselves."""
    waiting, found = set(names), dict[str, None]()
    while waiting:
        known = distribution(waiting.pop())
        found[known.metadata["Name"]] = None
        needed = (Requirement(line) for line in known.requires or ())
        wanted = {each.name for each in needed if each.marker is None or each.marker.evaluate({"extra": ""})}
        waiting |= {name for name in wanted if distribution(name).metadata["Name"] not in found}
    return set(found)
