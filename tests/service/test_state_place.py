# SPDX-License-Identifier: Apache-2.0
"""A state directory that drivers could read is refused before anything is written into it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from hpa_discovery.errors import DataError
from hpa_discovery.service.state_place import insist_on_place
from service.daemon import refused


@pytest.mark.parametrize("folder", [sys.prefix, sys.base_prefix, "/usr", "/usr/local/var"])
def test_where_drivers_read(folder: str) -> None:
    """In the folders of Python and of the system, also when it is not there yet."""
    with pytest.raises(DataError, match="drivers may read all files, keys and tokens too"):
        insist_on_place(Path(folder) / "hpa" / "state")


def test_a_link_there(tmp_path: Path) -> None:
    """What counts is where the files would lie."""
    (tmp_path / "state").symlink_to(Path(sys.prefix) / "state")
    with pytest.raises(DataError, match=f"{tmp_path / 'state'}: it lies in"):
        insist_on_place(tmp_path / "state")


def test_elsewhere(tmp_path: Path) -> None:
    """Other folders are fine, also one whose name only begins alike."""
    insist_on_place(tmp_path)
    insist_on_place(Path("/usrs/hpa"))


def test_the_service_does_not_start() -> None:
    """It says the folder, why, and what to do; nothing is made there."""
    folder = Path(sys.prefix) / "hpa-state"
    code, said = refused(folder)
    assert code == 1
    assert f"using the state directory {folder}: it lies in" in said
    assert "--state-dir" in said
    assert not folder.exists()
