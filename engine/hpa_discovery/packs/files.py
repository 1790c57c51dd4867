# SPDX-License-Identifier: Apache-2.0
"""The files of a pack folder: found without leaving the folder, and read within the pack's limits.

Only regular YAML files count. A link is followed when it stays under the pack
(Kubernetes mounts a ConfigMap as links into `..data`), and refused otherwise.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from hpa_discovery.drivers.opening import open_below
from hpa_discovery.errors import DataError
from hpa_discovery.language.budgets import DEFAULT, Limits
from hpa_discovery.model import Finding

PACK_FILE = "pack.yaml"
TEST_SUFFIX = ".test.yaml"
OVERLAY_SUFFIX = ".overlay.yaml"
DRIVERS = "drivers"
DRIVER_FILE = "driver.yaml"
_NOT_THERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})


@dataclass(frozen=True, slots=True)
class PackFiles:
    """The YAML files of one pack by their path inside it, and why those that are `refused` could not be read."""

    root: Path
    texts: dict[str, bytes]
    findings: tuple[Finding, ...]
    refused: frozenset[str] = frozenset()


class Refused(NamedTuple):
    """Why a file is not read."""

    code: str
    message: str


def find_packs(path: Path) -> list[Path]:
    """The pack folders at `path`: itself, or the folders right below it. DataError when they cannot be looked at."""
    try:
        if _holds_pack(path):
            return [path]
        below = sorted(child for child in path.iterdir() if not child.name.startswith("."))
        return [child for child in below if _holds_pack(child)]
    except OSError as error:
        raise DataError(f"cannot look for packs in {path}: {error.strerror}") from None


def _holds_pack(folder: Path) -> bool:
    """Whether there is a pack.yaml, of whatever kind: that it is a broken link is said when the pack is loaded."""
    try:
        (folder / PACK_FILE).lstat()
    except OSError as error:
        if error.errno in _NOT_THERE:
            return False
        raise
    return True


def read_files(root: Path, *, tests: bool, limits: Limits = DEFAULT, within: Path | None = None) -> PackFiles:
    """Every YAML file of the pack; test files only when asked for. `within` is as for `read_file`."""
    texts: dict[str, bytes] = {}
    findings: list[Finding] = []
    refused: set[str] = set()
    total = 0
    for path in _yaml_files(root, limits, findings):
        name = path.relative_to(root).as_posix()
        if name.startswith(f"{DRIVERS}/") and not is_driver(name):
            continue  # the driver's own
        if not tests and name.endswith(TEST_SUFFIX):
            continue
        text = read_file(path, root, limits, within)
        if isinstance(text, Refused):
            findings.append(_finding(root, name, *text))
            refused.add(name)
            continue
        texts[name] = text
        total += len(text)
        if len(texts) > limits.pack_files or total > limits.pack_bytes:
            message = f"the pack has more than {limits.pack_files} files or {limits.pack_bytes} bytes"
            return PackFiles(root, {}, (*findings, _finding(root, PACK_FILE, "limit.pack", message)))
    return PackFiles(root, texts, tuple(findings), frozenset(refused))


def is_driver(name: str) -> bool:
    """Whether the file is drivers/<name>/driver.yaml."""
    parts = name.split("/")
    return len(parts) == 3 and (parts[0], parts[2]) == (DRIVERS, DRIVER_FILE)


def shown(root: Path, name: str) -> str:
    """The path of a pack's file as findings name it: from the working folder where that is shorter."""
    path = root / name
    try:
        relative = os.path.relpath(path)
    except (ValueError, OSError):  # another drive; a working folder that is gone
        return str(path)
    return str(path) if relative.startswith(os.pardir) else relative


def _yaml_files(root: Path, limits: Limits, findings: list[Finding]) -> Iterator[Path]:
    waiting = [(root, 0)]
    while waiting:
        folder, depth = waiting.pop(0)
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            name = folder.relative_to(root).as_posix()
            findings.append(_finding(root, name, "file.unreadable", f"cannot read the folder: {error.strerror}"))
            continue
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if depth < limits.pack_depth and _is_folder(entry, root, depth):
                waiting.append((Path(entry.path), depth + 1))
            elif entry.name.endswith((".yaml", ".yml")):
                yield Path(entry.path)


def _is_folder(entry: os.DirEntry[str], root: Path, depth: int) -> bool:
    """Whether there are files of the pack below: links to folders are followed where Kubernetes makes them, at the top.

    Deeper ones could lead in circles.
    """
    if entry.is_dir(follow_symlinks=False):
        return True
    try:
        if depth or not entry.is_symlink() or not entry.is_dir():
            return False
    except OSError:  # a loop of links
        return False
    real, top = Path(entry.path).resolve(), root.resolve()
    return real != top and real.is_relative_to(top)


def read_file(path: Path, root: Path, limits: Limits = DEFAULT, within: Path | None = None) -> bytes | Refused:
    """The content of a regular file, its links followed while they stay under the folder `root`.

    Others may change `root` at any moment: nothing outside of `within`, a real path that they cannot, is ever read.
    """
    try:
        real, top = path.resolve(strict=True), root.resolve()
        base = within or top
        if not (real.is_relative_to(top) and top.is_relative_to(base)):
            return Refused("file.outside", "the link leads out of the pack")
        # Asked before it is opened: opening a device can do something to it.
        info = real.stat()
        if not stat.S_ISREG(info.st_mode):
            return Refused("file.unreadable", "not a regular file")
        if info.st_size > limits.file_bytes:
            return _too_large(info.st_size, limits)
        return _content(base, real.relative_to(base).as_posix(), limits)
    except (OSError, RuntimeError) as error:  # RuntimeError: before Python 3.13, a loop of links
        return Refused("file.unreadable", f"cannot read the file: {getattr(error, 'strerror', None) or error}")


def _content(top: Path, name: str, limits: Limits) -> bytes | Refused:
    """What the file holds now; nothing that was put in its place since can keep us waiting or has no end."""
    with open_below(top, name) as stream:
        text = stream.read(limits.file_bytes + 1) or b""
    return _too_large(len(text), limits) if len(text) > limits.file_bytes else text


def _too_large(size: int, limits: Limits) -> Refused:
    return Refused("limit.file", f"the file has {size} bytes; at most {limits.file_bytes} are read")


def _finding(root: Path, name: str, code: str, message: str) -> Finding:
    return Finding(code, "error", message, shown(root, name))
