# SPDX-License-Identifier: Apache-2.0
"""The system calls that a driver is kept from: on every machine by reading the filter, on this one by trying them."""

from __future__ import annotations

import errno
import os
import re
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.fenced_programs import NONE, OPEN, attempt, inside
from hpa_discovery.drivers.isolation import fences
from hpa_discovery.drivers.system_calls import MACHINES, filter_of, machine_of, refused_calls

ALLOW, KILL = 0x7FFF0000, 0x80000000
REFUSE, ABSENT = 0x00050000 | errno.EACCES, 0x00050000 | errno.ENOSYS
NEW_USER, NEW_CGROUP = 0x10000000, 0x02000000
THREAD = 0x003D0F00  # the flags with which the C library starts one
SIGCHLD = 17
STANDING = fences()
HERE = os.uname().machine
CLONE = {"x86_64": 56, "aarch64": 220, "riscv64": 220}
READ = {"x86_64": 0, "aarch64": 63, "riscv64": 63}
HEADERS = {
    "x86_64": ("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "/usr/include/asm/unistd_64.h"),
    "aarch64": ("/usr/include/asm-generic/unistd.h",),
}
NEVER = {
    *("socket", "io_uring_setup", "unshare", "setns", "chroot", "mount", "umount2", "pivot_root", "fsopen"),
    *("move_mount", "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "add_key", "request_key"),
    *(
        "shmget",
        "msgget",
        "semget",
        "mq_open",
        "keyctl",
        "bpf",
        "perf_event_open",
        "userfaultfd",
        "open_by_handle_at",
        "fanotify_init",
    ),
}
TRY = """
import ctypes, os
call = ctypes.CDLL(None, use_errno=True).syscall
def tried(number, *values):
    made = call(number, *map(ctypes.c_ulong, values), 0, 0, 0)
    if made == 0 and number == {clone}:
        os._exit(0)
    return 0 if made >= 0 else ctypes.get_errno()
"""


def judged(machine: str, number: int, *values: int, architecture: int | None = None) -> int:
    """What the filter says of a call: the kernel's rules for its steps, as far as the filter has such steps."""
    about = MACHINES[machine]
    order = ">" if machine == "s390x" else "<"
    named = about.architecture if architecture is None else architecture
    told = struct.pack(f"{order}IIQ6Q", number, named, 0, *(*values, 0, 0, 0, 0, 0, 0)[:6])
    steps = list(struct.iter_unpack("=HBBI", filter_of(machine)))
    at = held = 0
    while True:
        code, yes, no, value = steps[at]
        at += 1
        if code == 0x06:
            return int(value)
        if code == 0x20:
            (held,) = struct.unpack_from(f"{order}I", told, value)
            continue
        at += yes if {0x15: held == value, 0x35: held >= value, 0x45: held & value}[code] else no


@pytest.mark.parametrize("machine", MACHINES)
def test_each_machine(machine: str) -> None:
    """What no driver needs fails, a program of another machine is ended, and clone3 is said not to be there."""
    refused = refused_calls(machine)
    assert {judged(machine, number) for number in refused.values()} == {REFUSE}
    assert {judged(machine, number, 7, 7) for number in refused.values()} == {REFUSE}
    assert judged(machine, 435, NEW_USER) == ABSENT
    assert judged(machine, 41 if machine == "x86_64" else 1, architecture=1) == KILL
    assert judged(machine, 0x40000000) == judged(machine, 0xFFFFFFFF) == REFUSE
    assert len(set(refused.values())) == len(refused)
    assert set(refused) >= NEVER


@pytest.mark.parametrize("machine", CLONE)
def test_processes_and_threads_but_no_namespaces(machine: str) -> None:
    """Clone is looked at flag by flag; what runtimes call is allowed."""
    assert judged(machine, CLONE[machine], SIGCHLD) == judged(machine, CLONE[machine], THREAD) == ALLOW
    for flag in (1 << bit for bit in (17, 25, 26, 27, 28, 29, 30)):
        assert judged(machine, CLONE[machine], SIGCHLD | flag) == REFUSE
    assert judged(machine, READ[machine]) == ALLOW


def test_where_clone_has_its_flags_second() -> None:
    """On s390x the stack comes first, and the upper half of each number."""
    assert judged("s390x", 120, NEW_USER, SIGCHLD) == ALLOW
    assert judged("s390x", 120, 0, SIGCHLD | NEW_USER) == REFUSE


def header(bits: int, order: int, number: int) -> bytes:
    """The beginning of a program's file."""
    pad = "<" if order == 1 else ">"
    return b"\x7fELF" + bytes((bits, order, 1)) + bytes(9) + struct.pack(f"{pad}HH", 2, number)


@pytest.mark.parametrize(
    ("beginning", "machine"),
    [
        (header(2, 1, 62), "x86_64"),
        (header(1, 1, 3), "i686"),
        (header(2, 1, 183), "aarch64"),
        (header(1, 1, 40), "armv7l"),
        (header(2, 1, 243), "riscv64"),
        (header(2, 1, 21), "ppc64le"),
        (header(2, 2, 22), "s390x"),
        (header(1, 1, 62), ""),  # x32
        (header(2, 2, 21), ""),  # ppc64
        (header(1, 2, 22), ""),  # s390
        (header(2, 3, 62), ""),
        (header(2, 1, 62)[:19], ""),
        (b"#!/bin/sh\n" + bytes(20), ""),
        (b"", ""),
    ],
)
def test_the_machine_of_a_program(beginning: bytes, machine: str) -> None:
    """It stands in the program's file: 32 bits on a kernel of 64 are another machine."""
    assert machine_of(beginning) == machine


def test_the_machine_of_this_program() -> None:
    """The tests below try the calls of this machine."""
    assert machine_of(Path(sys.executable).read_bytes()[:20]) == HERE or HERE not in CLONE


def test_unknown_machines_have_no_filter() -> None:
    """The namespaces then do not stand either: test_a_machine_without_a_filter."""
    assert filter_of("m68k") == b""


@pytest.mark.parametrize("machine", HEADERS)
def test_the_numbers_are_those_of_the_kernels_headers(machine: str) -> None:
    """Every number, where the headers are installed."""
    header = next((Path(name) for name in HEADERS[machine] if Path(name).exists()), None)
    if header is None:
        pytest.skip("no headers of the kernel")
    defined = {name: int(number) for name, number in re.findall(r"define __NR_(\w+)\s+(\d+)", header.read_text())}
    wrong = {name: number for name, number in refused_calls(machine).items() if defined.get(name) != number}
    assert wrong == {}
    assert defined["clone"] == CLONE[machine]
    assert defined["clone3"] == 435


def refusals(numbers: dict[str, int], **changes: str) -> Iterator[str]:
    """The calls that fail with EACCES when a driver tries them."""
    each = f"for name, number in {numbers!r}.items(): print(name, tried(number, 0, 0, 0))"
    for line in inside(NONE, TRY.format(clone=CLONE[HERE]) + each, **changes).splitlines():
        name, error = line.split()
        if int(error) == errno.EACCES:
            yield name


@pytest.mark.skipif(HERE not in CLONE, reason="this machine's numbers are not in the test")
def test_each_call_on_this_machine() -> None:
    """The kernel does as the filter says; without it none of the calls fails for that reason."""
    calls = refused_calls(HERE)
    assert set(refusals(calls)) == set(calls)
    assert set(refusals({name: number for name, number in calls.items() if name != "ptrace"}, calls=OPEN)) == set()


@pytest.mark.skipif(HERE not in CLONE, reason="this machine's numbers are not in the test")
@pytest.mark.parametrize("flag", [NEW_USER, NEW_USER | NEW_CGROUP], ids=hex)
def test_a_driver_makes_no_user_namespace(flag: int) -> None:
    """In one it would be root, and could make all other namespaces and mount file systems."""
    for call in (f"tried({CLONE[HERE]}, {flag | SIGCHLD})", f"tried({refused_calls(HERE)['unshare']}, {flag})"):
        program = TRY.format(clone=CLONE[HERE]) + f"print({call})"
        assert inside(NONE, program) == inside(STANDING, program) == str(errno.EACCES)
    program = TRY.format(clone=CLONE[HERE]) + f"print(tried(435, {flag}, 88))"
    assert inside(NONE, program) == str(errno.ENOSYS)


def test_processes_and_threads_work() -> None:
    """A driver may start programs, threads and forks as ever."""
    assert inside(STANDING, attempt("__import__('subprocess').run(['/bin/true'], check=True)")) == "did it"
    assert inside(STANDING, attempt("os.waitpid(os.posix_spawn('/bin/true', ['true'], {}), 0)")) == "did it"
    thread = "import threading\nthread = threading.Thread(target=print, args=('ran',))\nthread.start()\nthread.join()"
    assert inside(STANDING, thread) == "ran"
    assert inside(STANDING, "import os\nif os.fork(): print(os.wait()[1])\nelse: os._exit(0)") == "0"
