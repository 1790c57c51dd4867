# SPDX-License-Identifier: Apache-2.0
"""The packs of installed wheels beside those that somebody chose: one that is wrong must not keep the others away."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
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
    """As `activate`, but wheels that are wrong are left out, and told.

    With `names`, what is wrong with their wheels is raised: somebody wants them. UsageError, PackError as `activate`.
    """
    if names:
        return activate(source, names, folders, ask=ask, installed=installed), ()
    problems = list(installed.problems)
    others = installed.doubtful.union(wheel.namespace for wheel in installed.packs)

    def activated(wheels: Sequence[InstalledPack]) -> Generation:
        return activate(source, (), folders, ask=ask, installed=Installed(tuple(wheels)), left_out=others)

    with suppress(PackError):
        return activated(installed.packs), tuple(problems)
    taken: list[InstalledPack] = []
    for wheel in installed.packs:
        try:
            with suppress(UsageError):  # so far none of them reads the source; this one does no harm
                activated([*taken, wheel])
            taken.append(wheel)
        except PackError as error:
            problems.append(_left_out(wheel, error.findings[0]))
    return activated(taken), tuple(problems)


def _left_out(wheel: InstalledPack, first: Finding) -> Finding:
    why = f"{first.code}: {first.message}"
    message = f"the pack {wheel.namespace} of {wheel.distribution} {wheel.version} is left out: {why}"
    return Finding("wheel.refused", "error", message, first.file, first.line)
