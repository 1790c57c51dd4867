# SPDX-License-Identifier: Apache-2.0
"""What the paths given to lint mean: packs, overlays, files of packs, and files of no pack."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hpa_discovery.errors import DataError, UsageError
from hpa_discovery.packs.files import OVERLAY_SUFFIX, PACK_FILE, find_packs, shown

_ABOVE = 5  # how many folders above a file its pack.yaml is looked for: one more than a pack may nest


@dataclass(slots=True)
class Targets:
    """The pack folders, overlay files and stray files in the order given.

    `only` names, for packs of which just some files were asked about, these
    files as findings show them.
    """

    packs: dict[Path, None] = field(default_factory=dict)
    overlays: dict[Path, None] = field(default_factory=dict)
    strays: dict[Path, None] = field(default_factory=dict)
    only: dict[Path, set[str]] = field(default_factory=dict)


def find_targets(paths: Sequence[Path]) -> Targets:
    """What is at `paths`. UsageError for a path that is not there, or where nothing is to be looked at."""
    targets = Targets()
    for path in sorted(paths, key=Path.is_file):  # folders first: they take in their files
        if path.is_dir():
            _add_folder(path, targets)
        elif path.exists():
            _add_file(path, targets)
        else:
            raise UsageError(f"cannot look at {path}: there is no such file or folder")
    return targets


def packs_at(path: Path) -> list[Path]:
    """The pack folders at `path`: itself, those right below it, or those one folder further down."""
    try:
        found = find_packs(path)
        if not found:
            below = sorted(child for child in path.iterdir() if child.is_dir() and not child.name.startswith("."))
            found = [root for child in below for root in find_packs(child)]
    except OSError as error:
        raise DataError(f"cannot look for packs in {path}: {error.strerror}") from None
    return found


def _add_folder(path: Path, targets: Targets) -> None:
    roots = packs_at(path)
    targets.packs |= dict.fromkeys(roots)
    overlays = _overlays_in(dict.fromkeys([path, *roots]))
    targets.overlays |= dict.fromkeys(overlays)
    if not roots and not overlays:
        raise UsageError(f"no pack at {path}: neither it nor a folder below it holds a {PACK_FILE}")


def _overlays_in(folders: Iterable[Path]) -> list[Path]:
    return [overlay for folder in folders for overlay in sorted(folder.glob(f"*{OVERLAY_SUFFIX}"))]


def _add_file(path: Path, targets: Targets) -> None:
    if path.name.endswith(OVERLAY_SUFFIX):
        targets.overlays[path] = None
        return
    if path.suffix not in (".yaml", ".yml"):
        raise UsageError(f"cannot look at {path}: the files of a pack end in .yaml")
    root = next((folder for folder in list(path.parents)[:_ABOVE] if (folder / PACK_FILE).is_file()), None)
    if root is None:
        targets.strays[path] = None
        return
    if root not in targets.packs:
        targets.only[root] = set()
    targets.packs[root] = None
    if path == root / PACK_FILE:
        targets.only.pop(root, None)
    elif root in targets.only:
        targets.only[root].add(shown(path.parent, path.name))
