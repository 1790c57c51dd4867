# SPDX-License-Identifier: Apache-2.0
"""Writes a pack as a wheel (PEP 427), the same bytes every time.

Members are sorted, have one date and two modes, and are stored as they are:
what deflate makes of them differs between builds of zlib.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha256
from io import BytesIO
from typing import Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from hpa_discovery.packs.installed import GROUP
from hpa_discovery.packs.publishing.contents import Contents, PublishedFile
from hpa_discovery.packs.publishing.naming import distribution_name, package_name, pip_version, wheel_stem
from hpa_discovery.packs.publishing.platforms import ANY, platform_of

Metadata = Mapping[str, Any]

_EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first date that a zip file can hold
_UNIX = 3
_FILE, _PROGRAM = 0o100644, 0o100755
_README = "README"


def wheel_name(metadata: Metadata, contents: Contents) -> str:
    """The file name of the wheel; `metadata` is that of pack.yaml, checked."""
    version = pip_version(metadata["version"])
    return f"{wheel_stem(metadata['name'], version)}-py3-none-{platform_of(contents.files)}.whl"


def wheel_bytes(metadata: Metadata, contents: Contents) -> bytes:
    """The wheel: the pack as a package with an empty __init__.py, and the entry point by which it is found."""
    package, version = package_name(metadata["name"]), pip_version(metadata["version"])
    info = f"{wheel_stem(metadata['name'], version)}.dist-info"
    members = [
        PublishedFile(f"{package}/__init__.py", b""),
        *(PublishedFile(f"{package}/{item.name}", item.data, item.executable) for item in contents.files),
    ]
    members.sort(key=lambda item: item.name)
    entry_points = f"[{GROUP}]\n{metadata['namespace']} = {package}\n"
    members += [
        PublishedFile(f"{info}/METADATA", _metadata(metadata, version, contents)),
        PublishedFile(f"{info}/WHEEL", _wheel(platform_of(contents.files))),
        PublishedFile(f"{info}/entry_points.txt", entry_points.encode()),
    ]
    record = f"{info}/RECORD"
    return _zipped([*members, PublishedFile(record, _record(members, record))])


def _metadata(metadata: Metadata, version: str, contents: Contents) -> bytes:
    """METADATA, without requirements: pip must not change the engine, which itself checks requires.engine.

    Version 2.1 takes any license text; the newer field is refused for what is no SPDX expression.
    """
    maintainers = metadata.get("maintainers", ())
    reached = [f"{_name(item['name'])} <{item['email']}>" for item in maintainers if "email" in item]
    named = [_line(item["name"]) for item in maintainers if "email" not in item]
    readme = contents.text(_README)
    fields = {
        "Metadata-Version": "2.1",
        "Name": distribution_name(metadata["name"]),
        "Version": version,
        "Summary": _line(metadata.get("description", f"Pack {metadata['namespace']} for hpa-discovery")),
        "Keywords": "hpa-discovery",
        "License": _line(metadata["license"]),
        "Maintainer": ", ".join(named),
        "Maintainer-email": ", ".join(reached),
        "Description-Content-Type": "text/markdown" if readme else "",
    }
    head = "".join(f"{name}: {value}\n" for name, value in fields.items() if value)
    return f"{head}\n{readme}".encode()


def _line(text: str) -> str:
    """On one line, since the next one would be another field."""
    return " ".join(text.split())


def _name(text: str) -> str:
    plain = _line(text)
    escaped = plain.replace("\\", "\\\\").replace('"', '\\"')
    return plain if plain.replace(" ", "").isalnum() else f'"{escaped}"'


def _wheel(platform: str) -> bytes:
    pure = "true" if platform == ANY else "false"
    tags = "".join(f"Tag: py3-none-{one}\n" for one in platform.split("."))
    return f"Wheel-Version: 1.0\nGenerator: hpa-discovery\nRoot-Is-Purelib: {pure}\n{tags}".encode()


def _record(members: Iterable[PublishedFile], own_name: str) -> bytes:
    """RECORD: each member with its SHA-256 and size; of itself it knows neither."""
    lines = [f"{_cell(item.name)},sha256={_digest(item.data)},{len(item.data)}\n" for item in members]
    return "".join([*lines, f"{own_name},,\n"]).encode()


def _cell(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if "," in name or '"' in name else name


def _digest(data: bytes) -> str:
    return urlsafe_b64encode(sha256(data).digest()).rstrip(b"=").decode("ascii")


def _zipped(members: Iterable[PublishedFile]) -> bytes:
    stream = BytesIO()
    with ZipFile(stream, "w", ZIP_STORED) as archive:
        for item in members:
            info = ZipInfo(item.name, _EARLIEST)
            info.create_system = _UNIX
            info.external_attr = (_PROGRAM if item.executable else _FILE) << 16
            archive.writestr(info, item.data)
    return stream.getvalue()
