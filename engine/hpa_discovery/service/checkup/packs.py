# SPDX-License-Identifier: Apache-2.0
"""The packs: what serves, and whether what lies in the folders and wheels could, each by itself and all together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from hpa_discovery.errors import UsageError
from hpa_discovery.model import Finding
from hpa_discovery.packs.files import find_packs
from hpa_discovery.packs.live.assembling import assemble
from hpa_discovery.packs.live.checker import CheckerProcess
from hpa_discovery.packs.live.choosing import Removed, bars
from hpa_discovery.packs.live.examining import bundled_units
from hpa_discovery.packs.live.ledger import Bar
from hpa_discovery.packs.live.looking import Found
from hpa_discovery.packs.live.roots import FixedRoot, FolderRoot, Root, Seen, wheel_root
from hpa_discovery.packs.live.units import Key, Unit, overlay_unit, pack_unit
from hpa_discovery.resources import bundled
from hpa_discovery.service.checkup.asking import asked
from hpa_discovery.service.checkup.result import Result, Results
from hpa_discovery.service.commands import Serving, serving
from hpa_discovery.service.settings import ServeOptions, Settings
from hpa_discovery.service.shelf import StoreShelf

_SHORT = 12


@dataclass(frozen=True, slots=True)
class _Judged:
    """What lies at an origin, what is to be said of it, and the unit that it is when it is good by itself."""

    found: Found
    findings: tuple[Finding, ...] = ()
    unit: Unit | None = None
    removed: bool = False


def check_serving(options: ServeOptions) -> Results:
    """Which generation serves."""
    now = asked(options.settings, serving)
    if now is not None:
        yield _serving(now)


def check_packs(options: ServeOptions) -> Results:
    """Every pack in the folders, the wheels and the program, linted and tested as the service does it, then together.

    Where two have one name, both are told: which of them serves depends on what served before.
    """
    settings = options.settings
    rules = bundled("rules")
    ours = FixedRoot(rules, find_packs(rules))
    roots: list[Root] = [FolderRoot(path.absolute()) for path in settings.pack_path]
    roots += [wheel_root(site) for site in settings.sites if site.is_dir()]
    removed: Removed = asked(settings, lambda store: StoreShelf(store, "").removed()) or frozenset()
    process = CheckerProcess()
    try:
        came = [_Judged(found, _checked(found, process)) for found in ours.look().found]
        seen = [root.look() for root in roots]
        for root, look in zip(roots, seen, strict=True):
            yield from _beside(root, look)
        barred = bars(seen, {}, removed, lambda _: False)
        brought = [_judged(found, barred.get(found.origin), process) for look in seen for found in look.found]
    finally:
        process.end()
    try:
        units, left_out = bundled_units(ours, settings.enabled)
    except UsageError as error:
        yield Result("packs", "wrong", str(error), "correct --enable")
        units, left_out = bundled_units(ours, frozenset())
    refused = _refused(units, settings, brought, left_out)
    enabled = {("pack", name) for name in settings.enabled}
    for judged in came:
        key = (judged.found.kind, judged.found.name)
        yield _result(judged, refused.get(key, ()) if key in enabled else ())
    for judged in brought:
        yield _result(judged, refused.get(judged.unit.key, ()) if judged.unit is not None else ())


def _refused(
    ours: Mapping[Key, Unit], settings: Settings, brought: Iterable[_Judged], left_out: frozenset[str]
) -> Mapping[Key, tuple[Finding, ...]]:
    """Why what is good by itself cannot serve beside the others."""
    base = [unit for unit in ours.values() if unit.part.name not in settings.enabled]
    new = [unit for unit in ours.values() if unit.part.name in settings.enabled]
    new += [judged.unit for judged in brought if judged.unit is not None]
    return assemble(base, new, left_out).refused


def _serving(now: Serving) -> Result:
    if now.generation is None:
        return Result("generation", "fine", "none yet", "hpa serve begins one")
    if now.pin is not None:
        message = f"pinned {now.pin}; what is new waits"
        return Result("generation", "warning", message, "hpa pack unpin lets it serve")
    return Result("generation", "fine", f"{now.generation[:_SHORT]} serves; hpa pack list tells what it holds")


def _beside(root: Root, seen: Seen) -> Iterator[Result]:
    if seen.problem:
        message = f"{seen.root} cannot be looked at: {seen.problem}"
        yield Result("packs", "wrong", message, "what was accepted before goes on serving")
    for finding in seen.findings:
        yield Result(
            "packs", "wrong" if finding.severity == "error" else "warning", f"{finding.file}: {finding.message}"
        )
    if isinstance(root, FolderRoot) and not seen.found and not seen.problem:
        yield Result("packs", "warning", f"{seen.root} holds no pack and no overlay", "is the folder mounted?")


def _judged(found: Found, bar: Bar | None, process: CheckerProcess) -> _Judged:
    if bar is not None:
        return _Judged(found, (*bar.findings, *found.content.findings), removed=bar.removed)
    findings, digest = _checked(found, process), found.content.digest
    if any(finding.severity == "error" for finding in findings):
        return _Judged(found, findings)
    if found.kind == "pack":
        return _Judged(found, findings, pack_unit(found.origin, digest, found.origin))
    unit, read = overlay_unit(found.origin, digest, found.origin)
    return _Judged(found, (*findings, *read.findings), unit)


def _checked(found: Found, process: CheckerProcess) -> tuple[Finding, ...]:
    findings = found.content.findings
    return (*findings, *process(found.origin).findings) if found.kind == "pack" else findings


def _result(judged: _Judged, refused: tuple[Finding, ...]) -> Result:
    found = judged.found
    errors = [finding for finding in (*refused, *judged.findings) if finding.severity == "error"]
    name = f"{found.kind} {found.name or found.origin}"
    if judged.removed:
        return Result(name, "fine", f"{found.origin} was removed by command", "it comes back when it changes")
    if not errors:
        return Result(name, "fine", str(found.origin))
    first = errors[0]
    more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
    lint = found.kind == "pack" and first in judged.findings
    hint = f"hpa lint {found.origin} and hpa test {found.origin} tell all" if lint else ""
    return Result(name, "wrong", f"{first.file}:{first.line}: {first.code}: {first.message}{more}", hint or first.hint)
