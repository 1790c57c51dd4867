# SPDX-License-Identifier: Apache-2.0
"""The command that starts a driver inside its fences: what fence.py is told to put up around it."""

from __future__ import annotations

import json
import os
import stat
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hpa_discovery.drivers import fence
from hpa_discovery.drivers.system_calls import filter_of, machine_of
from hpa_discovery.language.driver import Driver

# Users that no package or person is given; systemd's DynamicUser= takes from the same range.
_FIRST_UID, _UIDS = 61184, 4096
_FILES = 64
# Room for what a runtime reserves and never touches, such as Go's heap; what it touches counts as `memory`.
_RESERVED_MB = 4096
_OURS = Path(__file__).resolve().parent.parent.parent
_SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/localtime", "/dev/null", "/dev/urandom")
_RUNNING = Path("/proc/self/exe")
_HEADER_BYTES = 20  # of an ELF file, in which its machine is named
# Reads what the host of Python drivers is made of: without Landlock another user may have no right to.
_TRIAL = ("-I", "-S", "-c", "import sys; open(sys.argv[1], 'rb').close()", fence.__file__)


@dataclass(frozen=True, slots=True)
class Fences:
    """The fences that stand here. `missing` maps each that does not to the reason.

    namespaces: its own processes, network and shared memory, all ended with it.
    landlock: no files but its own and the runtime's. user: a user of its own.
    """

    namespaces: bool
    landlock: bool
    user: bool
    missing: Mapping[str, str]


def guard(spec: Mapping[str, Any]) -> list[str]:
    """The command that starts a driver inside its fences."""
    return [sys.executable, "-I", "-S", fence.__file__, json.dumps(spec)]


def read_by_all(path: Path) -> str | None:
    """The folder around `path` that every driver may read, since Python or the system lie in it; None without one."""
    real = path.resolve()
    return next((folder for folder in _runtime() if real.is_relative_to(folder)), None)


def spec_of(driver: Driver, folder: Path, standing: Fences) -> dict[str, Any]:
    """What fence.py is told: the driver, its limits, and the fences that stand."""
    number = int(driver.digest[:8], 16) % _UIDS
    return _spec(standing, _command(driver, folder), str(folder), number, driver.memory, driver.processes)


def trial_spec(standing: Fences) -> dict[str, Any]:
    """What fence.py is told to try these fences with a program that ends at once."""
    return _spec(standing, (os.path.realpath(sys.executable), *_TRIAL), "/", 0, 256, 8)


def _spec(
    standing: Fences, command: tuple[str, ...], folder: str, number: int, memory: int, processes: int
) -> dict[str, Any]:
    megabyte = 1024 * 1024
    # With Landlock around it, it may pass over permissions; without, a user of its own must get to the copy unaided.
    user = standing.user and (standing.landlock or _others_pass(Path(folder)))
    return {
        "parent": os.getpid(),
        "namespaces": standing.namespaces,
        "landlock": standing.landlock,
        "calls": filter_of(_machine()).hex(),
        "uid": _FIRST_UID + number if user else None,
        # A Python below /root can be read by root only; with Landlock the driver reads that and nothing else there.
        "keep_reading": user and standing.landlock,
        "folder": folder,
        "limits": {
            "NOFILE": _FILES,
            # Counted by user, so only where the user is the driver's own.
            **({"NPROC": 16 + 16 * processes} if user or (standing.namespaces and os.geteuid()) else {}),
            "DATA": memory * megabyte,
            "AS": (memory + _RESERVED_MB) * megabyte,
            "FSIZE": 0,
            "CORE": 0,
        },
        "readable": [folder, *_runtime()],
        "writable": ["/dev/null"],
        "command": list(command),
        "environment": {"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1", **_python_path()},
    }


def _command(driver: Driver, folder: Path) -> tuple[str, ...]:
    if driver.start == "command":
        program, *arguments = driver.command
        return (program if program.startswith("/") else str(folder / program), *arguments)
    contract = ("--onap",) if driver.start == "onap" else ()
    return (
        sys.executable,
        "-P",
        "-m",
        "hpa_discovery.drivers.host",
        "--folder",
        str(folder),
        *contract,
        *driver.command,
    )


def _python_path() -> dict[str, str]:
    """Where the host finds this package when it is used from a checkout; what is installed needs no hint."""
    paths = sysconfig.get_paths()
    return {} if str(_OURS) in (paths["purelib"], paths["platlib"]) else {"PYTHONPATH": str(_OURS)}


@cache
def _machine() -> str:
    """The machine that this Python is made for: the kernel's may have more bits, and names itself."""
    try:
        with _RUNNING.open("rb") as file:
            return machine_of(file.read(_HEADER_BYTES))
    except OSError:
        return ""


def _others_pass(folder: Path) -> bool:
    """Whether a user to whom nothing belongs gets to the folder."""
    return all(at.stat().st_mode & stat.S_IXOTH for at in (folder, *folder.parents))


@cache
def _runtime() -> tuple[str, ...]:
    """The folders that Python needs to run, with what is installed beside us."""
    paths = sysconfig.get_paths()
    names = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    names |= {sys.prefix, sys.base_prefix, sys.executable, str(_OURS)}
    return (*sorted(names | set(map(os.path.realpath, names))), *_SYSTEM)
