# SPDX-License-Identifier: Apache-2.0
"""A pack as one archive: what a generation is made of, and what hosts hand each other.

In it are the YAML files of the pack and all files of its drivers, sorted,
without times or owners, so that equal packs give equal bytes and one digest.
"""

from __future__ import annotations

import errno
import io
import stat
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath

from hpa_discovery.drivers.folders import names_of, opened
from hpa_discovery.errors import DataError
from hpa_discovery.language.budgets import DEFAULT, Limits
from hpa_discovery.model import Finding
from hpa_discovery.packs.files import PACK_FILE, is_driver, read_files, shown

_PLAIN, _EXECUTABLE = 0o644, 0o755
# What names do that cannot lie beside each other, or in no folder at all.
_NO_FILE = frozenset({errno.EEXIST, errno.EISDIR, errno.ENAMETOOLONG, errno.ENOTDIR})


@dataclass(frozen=True, slots=True)
class Content:
    """What was read of a pack or overlay: its archive, the digest of that, and why it could not be read."""

    archive: bytes
    digest: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class _Member:
    content: bytes
    executable: bool = False


def pack_content(root: Path, limits: Limits = DEFAULT, within: Path | None = None) -> Content:
    """The pack in folder `root`. Never raises for what lies there. Nothing out of `within`, a real path, is read."""
    files = read_files(root, tests=True, limits=limits, within=within)
    members = {name: _Member(text) for name, text in files.texts.items()}
    findings = list(files.findings)
    size = sum(map(len, files.texts.values()))
    for name in filter(is_driver, files.texts):
        parent = PurePosixPath(name).parent
        try:
            for path, file in _driver(root.joinpath(*parent.parts), root.resolve(), within):
                members[f"{parent}/{path}"] = file
                size += len(file.content)
                if size > limits.archive_bytes:
                    return _too_large(root, findings, limits)
        except (DataError, OSError) as error:
            findings.append(Finding("driver.folder", "error", str(error), shown(root, name)))
    archive = _archive(members)
    if len(archive) > limits.archive_bytes:
        return _too_large(root, findings, limits)
    return Content(archive, sha256(archive).hexdigest(), tuple(findings))


def _too_large(root: Path, findings: list[Finding], limits: Limits) -> Content:
    message = f"the pack with its drivers has more than {limits.archive_bytes} bytes"
    finding = Finding("limit.pack", "error", message, shown(root, PACK_FILE))
    return Content(b"", sha256(b"").hexdigest(), (*findings, finding))


def overlay_content(text: bytes) -> Content:
    """An overlay: one file, which is its own archive."""
    return Content(text, sha256(text).hexdigest())


def unpack(archive: bytes, into: Path) -> None:
    """Write the files of a pack's archive below `into`, which must be empty.

    Only what `pack_content` writes is taken: plain files, by names that stay below the folder. DataError for
    an archive we did not make, OSError when it cannot be written.
    """
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as tar:
            for member in tar:
                _unpack(tar, member, into)
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise DataError(f"unpacking a pack: it is not an archive that was made here ({error})") from None
    except OSError as error:
        if error.errno not in _NO_FILE:
            raise
        message = f"unpacking a pack: it is not an archive that was made here ({error.strerror})"
        raise DataError(message) from None


def _unpack(tar: tarfile.TarFile, member: tarfile.TarInfo, into: Path) -> None:
    # A sparse file of a few bytes says of itself that it has terabytes.
    plain = member.isreg() and not member.issparse() and _is_ours(member.name)
    stream = tar.extractfile(member) if plain else None
    if stream is None:
        raise DataError(f"unpacking a pack: {member.name!r} is no plain file below the pack's folder")
    target = into.joinpath(*PurePosixPath(member.name).parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(stream.read())
    target.chmod(_EXECUTABLE if member.mode & stat.S_IXUSR else _PLAIN)


def _driver(folder: Path, top: Path, within: Path | None) -> Iterator[tuple[str, _Member]]:
    real, base = folder.resolve(strict=True), within or top
    if not (real.is_relative_to(top) and top.is_relative_to(base)):
        raise DataError(f"reading the driver in {folder}: the link leads out of the pack")
    inside = real.relative_to(base).as_posix()
    for name in names_of(real):
        with opened(base, f"{inside}/{name}") as file:
            yield name, _Member(b"".join(file.pieces()), file.executable)


def _archive(members: Mapping[str, _Member]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name in sorted(members):
            info = tarfile.TarInfo(name)
            info.size = len(members[name].content)
            info.mode = _EXECUTABLE if members[name].executable else _PLAIN
            tar.addfile(info, io.BytesIO(members[name].content))
    return made.getvalue()


def _is_ours(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return bool(parts) and not name.startswith("/") and ".." not in parts
