# SPDX-License-Identifier: Apache-2.0
"""The hook `hpa-lint` for pre-commit: which changes start it, and what it then says."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import yaml

from hpa_discovery.packs.scaffold import new_pack

TOP = Path(__file__).parents[2]
(HOOK,) = yaml.safe_load((TOP / ".pre-commit-hooks.yaml").read_text())


def run_hook(folder: Path) -> subprocess.CompletedProcess[str]:
    """What pre-commit runs, in the top folder of a repository; it hands over no file names."""
    assert HOOK["pass_filenames"] is False
    command = [sys.executable, "-m", "hpa_discovery.cli", *shlex.split(HOOK["entry"])[1:]]
    path = os.pathsep.join(sys.path)
    return subprocess.run(
        command, cwd=folder, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False
    )


def test_every_yaml_file_of_a_pack_starts_the_hook(tmp_path: Path) -> None:
    """A rule may have any name, so its name cannot say whether it is one."""
    written = new_pack("acme.nic", tmp_path)
    names = [path.relative_to(tmp_path / "acme.nic").as_posix() for path in written if path.suffix == ".yaml"]

    assert {"pack.yaml", "device.yaml", "device.test.yaml"} <= set(names)
    assert [name for name in [*names, "tables/cards.json"] if not re.search(HOOK["files"], name)] == []


def test_the_hook_passes_a_good_pack_and_stops_a_bad_one(tmp_path: Path) -> None:
    """The pack may be the top of the repository or a folder in it."""
    new_pack("acme.nic", tmp_path)
    pack = tmp_path / "acme.nic"
    good = [run_hook(folder).returncode for folder in (pack, tmp_path)]
    (pack / "device.yaml").write_text((pack / "device.yaml").read_text().replace("to_int(", "to_integer("))
    bad = run_hook(pack)

    assert good == [0, 0]
    assert bad.returncode == 1
    assert "expr.unknown_function" in bad.stdout
