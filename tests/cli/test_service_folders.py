# SPDX-License-Identifier: Apache-2.0
"""Folders that a shell names when its variable is empty."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.running import run_hpa

NO_FOLDER = "it is empty; name a folder, or . for the one you are in"


@pytest.mark.parametrize(
    ("command", "option"),
    [
        (["serve", "--state-dir", "", "--port", "-1"], "--state-dir"),
        (["token", "list", "--state-dir", ""], "--state-dir"),
        (["serve", "--pack-path", "", "--port", "-1"], "--pack-path"),
        (["doctor", "--pack-path", ""], "--pack-path"),
    ],
)
def test_an_empty_name_is_not_the_folder_one_is_in(
    command: list[str], option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--state-dir "$UNSET"` would fill the current folder with a database, and `--pack-path` watch all of it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HPA_STATE_DIR", str(tmp_path / "state"))
    ran = run_hpa(*command)
    assert ran.code == 2
    assert f"Invalid value for '{option}'" in ran.err
    assert NO_FOLDER in " ".join(ran.err.split())
    assert list(tmp_path.iterdir()) == []


def test_an_empty_part_of_the_environment_is_not_the_folder_one_is_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`HPA_PACK_PATH=packs:$UNSET` is refused."""
    monkeypatch.setenv("HPA_PACK_PATH", f"{tmp_path}:")
    ran = run_hpa("doctor", "--state-dir", tmp_path / "state")
    assert ran.code == 2
    assert NO_FOLDER in " ".join(ran.err.split())
