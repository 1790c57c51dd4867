# SPDX-License-Identifier: Apache-2.0
"""Virtual environments that outlive a test run, so that a peer is installed once a machine.

A venv is keyed by its requirements and the Python that made it. It is built
under a lock and counts only when its marker is written last, so two runs may
ask at once and a run that was killed leaves nothing that a later one trusts.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

CACHE_VARIABLE = "HPA_TEST_CACHE"
_MARKER = "complete"


class PeerError(RuntimeError):
    """A peer cannot be installed or started; the message ends with what it last said."""


def cache_folder() -> Path:
    """Where peers are kept: $HPA_TEST_CACHE, else the user's cache, else a folder of ours below the temp folder."""
    named = os.environ.get(CACHE_VARIABLE)
    shared = Path(tempfile.gettempdir(), f"hpa-discovery-tests-{os.getuid()}")
    choices = [Path(named)] if named else [_home_cache(), shared]
    for folder in choices:
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Someone else's folder of that name below /tmp could hold someone else's programs.
            if os.access(folder, os.W_OK | os.X_OK) and folder.stat().st_uid == os.getuid():
                return folder
    tried = ", ".join(map(str, choices))
    raise PeerError(f"no folder to keep peers in: {tried} cannot be written by us alone; set {CACHE_VARIABLE}")


def _home_cache() -> Path:
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.expanduser raises where there is no home
    return home / ".cache" / "hpa-discovery-tests"


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold `path` against other processes; the system lets go when the holder dies."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def run(command: list[str], doing: str, **options: Any) -> str:
    """The output of `command`; PeerError with the end of it when it fails."""
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    done = subprocess.run(command, check=False, **output, **options)
    if done.returncode:
        raise PeerError(f"{doing} failed with exit code {done.returncode}: {' '.join(command)}\n{done.stdout[-3000:]}")
    return str(done.stdout)


def cached_venv(name: str, requirements: Path) -> Path:
    """A venv that holds `requirements`, made now or by an earlier run; its Python is `bin/python`."""
    about = f"{platform.python_implementation()} {sys.version} {platform.machine()}\n{requirements.read_text()}"
    venv = cache_folder() / f"{name}-{hashlib.sha256(about.encode()).hexdigest()[:16]}"
    with locked(venv.with_suffix(".lock")):
        if not (venv / _MARKER).exists():
            shutil.rmtree(venv, ignore_errors=True)
            _build(venv, requirements)
            (venv / _MARKER).touch()
    return venv


def _build(venv: Path, requirements: Path) -> None:
    python = str(venv / "bin" / "python")
    run([sys.executable, "-m", "venv", "--without-pip", str(venv)], "making a venv")
    arguments = ["install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:", "-r", str(requirements)]
    if _has_pip():
        # Our own pip installs for the other Python: Debian's Python has no ensurepip unless asked for.
        run([sys.executable, "-m", "pip", "--python", python, *arguments], f"installing {requirements.name}")
    else:
        run([python, "-m", "ensurepip"], "installing pip")
        run([python, "-m", "pip", *arguments], f"installing {requirements.name}")


def _has_pip() -> bool:
    return not subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, check=False).returncode
