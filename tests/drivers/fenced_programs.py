# SPDX-License-Identifier: Apache-2.0
"""Python programs inside chosen fences, each for itself or together."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

from drivers.fleets import VENDOR, driver
from hpa_discovery.drivers.guarding import Fences, guard, spec_of

NONE = Fences(False, False, False, {})
LANDLOCK = Fences(False, True, False, {})
NAMESPACES = Fences(True, False, False, {})
USER = Fences(False, False, True, {})
OPEN = struct.pack("=HBBI", 0x06, 0, 0, 0x7FFF0000).hex()  # a filter that allows every system call


def inside(standing: Fences, program: str, folder: Path = VENDOR, **changes: Any) -> str:
    """What a Python program prints inside these fences."""
    ran = outcome(standing, program, folder, **changes)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def outcome(standing: Fences, program: str, folder: Path = VENDOR, **changes: Any) -> subprocess.CompletedProcess[str]:
    """What becomes of it."""
    spec = spec_of(driver(), folder, standing)
    spec["command"] = [os.path.realpath(sys.executable), "-I", "-S", "-c", program]
    return subprocess.run(
        guard({**spec, **changes}),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env={},
        stdin=subprocess.DEVNULL,
    )


def attempt(act: str) -> str:
    """A program that prints what became of an act."""
    told = "print('did it')\nexcept OSError as error:\n    print(type(error).__name__)"
    return f"import os, socket\ntry:\n    {act}\n    {told}"
