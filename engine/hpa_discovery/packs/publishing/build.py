# SPDX-License-Identifier: Apache-2.0
"""`hpa pack build`: from a pack folder that is lint clean and whose tests pass to its wheel."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hpa_discovery.errors import DataError, PackError, UsageError
from hpa_discovery.language.yaml_reader import read_yaml
from hpa_discovery.model import Finding
from hpa_discovery.packs.cases import CaseResult, run_cases
from hpa_discovery.packs.files import PACK_FILE
from hpa_discovery.packs.lint import lint_paths
from hpa_discovery.packs.lint_targets import packs_at
from hpa_discovery.packs.publishing.contents import Contents, contents_of
from hpa_discovery.packs.publishing.wheel import wheel_bytes, wheel_name

_DOING = "building a wheel"


class CasesFailed(DataError):
    """The pack's own tests fail; `results` are the cases that do."""

    def __init__(self, message: str, results: tuple[CaseResult, ...]) -> None:
        super().__init__(message)
        self.results = results


@dataclass(frozen=True, slots=True)
class Built:
    """A wheel that was made: where, how large in bytes, what of the pack is not in it, and lint's warnings."""

    path: Path
    size: int
    left_out: tuple[str, ...]
    warnings: tuple[Finding, ...]


def build_wheel(folder: Path, out: Path) -> Built:
    """Make the wheel of the pack at `folder` in the folder `out`, which is made if need be.

    UsageError when there is not exactly one pack; PackError with lint's findings; CasesFailed;
    DataError for what cannot be in a wheel, and when it cannot be written.
    """
    root = one_pack(folder, _DOING)
    warnings = check_pack(root, _DOING)
    contents = contents_of(root)
    metadata = metadata_of(contents)
    data = wheel_bytes(metadata, contents)
    path = out / wheel_name(metadata, contents)
    _write(path, data)
    earlier = f"{_inside(out, root)}/"
    return Built(path, len(data), tuple(name for name in contents.left_out if not name.startswith(earlier)), warnings)


def _inside(folder: Path, root: Path) -> str:
    """The path of a folder inside the pack; an absolute one when it is elsewhere."""
    there, top = folder.resolve(), root.resolve()
    return there.relative_to(top).as_posix() if there.is_relative_to(top) else str(there)


def one_pack(folder: Path, doing: str) -> Path:
    """The one pack at `folder` or below it; UsageError when there are none or several."""
    roots = packs_at(folder)
    if len(roots) == 1:
        return roots[0]
    if not roots:
        raise UsageError(f"{doing}: no pack at {folder}: neither it nor a folder below it holds a {PACK_FILE}")
    raise UsageError(f"{doing}: there are {len(roots)} packs at {folder}; give one of {', '.join(map(str, roots))}")


def metadata_of(contents: Contents) -> Mapping[str, Any]:
    """The metadata in the pack.yaml that is published."""
    text = next(item.data for item in contents.files if item.name == PACK_FILE)
    metadata: Mapping[str, Any] = read_yaml(text, PACK_FILE).value["metadata"]
    return metadata


def check_pack(root: Path, doing: str) -> tuple[Finding, ...]:
    """What lint warns of. PackError or CasesFailed when the pack is not fit to be published."""
    result = lint_paths([root])
    if not result.ok:
        errors = [finding for finding in result.findings if finding.severity == "error"]
        raise PackError(f"{doing}: the pack in {root} has errors, so nothing is made", errors)
    for loaded in result.packs:
        run = run_cases(loaded)
        if run.failed:
            told = f"{len(run.failed)} of {len(run.results)} cases of {run.namespace} fail, so nothing is made"
            raise CasesFailed(f"{doing}: {told}", run.failed)
    return result.findings


def _write(path: Path, data: bytes) -> None:
    """All of the file or nothing of it: a wheel that is half there would be installed."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, made = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
            Path(made).chmod(0o644)
            Path(made).replace(path)
        finally:
            Path(made).unlink(missing_ok=True)
    except OSError as error:
        raise DataError(f"{_DOING}: cannot write {path}: {error.strerror}") from None
