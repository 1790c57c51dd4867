# SPDX-License-Identifier: Apache-2.0
"""Builds the wheel: its version is that of pack.yaml, and all else stands in pyproject.toml."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

PACKAGE = "onap_device_driver_sriov_nic"
PACK = Path(__file__).parent / PACKAGE / "pack.yaml"


class BuildFromNothing(build_py):
    """build_py without what an earlier build left: setuptools would put deleted files into the wheel again."""

    def run(self) -> None:
        """Empty the folder of the package, then build."""
        shutil.rmtree(Path(self.build_lib) / PACKAGE, ignore_errors=True)
        super().run()


def version() -> str:
    """The version in pack.yaml."""
    found = re.search(r"^  version: *(\S+) *$", PACK.read_text("utf-8"), re.MULTILINE)
    if found is None:
        raise SystemExit(f"{PACK} has no line `  version: X.Y.Z` below metadata")
    return found[1].strip("\"'")


setup(version=version(), cmdclass={"build_py": BuildFromNothing})
