# SPDX-License-Identifier: Apache-2.0
"""For which machines a pack is: its native programs say so themselves.

A pack of YAML and scripts is for any machine. An ELF file names its machine in
its header, so the wheel's platform tag is the same wherever the wheel is built.
"""

from __future__ import annotations

from collections.abc import Iterable

from hpa_discovery.errors import DataError
from hpa_discovery.packs.publishing.contents import PublishedFile

ANY = "any"
_MAGIC = b"\x7fELF"
_HEADER = 20
# e_machine of the ELF header with its class in bits, as uname -m calls it.
_MACHINES = {
    (62, 64): "x86_64",
    (3, 32): "i686",
    (183, 64): "aarch64",
    (40, 32): "armv7l",
    (21, 64): "ppc64le",
    (22, 64): "s390x",
    (243, 64): "riscv64",
}


def platform_of(files: Iterable[PublishedFile]) -> str:
    """The platform tag: `any`, `linux_x86_64`, or several joined by a dot where programs for several come along.

    DataError for a native program of a machine that has no tag.
    """
    found = {_tag(item) for item in files if item.data.startswith(_MAGIC) and len(item.data) >= _HEADER}
    return ".".join(sorted(found)) or ANY


def _tag(item: PublishedFile) -> str:
    bits = 64 if item.data[4] == 2 else 32
    machine = int.from_bytes(item.data[18:20], "little" if item.data[5] == 1 else "big")
    name = _MACHINES.get((machine, bits))
    if name is None:
        known = ", ".join(_MACHINES.values())
        raise DataError(f"{item.name} is a program for ELF machine {machine} with {bits} bits; known are {known}")
    return f"linux_{name}"
