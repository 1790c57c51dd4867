# SPDX-License-Identifier: Apache-2.0
"""Where packs and overlays lie in a watched folder; no more is looked at than a service can look at all the time."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from hpa_discovery.model import Finding
from hpa_discovery.packs.files import OVERLAY_SUFFIX, PACK_FILE, shown

MOST_IN_ROOT = 5_000  # files and folders right in a root and in its folders that are no packs
MOST_IN_FOLDER = 1_000  # of these, in one such folder
_NOT_THERE = (FileNotFoundError, NotADirectoryError)


@dataclass(frozen=True, slots=True)
class Places:
    """The pack folders and overlay files in a root, and what is wrong with others.

    `folders` are those that were looked into for packs, the root first.
    """

    packs: list[Path] = field(default_factory=list)
    overlays: list[Path] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def places_in(root: Path) -> Places:
    """Where packs and overlays lie in `root`. OSError when it cannot be read, or holds more than MOST_IN_ROOT.

    A pack is the root itself, or lies right below it, or one folder further down in a folder that is no pack.
    """
    found = Places(folders=[root])
    entries = _entries(root, MOST_IN_ROOT)
    names = sorted(entry.name for entry in entries if not entry.name.startswith(".") and _may_hold(entry))
    found.overlays.extend(root / name for name in names if name.endswith(OVERLAY_SUFFIX))
    if os.path.lexists(root / PACK_FILE):
        found.packs.append(root)
        return found
    left = _left(root, MOST_IN_ROOT, entries)
    for name in names:
        packs = list(_packs([root / name], root, found.findings))
        below = None if packs else _below(root / name, left)
        if below is not None:
            left = _left(root, left, below)
            packs = list(_packs(_folders(root / name, below, root, found), root, found.findings))
        found.packs.extend(packs)
    return found


def _left(root: Path, allowed: int, entries: list[os.DirEntry[str]]) -> int:
    if len(entries) > allowed:
        message = f"more than {MOST_IN_ROOT} files and folders lie where packs are looked for, which are too many"
        raise OSError(errno.E2BIG, message, str(root))
    return allowed - len(entries)


def _entries(folder: Path, most: int) -> list[os.DirEntry[str]]:
    """All, or one more than `most`."""
    with os.scandir(folder) as entries:
        return [entry for entry, _ in zip(entries, range(most + 1), strict=False)]


def _may_hold(entry: os.DirEntry[str]) -> bool:
    """Whether it is no plain file, or one that may be an overlay: most of what lies about is plain files."""
    return entry.name.endswith(OVERLAY_SUFFIX) or not entry.is_file(follow_symlinks=False)


def _below(folder: Path, left: int) -> list[os.DirEntry[str]] | None:
    try:
        return _entries(folder, min(MOST_IN_FOLDER, left))
    except OSError:
        return None  # no folder, or one of which was told already


def _folders(folder: Path, entries: list[os.DirEntry[str]], root: Path, found: Places) -> list[Path]:
    """The folders in a folder that is no pack; none, and a finding, where there is too much to look at each time."""
    if len(entries) > MOST_IN_FOLDER:
        message = f"no packs are looked for in the folder: it holds more than {MOST_IN_FOLDER} files and folders"
        found.findings.append(Finding("limit.folder", "error", message, shown(root, folder.name)))
        return []
    if _is_inside(folder, root):
        found.folders.append(folder)
    names = sorted(entry.name for entry in entries if not entry.name.startswith(".") and _is_folder(entry))
    return [folder / name for name in names]


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a loop of links
        return False


def _is_inside(folder: Path, root: Path) -> bool:
    """Whether a folder right below the root, or one further down, really lies there: only links lead elsewhere."""
    if not folder.is_symlink() and (folder.parent == root or not folder.parent.is_symlink()):
        return True  # and to resolve thousands of paths takes seconds
    return folder.resolve().is_relative_to(root.resolve())


def _packs(folders: Iterable[Path], root: Path, findings: list[Finding]) -> Iterator[Path]:
    """Those of the folders that hold a pack; what is wrong with one keeps none of the others away."""
    for folder in folders:
        try:
            (folder / PACK_FILE).lstat()
            if _is_inside(folder, root):
                yield folder
            else:
                message = "the link leads out of the folder that is watched"
                findings.append(Finding("file.outside", "error", message, shown(root, str(folder.relative_to(root)))))
        except _NOT_THERE:
            continue
        except (OSError, RuntimeError) as error:  # RuntimeError: before Python 3.13, a loop of links
            message = f"cannot look for a pack there: {getattr(error, 'strerror', None) or error}"
            findings.append(Finding("file.unreadable", "error", message, shown(root, str(folder.relative_to(root)))))
