# SPDX-License-Identifier: Apache-2.0
"""The packs of installed wheels beside those that somebody chose: one that is wrong must not keep the others away."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hpa_discovery.discovery.driven import AskDriver
from hpa_discovery.discovery.generation import Generation
from hpa_discovery.errors import PackError, UsageError
from hpa_discovery.model import Finding
from hpa_discovery.packs.activate import activate
from hpa_discovery.packs.installed import Installed, InstalledPack


def activate_with_wheels(
    source: str, names: Sequence[str], folders: Sequence[Path], installed: Installed, *, ask: AskDriver
) -> tuple[Generation, tuple[Finding, ...]]:
    """As `activate`, with the packs of wheels too; and what is wrong with the wheels that are left out.

    With `names` only their wheels are looked at, and what is wrong with these is raised: somebody wants them.
    UsageError and PackError as `activate`.
    """
    if doubtful := sorted(installed.doubtful & set(names)):
        raise PackError(f"the wheel with {', '.join(doubtful)} cannot be used", installed.problems)
    wheels = [pack for pack in installed.packs if not names or pack.namespace in names]
    problems = [] if names else list(installed.problems)
    try:
        return activate(source, names, [*folders, *(wheel.root for wheel in wheels)], ask=ask), tuple(problems)
    except PackError:
        if names or not wheels:
            raise
    taken: list[Path] = []
    for wheel in wheels:
        try:
            activate(source, (), [*folders, *taken, wheel.root], ask=ask)
        except PackError as error:
            problems.append(_left_out(wheel, error))
        except UsageError:
            taken.append(wheel.root)  # so far none of them reads the source; this one does no harm
        else:
            taken.append(wheel.root)
    return activate(source, names, [*folders, *taken], ask=ask), tuple(problems)


def _left_out(wheel: InstalledPack, error: PackError) -> Finding:
    first = next((finding for finding in error.findings if finding.severity == "error"), None)
    why = f"{first.code}: {first.message}" if first is not None else str(error)
    message = f"the pack {wheel.namespace} of {wheel.distribution} {wheel.version} is left out: {why}"
    file, line = (first.file, first.line) if first is not None else (str(wheel.root), 0)
    return Finding("wheel.refused", "error", message, file, line)
