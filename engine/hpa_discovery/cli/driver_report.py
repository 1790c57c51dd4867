# SPDX-License-Identifier: Apache-2.0
"""Drivers as tables and texts for people, and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from hpa_discovery.cli.printable import printable
from hpa_discovery.cli.tables import drawer
from hpa_discovery.drivers.folders import names_of
from hpa_discovery.drivers.guarding import Fences

if TYPE_CHECKING:
    from hpa_discovery.cli.driver_allowing import Allowed
    from hpa_discovery.packs.found_drivers import FoundDriver

_SHORT = 12  # characters of a digest in a table


def list_json(found: Sequence[FoundDriver], allowed: Allowed) -> list[dict[str, Any]]:
    """A row a driver; those that may run and are in no pack at hand have null for what nobody knows of them."""
    rows = [
        {
            "driver": item.driver.id,
            "pack": item.namespace,
            "version": item.version,
            "source": item.driver.source,
            "features": list(item.driver.features),
            "folder": item.driver.folder,
            "digest": item.driver.digest,
            "allowed": (item.driver.id, item.driver.digest) in allowed,
        }
        for item in found
    ]
    seen = {(row["driver"], row["digest"]) for row in rows}
    nobody = dict.fromkeys(("pack", "version", "source", "features", "folder"))
    gone = [(driver, digest) for driver, digest in sorted(allowed) if (driver, digest) not in seen]
    return rows + [{"driver": driver, **nobody, "digest": digest, "allowed": True} for driver, digest in gone]


def fences_json(standing: Fences) -> dict[str, Any]:
    """The fences that stand here, and why the others do not."""
    return {"standing": _standing(standing), "missing": dict(standing.missing)}


def write_list(rows: Sequence[dict[str, Any]], standing: Fences, stream: TextIO) -> None:
    """The rows of list_json as a table, and the fences below it."""
    lines = [
        [
            printable(row["driver"]),
            printable(f"{row['pack']} {row['version']}") if row["pack"] else "in no pack here",
            row["digest"][:_SHORT],
            "yes" if row["allowed"] else "no",
        ]
        for row in rows
    ]
    if lines:
        drawer(stream)(["driver", "pack", "digest", "allowed"], lines, stream)
    else:
        stream.write("no drivers\n")
    stream.writelines(f"{line}\n" for line in fence_lines(standing))


def fence_lines(standing: Fences) -> Iterator[str]:
    """What a person must know of the fences of this machine."""
    yield f"fences: {', '.join(_standing(standing)) or 'none'}"
    for name, why in standing.missing.items():
        yield printable(f"missing: {name}: {why}")


def show_json(item: FoundDriver, allowed: Allowed, standing: Fences) -> dict[str, Any]:
    """All that is known of a driver."""
    driver = item.driver
    allowance = allowed.get((driver.id, driver.digest))
    return {
        "driver": driver.id,
        "title": driver.title,
        "pack": item.namespace,
        "version": item.version,
        "source": driver.source,
        "reads": list(driver.reads),
        "features": list(driver.features),
        driver.start: list(driver.command) if driver.start == "command" else driver.command[0],
        "timeout": driver.timeout,
        "memory": driver.memory,
        "processes": driver.processes,
        "folder": driver.folder,
        "digest": driver.digest,
        "allowed": allowance and {"by": allowance.allowed_by, "at": allowance.allowed_at.isoformat()},
        "files": list(_files(Path(driver.folder))),
        "fences": fences_json(standing),
    }


def show_lines(item: FoundDriver, allowed: Allowed, standing: Fences) -> Iterator[str]:
    """The same for a person."""
    driver = item.driver
    yield f"{driver.id}: {driver.title}"
    yield f"  pack      {item.namespace} {item.version}"
    yield f"  source    {driver.source}"
    yield f"  reads     {', '.join(driver.reads) or 'every subject'}"
    yield f"  features  {', '.join(driver.features)}"
    yield f"  {driver.start:8}  {' '.join(driver.command)}"
    yield f"  limits    {driver.timeout:g} s an answer, {driver.memory} MB a process, processes: {driver.processes}"
    yield f"  folder    {driver.folder}"
    for file in _files(Path(driver.folder)):
        yield f"            {file['path']}, {file['bytes']} bytes{', executable' if file['executable'] else ''}"
    yield f"  digest    {driver.digest}"
    allowance = allowed.get((driver.id, driver.digest))
    told = f"since {allowance.allowed_at:%Y-%m-%d %H:%M} UTC, by {allowance.allowed_by}" if allowance else "no"
    yield f"  allowed   {told}"
    for line in fence_lines(standing):
        yield f"  {line}"
    if not allowance:
        yield f"After a look at its files: hpa driver allow {driver.id} --digest {driver.digest}"


def _standing(standing: Fences) -> list[str]:
    return [name for name in ("landlock", "namespaces", "user") if getattr(standing, name)]


def _files(folder: Path) -> Iterator[dict[str, Any]]:
    for name in names_of(folder):
        info = (folder / name).lstat()
        yield {"path": name, "bytes": info.st_size, "executable": bool(info.st_mode & 0o100)}
