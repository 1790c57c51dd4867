# SPDX-License-Identifier: Apache-2.0
"""The files of a pack folder: found without leaving the folder, and read within the pack's limits.

Only regular YAML files count. A link is followed when it stays under the pack
(Kubernetes mounts a ConfigMap as links into `..data`), and refused otherwise.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hpa_discovery.errors import DataError
from hpa_discovery.language.budgets import DEFAULT, Limits
from hpa_discovery.model import Finding

PACK_FILE = "pack.yaml"
TEST_SUFFIX = ".test.yaml"
OVERLAY_SUFFIX = ".overlay.yaml"


@dataclass(frozen=True, slots=True)
class PackFiles:
    """The YAML files of one pack by their path inside it, and what could not be read."""

    root: Path
    texts: dict[str, bytes]
    findings: tuple[Finding, ...]


def find_packs(path: Path) -> list[Path]:
    """The pack folders at `path`: itself, or the folders right below it. DataError when it is none."""
    try:
        if (path / PACK_FILE).is_file():
            return [path]
        below = sorted(child for child in path.iterdir() if not child.name.startswith("."))
        return [child for child in below if (child / PACK_FILE).is_file()]
    except OSError as error:
        raise DataError(f"cannot look for packs in {path}: {error.strerror}") from None


def read_files(root: Path, *, tests: bool, limits: Limits = DEFAULT) -> PackFiles:
    """Every YAML file of the pack; test files only when asked for."""
    texts: dict[str, bytes] = {}
    findings: list[Finding] = []
    total = 0
    for path in _yaml_files(root, limits, findings):
        name = path.relative_to(root).as_posix()
        if not tests and name.endswith(TEST_SUFFIX):
            continue
        problem = _refusal(path, root, limits)
        if problem is not None:
            findings.append(_finding(root, name, *problem))
            continue
        texts[name] = path.read_bytes()
        total += len(texts[name])
        if len(texts) > limits.pack_files or total > limits.pack_bytes:
            message = f"the pack has more than {limits.pack_files} files or {limits.pack_bytes} bytes"
            return PackFiles(root, {}, (*findings, _finding(root, PACK_FILE, "limit.pack", message)))
    return PackFiles(root, texts, tuple(findings))


def shown(root: Path, name: str) -> str:
    """The path of a pack's file as findings name it: from the working folder where that is shorter."""
    path = root / name
    try:
        relative = os.path.relpath(path)
    except ValueError:  # another drive
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
            if entry.is_dir(follow_symlinks=False) and depth < limits.pack_depth:
                waiting.append((Path(entry.path), depth + 1))
            elif entry.name.endswith((".yaml", ".yml")):
                yield Path(entry.path)


def _refusal(path: Path, root: Path, limits: Limits) -> tuple[str, str] | None:
    """Why the file is not read: (code, message), or None when it can be."""
    try:
        real = path.resolve(strict=True)
        info = real.stat()
    except (OSError, RuntimeError) as error:
        return "file.unreadable", f"cannot read the file: {getattr(error, 'strerror', None) or error}"
    if not real.is_relative_to(root.resolve()):
        return "file.outside", "the link leads out of the pack"
    if not stat.S_ISREG(info.st_mode):
        return "file.unreadable", "not a regular file"
    if info.st_size > limits.file_bytes:
        return "limit.file", f"the file has {info.st_size} bytes; at most {limits.file_bytes} are read"
    if not os.access(real, os.R_OK):
        return "file.unreadable", "no permission to read the file"
    return None


def _finding(root: Path, name: str, code: str, message: str) -> Finding:
    return Finding(code, "error", message, shown(root, name))
