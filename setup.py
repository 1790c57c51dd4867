# SPDX-License-Identifier: Apache-2.0
"""Builds the wheel: everything but the step below stands in pyproject.toml.

rules/ and schemas/ live at the top of the checkout, where people look for them,
and travel inside the package, where `hpa_discovery.resources` finds them.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent
BUNDLED = ("rules", "schemas")
# What only serves to make the files beside it.
LEFT_OUT = shutil.ignore_patterns("*.py", "__pycache__", "facts")


class BuildWithBundled(build_py):
    """build_py that adds the bundled folders, and starts from nothing.

    setuptools copies over an earlier build: without the removal a rule or module
    that was deleted since would still be in the wheel.
    """

    def run(self) -> None:
        """Build the package and copy BUNDLED into it; an editable install reads the checkout instead."""
        target = Path(self.build_lib) / "hpa_discovery"
        shutil.rmtree(target, ignore_errors=True)
        super().run()
        if self.editable_mode:
            return
        for name in BUNDLED:
            shutil.copytree(HERE / name, target / name, ignore=LEFT_OUT)


setup(cmdclass={"build_py": BuildWithBundled})
