# SPDX-License-Identifier: Apache-2.0
"""A pack's drivers: what can be known of them without starting one, which lint never does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from hpa_discovery.discovery.bindings import parse_rule_expression
from hpa_discovery.errors import BudgetError, ExpressionError
from hpa_discovery.language.reads import paths
from hpa_discovery.language.rule import ROOTS
from hpa_discovery.language.spelling import nearest
from hpa_discovery.model import Finding
from hpa_discovery.packs.draft import DriverDraft, PackDraft

_MOST_COMMAND = 16_384  # characters: the kernel takes 128 KiB, in which one may take six bytes


def check_drivers(pack: PackDraft) -> Iterator[Finding]:
    """Findings about driver.yaml files and about what pack.yaml says of drivers."""
    for draft in pack.drivers:
        yield from _identity(pack, draft)
        yield from _features(pack, draft)
        yield from _reads(draft)
        yield from _program(draft)
    yield from _listed(pack)


def _identity(pack: PackDraft, draft: DriverDraft) -> Iterator[Finding]:
    folder = Path(draft.document.name).parent.name
    wanted = f"{pack.namespace}/{folder}"
    if pack.namespace and draft.driver.id != wanted:
        message = f"the id is {draft.driver.id}; in this folder of this pack it must be {wanted}"
        yield draft.finding("driver.id", message, ("metadata", "id"), hint=f"write id: {wanted}, or rename the folder")
    if any(rule.rule.id == draft.driver.id for rule in pack.rules):
        message = f"the id {draft.driver.id} is also that of a rule"
        yield draft.finding("driver.id", message, ("metadata", "id"), hint="rename one of them")
    sources = pack.requires.get("sources")
    if sources and draft.driver.source not in sources and "sources" not in pack.unknown:
        message = f"the driver reads {draft.driver.source}, which requires.sources of the pack leaves out"
        hint = f"add {draft.driver.source} to requires.sources in pack.yaml"
        yield draft.finding("pack.sources", message, ("spec", "source"), hint=hint)


def _features(pack: PackDraft, draft: DriverDraft) -> Iterator[Finding]:
    for index, feature in enumerate(draft.driver.features):
        pointer = ("spec", "features", index)
        if feature not in pack.features and "features" not in pack.unknown:
            message = f"the driver answers {feature}, which the pack does not provide"
            hint = "add it to provides.features in pack.yaml; the order there is that of the answers"
            yield draft.finding("pack.provides", message, pointer, hint=hint)
        elif feature in draft.driver.features[:index]:
            yield draft.finding("pack.provides", f"{feature} is listed twice", pointer, hint="keep one")


def _reads(draft: DriverDraft) -> Iterator[Finding]:
    known = (ROOTS[draft.driver.source], "context")
    for index, text in enumerate(draft.driver.reads):
        pointer = ("spec", "reads", index)
        try:
            tree = parse_rule_expression(text).tree
        except (ExpressionError, BudgetError) as error:
            yield draft.finding("driver.reads", str(error), pointer, hint="hpa schema driver shows the form")
            continue
        for name in sorted({path[0] for path in paths(tree)} - set(known)):
            meant = nearest(name, known)
            hint = f"did you mean {meant}?" if meant else f"it sees: {', '.join(known)}"
            yield draft.finding("driver.reads", f"there is no name {name} in what a driver reads", pointer, hint=hint)


def _program(draft: DriverDraft) -> Iterator[Finding]:
    """The program must be there; a module may also be one that is installed, which only starting it would tell."""
    if draft.driver.start != "command":
        return
    if sum(map(len, draft.driver.command)) > _MOST_COMMAND:
        message = f"the program and its arguments have more than {_MOST_COMMAND} characters"
        yield draft.finding("driver.command", message, ("spec", "command"), hint="put them into a file in the folder")
        return
    program = draft.driver.command[0]
    path = Path(draft.driver.folder, program)
    pointer = ("spec", "command", 0)
    if ".." in Path(program).parts:
        yield draft.finding("driver.command", f"{program} leads out of the driver's folder", pointer)
    elif not program.startswith("/") and not path.is_file():
        message = f"there is no {program} in the driver's folder"
        yield draft.finding("driver.command", message, pointer, hint="build it first, or correct the name")
    elif not program.startswith("/") and not os.access(path, os.X_OK):
        yield draft.finding("driver.command", f"{program} may not be executed", pointer, hint=f"chmod +x {program}")


def _listed(pack: PackDraft) -> Iterator[Finding]:
    """Who reads pack.yaml must see that code comes along."""
    listed, present = list(pack.requires.get("drivers", ())), [draft.driver.id for draft in pack.drivers]
    for draft in pack.drivers if "drivers" not in pack.unknown else ():
        if draft.driver.id not in listed:
            message = f"pack.yaml does not list the driver {draft.driver.id}"
            hint = f"write requires: {{drivers: [{draft.driver.id}]}} there"
            yield draft.finding("driver.listed", message, ("metadata", "id"), hint=hint)
    for index, name in enumerate(listed):
        if name not in present and not pack.refused:
            meant = nearest(name, present)
            hint = f"did you mean {meant}?" if meant else "add drivers/<name>/driver.yaml, or remove it"
            yield pack.document.finding(
                "driver.listed", f"the pack has no driver {name}", ("requires", "drivers", index), hint=hint
            )
