# SPDX-License-Identifier: Apache-2.0
"""The system calls that no driver needs, as the filter that keeps drivers from them (seccomp(2)).

They open sockets, make namespaces in which a user may do what else only root can, keep memory that no limit of a
process counts, reach into other processes, or lead to parts of the kernel that nobody who answers questions about a
subject has to touch. The numbers are those of
the kernel's headers (asm/unistd.h of each machine).
"""

from __future__ import annotations

import errno
import struct
from dataclasses import dataclass

# The columns of _NUMBERS; aarch64 and riscv64 have those of asm-generic/unistd.h. 0: the machine has no such call.
_COLUMNS = ("x86_64", "i686", "generic", "armv7l", "ppc64le", "s390x")
_NUMBERS = {
    "socket": (41, 359, 198, 281, 326, 359),
    "socketcall": (0, 102, 0, 0, 102, 102),
    "shmget": (29, 395, 194, 307, 395, 395),
    "msgget": (68, 399, 186, 303, 399, 399),
    "semget": (64, 393, 190, 299, 393, 393),
    "mq_open": (240, 277, 180, 274, 262, 271),
    "ipc": (0, 117, 0, 0, 117, 117),
    "unshare": (272, 310, 97, 337, 282, 303),
    "setns": (308, 346, 268, 375, 350, 339),
    "chroot": (161, 61, 51, 61, 61, 61),
    "mount": (165, 21, 40, 21, 21, 21),
    "umount": (0, 22, 0, 0, 22, 22),
    "umount2": (166, 52, 39, 52, 52, 52),
    "pivot_root": (155, 217, 41, 218, 203, 217),
    "ptrace": (101, 26, 117, 26, 26, 26),
    "process_vm_readv": (310, 347, 270, 376, 351, 340),
    "process_vm_writev": (311, 348, 271, 377, 352, 341),
    "kcmp": (312, 349, 272, 378, 354, 343),
    "add_key": (248, 286, 217, 309, 269, 278),
    "request_key": (249, 287, 218, 310, 270, 279),
    "keyctl": (250, 288, 219, 311, 271, 280),
    "bpf": (321, 357, 280, 386, 361, 351),
    "perf_event_open": (298, 336, 241, 364, 319, 331),
    "userfaultfd": (323, 374, 282, 388, 364, 355),
    "open_by_handle_at": (304, 342, 265, 371, 346, 336),
    "name_to_handle_at": (303, 341, 264, 370, 345, 335),
    "fanotify_init": (300, 338, 262, 367, 323, 332),
}
# Since Linux 5.1 a new call has the same number everywhere.
_EVERYWHERE = {
    "io_uring_setup": 425,  # opens sockets in another way
    "io_uring_enter": 426,
    "io_uring_register": 427,
    "open_tree": 428,
    "move_mount": 429,
    "fsopen": 430,
    "fsconfig": 431,
    "fsmount": 432,
    "fspick": 433,
    "pidfd_getfd": 438,
    "mount_setattr": 442,
}
_CLONE = (56, 120, 220, 120, 120, 120)
_CLONE3 = 435
# linux/sched.h: clone's flags for new mounts, cgroups, names, shared memory, users, processes, networks.
_NEW_NAMESPACES = 0x7E020000
# linux/seccomp.h, linux/filter.h and linux/audit.h
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_AT_NUMBER, _AT_ARCHITECTURE, _AT_ARGUMENTS = 0, 4, 16
_ALLOW, _ERROR, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_64_BIT, _LITTLE_ENDIAN = 0x80000000, 0x40000000
_ORDERS = {1: "<", 2: ">"}
_OTHER_NUMBERS = 0x40000000  # x32 programs count from here


@dataclass(frozen=True, slots=True)
class Machine:
    """How a machine is called in a filter, its column of numbers, and where clone's flags are among its arguments."""

    architecture: int
    column: str
    flags_at: int = _AT_ARGUMENTS


MACHINES = {
    "x86_64": Machine(0xC000003E, "x86_64"),
    "i686": Machine(0x40000003, "i686"),
    "aarch64": Machine(0xC00000B7, "generic"),
    "riscv64": Machine(0xC00000F3, "generic"),
    "armv7l": Machine(0x40000028, "armv7l"),
    "ppc64le": Machine(0xC0000015, "ppc64le"),
    # The stack comes first there, and the lower half of a number last.
    "s390x": Machine(0x80000016, "s390x", _AT_ARGUMENTS + 8 + 4),
}


def machine_of(header: bytes) -> str:
    """For which of MACHINES a program is made, by the first 20 bytes of its file (elf(5)); "" for none of them."""
    if len(header) < 20 or not header.startswith(b"\x7fELF") or header[5] not in _ORDERS:
        return ""
    (number,) = struct.unpack_from(f"{_ORDERS[header[5]]}H", header, 18)
    # linux/audit.h names a machine by the same number, and says in two bits of which kind it is.
    named = number | (_64_BIT if header[4] == 2 else 0) | (_LITTLE_ENDIAN if header[5] == 1 else 0)
    return next((name for name, machine in MACHINES.items() if machine.architecture == named), "")


def refused_calls(machine: str) -> dict[str, int]:
    """The numbers of the calls that fail with EACCES, by name. KeyError for a machine that is not in MACHINES."""
    column = _COLUMNS.index(MACHINES[machine].column)
    return {name: row[column] for name, row in _NUMBERS.items() if row[column]} | _EVERYWHERE


def filter_of(machine: str) -> bytes:
    """The filter for one of MACHINES: struct sock_filter after struct sock_filter. b"" if unknown.

    clone makes processes and threads, and no namespaces. clone3 has its flags where no filter can look, so it is
    said not to be there: the C library and Go's runtime then use clone. A program of another machine is ended.
    """
    if machine not in MACHINES:
        return b""
    about = MACHINES[machine]
    clone = _CLONE[_COLUMNS.index(about.column)]
    steps: list[tuple[int, str, str, int]] = [
        (_LOAD, "", "", _AT_ARCHITECTURE),
        (_EQUAL, "", "kill", about.architecture),
        (_LOAD, "", "", _AT_NUMBER),
        (_AT_LEAST, "refuse", "", _OTHER_NUMBERS),
        *((_EQUAL, "refuse", "", number) for number in refused_calls(machine).values()),
        (_EQUAL, "absent", "", _CLONE3),
        (_EQUAL, "", "allow", clone),
        (_LOAD, "", "", about.flags_at),
        (_ANY_BIT, "refuse", "allow", _NEW_NAMESPACES),
    ]
    ends = {"kill": _KILL, "refuse": _ERROR | errno.EACCES, "absent": _ERROR | errno.ENOSYS, "allow": _ALLOW}
    places = {"": 0} | {name: len(steps) + place for place, name in enumerate(ends)}

    def jump(at: int, name: str) -> int:
        return places[name] - at - 1 if name else 0

    program = [(code, jump(at, yes), jump(at, no), value) for at, (code, yes, no, value) in enumerate(steps)]
    program += [(_RETURN, 0, 0, action) for action in ends.values()]
    return b"".join(struct.pack("=HBBI", *step) for step in program)
