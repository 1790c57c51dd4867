# SPDX-License-Identifier: Apache-2.0
"""For which machines a pack is: its native programs say so themselves.

A pack of YAML and scripts is for any machine. An ELF file names its machine in
its header, so the wheel's platform tag is the same wherever the wheel is built.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from hpa_discovery.errors import DataError
from hpa_discovery.packs.publishing.contents import PublishedFile

ANY = "any"
_MAGIC = b"\x7fELF"
_HEADER = 20
_ByteOrder = Literal["little", "big"]
# e_machine of the ELF header with its class in bits and its byte order, as uname -m calls it.
_MACHINES: dict[tuple[int, int, _ByteOrder], str] = {
    (62, 64, "little"): "x86_64",
    (3, 32, "little"): "i686",
    (183, 64, "little"): "aarch64",
    (40, 32, "little"): "armv7l",
    (21, 64, "little"): "ppc64le",
    (21, 64, "big"): "ppc64",
    (22, 64, "big"): "s390x",
    (243, 64, "little"): "riscv64",
}


def platform_of(files: Iterable[PublishedFile]) -> str:
    """The platform tag: `any`, `linux_x86_64`, or several joined by a dot where programs for several come along.

    DataError for a native program of a machine that has no tag.
    """
    found = {_tag(item) for item in files if item.data.startswith(_MAGIC) and len(item.data) >= _HEADER}
    return ".".join(sorted(found)) or ANY


def _tag(item: PublishedFile) -> str:
    bits = 64 if item.data[4] == 2 else 32
    order: _ByteOrder = "little" if item.data[5] == 1 else "big"
    machine = int.from_bytes(item.data[18:20], order)
    name = _MACHINES.get((machine, bits, order))
    if name is None:
        known = ", ".join(_MACHINES.values())
        told = f"{item.name} is a program for ELF machine {machine} with {bits} bits, {order}-endian"
        raise DataError(f"{told}; known are {known}")
    return f"linux_{name}"
