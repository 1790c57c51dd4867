# SPDX-License-Identifier: Apache-2.0
"""A pack by whatever one has of it: its folder, its wheel file, or the namespace of one that is at hand."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hpa_discovery.errors import DataError, UsageError
from hpa_discovery.language.spelling import nearest
from hpa_discovery.packs.activate import look_at
from hpa_discovery.packs.files import find_packs
from hpa_discovery.packs.installed import InstalledPack, installed_packs
from hpa_discovery.packs.publishing.build import one_pack
from hpa_discovery.packs.publishing.naming import PREFIX
from hpa_discovery.packs.publishing.unpack import unpack_wheel
from hpa_discovery.packs.site_folder import RECORD
from hpa_discovery.resources import bundled

Origin = Literal["folder", "wheel", "installed", "bundled"]
_WHEEL = ".whl"
_MOVED = re.compile(rb"^[^/\n]+\.data/(?:purelib|platlib)/", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class OpenedPack:
    """The folder of a pack, where it comes from, and what one called it."""

    root: Path
    origin: Origin
    called: str


@contextmanager
def open_pack(given: str, doing: str) -> Iterator[OpenedPack]:
    """The pack that `given` means; a wheel file is taken apart for as long as the context lasts.

    UsageError when nothing is meant by it; DataError for a wheel that cannot be read.
    """
    path = Path(given)
    if path.is_dir():
        yield OpenedPack(one_pack(path, doing), "folder", given)
    elif path.is_file() and path.suffix == _WHEEL:
        with tempfile.TemporaryDirectory(prefix="hpa-wheel-") as folder:
            yield OpenedPack(_in_wheel(path, Path(folder)), "wheel", given)
    else:
        yield _at_hand(given, doing)


def _in_wheel(wheel: Path, folder: Path) -> Path:
    """Taken apart, a wheel is like a folder into which it was installed."""
    site = folder / "site"
    site.mkdir()
    unpack_wheel(wheel, site)
    try:
        _install(wheel, site)
    except OSError as error:
        raise DataError(
            f"reading the wheel {wheel}: {error.filename} cannot be put in its place: {error.strerror}"
        ) from None
    found = installed_packs([site])
    if found.problems:
        raise DataError(f"reading the wheel {wheel}: {found.problems[0].message}".replace(f"{site}/", ""))
    if len(found.packs) != 1:
        raise DataError(f"reading the wheel {wheel}: it names {len(found.packs)} packs; one is needed")
    return found.packs[0].root


def _install(wheel: Path, site: Path) -> None:
    """Move what an installer moves: wheels for one platform may hold their package in a folder `.data/purelib`."""
    for folder in [*site.glob("*.data/purelib"), *site.glob("*.data/platlib")]:
        for path in folder.iterdir():
            if (site / path.name).exists():
                raise DataError(f"reading the wheel {wheel}: it holds {path.name} in two places")
            path.rename(site / path.name)
    for record in site.glob(f"*.dist-info/{RECORD}"):
        record.write_bytes(_MOVED.sub(b"", record.read_bytes()))


def _at_hand(given: str, doing: str) -> OpenedPack:
    installed = installed_packs().packs
    for pack in installed:
        if given in {pack.namespace, pack.distribution}:
            return OpenedPack(pack.root, "installed", given)
    ours = {look_at(root).namespace: root for root in find_packs(bundled("rules"))}
    if given in ours:
        return OpenedPack(ours[given], "bundled", given)
    raise UsageError(f"{doing}: {given!r} is {_nothing(given, [*ours, *_names(installed)])}")


def _names(installed: tuple[InstalledPack, ...]) -> list[str]:
    return [pack.namespace for pack in installed]


def _nothing(given: str, known: list[str]) -> str:
    if given.startswith(PREFIX):
        return "not installed"
    meant = nearest(given, known)
    hint = f"did you mean {meant}?" if meant else f"known are {', '.join(sorted(known))}"
    return f"no folder, no wheel file and no pack that is installed or bundled; {hint}"
