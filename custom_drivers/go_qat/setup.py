# SPDX-License-Identifier: Apache-2.0
"""Builds the Go program and the wheel around it; the version is that of pack.yaml, all else stands in pyproject.toml.

The wheel is for one platform: any Python 3, but the program's system and processor.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

PACKAGE = "onap_device_driver_qat"
HERE = Path(__file__).resolve().parent
PACK = HERE / PACKAGE / "pack.yaml"
PROGRAM = Path(PACKAGE, "drivers", "go-qat", "go-qat")


class BuildProgram(build_py):
    """build_py that builds the program too, and keeps nothing of an earlier build."""

    def run(self) -> None:
        """Build into an empty folder; an editable install gets the program beside its sources."""
        top = HERE if self.editable_mode else Path(self.build_lib).absolute()
        if not self.editable_mode:
            shutil.rmtree(top / PACKAGE, ignore_errors=True)
        super().run()
        build_program(top / PROGRAM)


class WithProgram(Distribution):
    """What holds a program is for one platform: without this its files would lie in a folder for pure Python."""

    def has_ext_modules(self) -> bool:
        """Setuptools takes the program for an extension module."""
        return True


class PlatformWheel(bdist_wheel):
    """A wheel for this platform and any Python 3."""

    def get_tag(self) -> tuple[str, str, str]:
        """The program does not know Python: only the platform counts."""
        return "py3", "none", super().get_tag()[2]


def build_program(target: Path) -> None:
    """One static program, with the same bytes from the same sources and Go."""
    go = shutil.which("go")
    if go is None:
        raise SystemExit("building go-qat needs Go 1.19 or later: on Debian, install golang-go")
    flags = f"-s -w -buildid= -X main.version={version()}"
    command = [go, "build", "-trimpath", "-buildvcs=false", "-ldflags", flags, "-o", str(target), "."]
    environment = {**os.environ, "CGO_ENABLED": "0"}
    subprocess.run(command, cwd=HERE / PROGRAM.parent, env=environment, check=True)  # noqa: S603 - it is Go


def version() -> str:
    """The version in pack.yaml."""
    found = re.search(r"^  version: *(\S+) *$", PACK.read_text("utf-8"), re.MULTILINE)
    if found is None:
        raise SystemExit(f"{PACK} has no line `  version: X.Y.Z` below metadata")
    return found[1].strip("\"'")


COMMANDS = {"build_py": BuildProgram, "bdist_wheel": PlatformWheel}
setup(version=version(), distclass=WithProgram, cmdclass=COMMANDS)
