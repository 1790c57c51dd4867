# SPDX-License-Identifier: Apache-2.0
"""Where a state directory may lie: not where drivers read, since it holds tokens, keys and the database."""

from __future__ import annotations

from pathlib import Path

from hpa_discovery.drivers.guarding import read_by_all
from hpa_discovery.errors import DataError


def insist_on_place(folder: Path) -> None:
    """DataError for a state directory in the folder of a Python, or of the system, which every driver may read."""
    around = read_by_all(folder)
    if around is not None:
        raise DataError(
            f"using the state directory {folder}: it lies in {around}, where drivers may read all files, keys and "
            "tokens too; name another folder with --state-dir, such as /var/lib/hpa-discovery"
        )
