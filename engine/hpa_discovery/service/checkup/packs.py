# SPDX-License-Identifier: Apache-2.0
"""The packs: what serves, and whether what lies in the folders and wheels could."""

from __future__ import annotations

from hpa_discovery.errors import HpaError
from hpa_discovery.packs.files import find_packs
from hpa_discovery.packs.live.checker import CheckerProcess
from hpa_discovery.packs.live.looking import Found
from hpa_discovery.packs.live.roots import FixedRoot, FolderRoot, Root, wheel_root
from hpa_discovery.resources import bundled
from hpa_discovery.service.checkup.result import Patient, Result, Results
from hpa_discovery.service.commands import serving
from hpa_discovery.store.condition import condition_of, existing_store

_SHORT = 12


def check_serving(patient: Patient) -> Results:
    """Which generation serves."""
    settings = patient.settings
    try:
        found = condition_of(settings.state_dir, settings.database)
        if found is None or not found.usable:
            return
        store = existing_store(settings.state_dir, settings.database)
        try:
            now = serving(store)
        finally:
            store.close()
    except HpaError:
        return  # the check of the database told it
    if now.generation is None:
        yield Result("generation", "fine", "none yet", "hpa serve begins one")
    elif now.pin is not None:
        message = f"pinned {now.pin}; what is new waits"
        yield Result("generation", "warning", message, "hpa pack unpin lets it serve")
    else:
        yield Result("generation", "fine", f"{now.generation[:_SHORT]} serves; hpa pack list tells what it holds")


def check_packs(patient: Patient) -> Results:
    """Every pack in the folders, the wheels and the program, linted and tested as the service does it."""
    rules = bundled("rules")
    roots: list[Root] = [FixedRoot(rules, find_packs(rules))]
    roots += [FolderRoot(path.absolute()) for path in patient.settings.pack_path]
    roots += [wheel_root(site) for site in patient.settings.sites if site.is_dir()]
    process = CheckerProcess()
    try:
        for root in roots:
            yield from _of(root, process)
    finally:
        process.end()


def _of(root: Root, process: CheckerProcess) -> Results:
    seen = root.look()
    if seen.problem:
        message = f"{seen.root} cannot be looked at: {seen.problem}"
        yield Result("packs", "wrong", message, "what was accepted before goes on serving")
    for finding in seen.findings:
        yield Result(
            "packs", "wrong" if finding.severity == "error" else "warning", f"{finding.file}: {finding.message}"
        )
    if isinstance(root, FolderRoot) and not seen.found and not seen.problem:
        yield Result("packs", "warning", f"{seen.root} holds no pack and no overlay", "is the folder mounted?")
    for found in seen.found:
        yield _result(found, process)


def _result(found: Found, process: CheckerProcess) -> Result:
    findings = found.content.findings
    if found.kind == "pack":
        findings = (*findings, *process(found.origin).findings)
    errors = [finding for finding in findings if finding.severity == "error"]
    name = f"{found.kind} {found.name or found.origin}"
    if not errors:
        return Result(name, "fine", str(found.origin))
    first = errors[0]
    more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
    hint = f"hpa lint {found.origin} and hpa test {found.origin} tell all" if found.kind == "pack" else ""
    return Result(name, "wrong", f"{first.file}:{first.line}: {first.code}: {first.message}{more}", hint)
