# SPDX-License-Identifier: Apache-2.0
"""The drivers of custom_drivers/ as wheels, built from a copy of their sources without any network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from hpa_discovery.drivers.folders import digest_of
from peers.cached_venv import cache_folder

CUSTOM_DRIVERS = Path(__file__).resolve().parents[2] / "custom_drivers"
_LEFT_BY_BUILDS = shutil.ignore_patterns("build", "dist", "*.egg-info", "__pycache__")


@dataclass(frozen=True)
class Shipped:
    """A driver with what its wheel is called and what it is called in the engine."""

    folder: str
    distribution: str
    package: str
    driver: str

    @property
    def pack(self) -> Path:
        """The pack in the checkout."""
        return CUSTOM_DRIVERS / self.folder / self.package


SRIOV = Shipped("sriov_nic", "onap-device-driver-sriov-nic", "onap_device_driver_sriov_nic", "onap.sriov/sriov-nic")
QAT = Shipped("go_qat", "onap-device-driver-qat", "onap_device_driver_qat", "onap.qat/go-qat")


def copy_of(shipped: Shipped, folder: Path) -> Path:
    """The sources as they are in the checkout, without what builds left there."""
    target = folder / shipped.folder
    shutil.copytree(CUSTOM_DRIVERS / shipped.folder, target, ignore=_LEFT_BY_BUILDS)
    for program in target.glob("*/drivers/go-qat/go-qat"):
        program.unlink()
    return target


def build_wheel(source: Path) -> Path:
    """The wheel that `python setup.py bdist_wheel` makes."""
    setup(source, "bdist_wheel")
    (wheel,) = (source / "dist").glob("*.whl")
    return wheel


def setup(source: Path, *arguments: str) -> None:
    """Run setup.py with the setuptools that the tests run with."""
    run([sys.executable, "setup.py", "-q", *arguments], source)


def names_in(wheel: Path) -> set[str]:
    """The files in a wheel, without its own records."""
    return {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}


def digest_in(wheel: Path, shipped: Shipped, folder: Path) -> str:
    """The digest of the driver as it lies in the wheel, unpacked into `folder` without pip."""
    below = f"{shipped.package}/drivers/{shipped.driver.partition('/')[2]}/"
    with zipfile.ZipFile(wheel) as opened:
        for info in opened.infolist():
            if info.filename.startswith(below):
                path = Path(opened.extract(info, folder))
                path.chmod(info.external_attr >> 16 & 0o777)
    return digest_of(folder / below)


def go_command() -> str:
    """The Go command. Whoever needs it is skipped where it is not installed, but not in CI."""
    found = shutil.which("go")
    if found is None:
        missing = "Go is not installed: apt-get install golang-go"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    return found


def run(command: Sequence[str], folder: Path, given: str = "") -> str:
    """What a command prints; it must succeed. Neither our Python's nor our Go's settings reach it."""
    done = subprocess.run(
        command,
        cwd=folder,
        input=given,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith(("GO", "PYTHON"))},
            # Compiled packages of Go's library are kept between runs; that takes longer than all the rest.
            "GOCACHE": str(cache_folder() / "go-build"),
            "GOPROXY": "off",
            "GOTOOLCHAIN": "local",
        },
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout
