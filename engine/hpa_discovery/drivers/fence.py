# SPDX-License-Identifier: Apache-2.0
"""The process between the service and a driver: puts up the fences, starts the driver, and ends with it.

Run as a program, by path, with the standard library only: `python -I -S fence.py SPEC`, where
SPEC is what drivers/guarding.py tells it. Each fence named in it must stand, or the
driver is not started: the exit code is then 71 and the last line of stderr says which one fell.

    service -- guard (this) -- init -- driver
                               `-- whatever the driver starts ends with init

With a process namespace, init is its first process: no process inside can end it or leave it,
and the kernel ends all of them with it. Without one, the guard collects orphans and ends them.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import struct
import sys
from typing import Any

EXIT_FENCE = 71  # EX_OSERR: a fence could not be put up
EXIT_COMMAND = 72  # EX_OSFILE: the driver could not be started
EXIT_LIE = 70  # EX_SOFTWARE: the driver ended with one of these two, which are not for it to say

_LIBC = ctypes.CDLL(None, use_errno=True)
# linux/prctl.h
_PDEATHSIG, _KEEPCAPS, _CHILD_SUBREAPER, _NO_NEW_PRIVS = 1, 8, 36, 38
_SECUREBITS, _NOROOT_LOCKED = 28, 3
_CAP_AMBIENT, _CAP_AMBIENT_RAISE = 47, 2
_CAP_DAC_READ_SEARCH = 2  # linux/capability.h
_CAPABILITY_VERSION_3 = 0x20080522
# linux/sched.h
_NEWNS, _NEWIPC, _NEWUSER, _NEWPID, _NEWNET = 0x00020000, 0x08000000, 0x10000000, 0x20000000, 0x40000000
# linux/landlock.h; the system calls have these numbers on every architecture
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_RULE_PATH_BENEATH = 1
_FS_BITS = {1: 13, 2: 14, 3: 15, 5: 16}  # how many kinds of access each version of the interface knows
_EXECUTE, _READ_FILE, _READ_DIR = 1, 4, 8
_WRITE_FILE = 2
_NET_BITS = 3  # bind and connect TCP, since version 4
_SCOPE_BITS = 3  # abstract sockets and signals, since version 6
_SECCOMP, _MODE_FILTER, _STEP_BYTES = 22, 2, 8  # linux/seccomp.h and linux/filter.h


class FenceError(Exception):
    """A fence could not be put up."""


class CommandError(Exception):
    """The driver's program could not be started."""


def _call(what: str, result: int) -> int:
    if result < 0:
        raise FenceError(f"{what}: {os.strerror(ctypes.get_errno())}")
    return result


def _prctl(what: str, option: int, *values: int) -> None:
    arguments = [ctypes.c_ulong(value) for value in (*values, 0, 0, 0, 0)[:4]]
    _call(what, _LIBC.prctl(option, *arguments))


def die_with_parent(parent: int) -> None:
    """End when the parent ends, also when it has ended already."""
    _prctl("parent-death signal", _PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(EXIT_FENCE)


def enter_namespaces(user: bool) -> None:
    """Processes, network, shared memory and mounts of its own, from the next fork on."""
    uid, gid = os.getuid(), os.getgid()
    flags = _NEWPID | _NEWNET | _NEWIPC | _NEWNS
    _call("namespaces", _LIBC.unshare(flags | (_NEWUSER if user else 0)))
    if user:
        for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:  # noqa: PTH123 - pathlib is slow to import
                file.write(text)


def landlock_version() -> int:
    """The version of Landlock's interface; 0 where the kernel has none."""
    return max(0, int(_LIBC.syscall(_CREATE_RULESET, None, 0, 1)))


def restrict(readable: list[str], writable: list[str]) -> None:
    """Landlock: nothing below other folders can be opened; no TCP, and no signals to others, where the kernel knows."""
    version = landlock_version()
    if not version:
        raise FenceError("landlock: the kernel has none")
    known = _FS_BITS[max(step for step in _FS_BITS if step <= version)]
    handled = (1 << known) - 1
    attributes = struct.pack("=Q", handled)
    if version >= 4:
        attributes += struct.pack("=Q", _NET_BITS)
    if version >= 6:
        attributes += struct.pack("=Q", _SCOPE_BITS)
    ruleset = _call("landlock", _LIBC.syscall(_CREATE_RULESET, attributes, len(attributes), 0))
    for path in readable:
        _allow(ruleset, path, _EXECUTE | _READ_FILE | _READ_DIR)
    for path in writable:
        _allow(ruleset, path, _READ_FILE | _WRITE_FILE)
    _call("landlock", _LIBC.syscall(_RESTRICT_SELF, ruleset, 0))
    os.close(ruleset)


def _allow(ruleset: int, path: str, access: int) -> None:
    try:
        folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    if not os.path.isdir(path):  # noqa: PTH112 - no pathlib: it starts slowly
        access &= ~_READ_DIR
    rule = struct.pack("=Qi", access, folder)
    _call(f"landlock of {path}", _LIBC.syscall(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, rule, 0))
    os.close(folder)


def refuse_calls(program: bytes) -> None:
    """System calls fail as the filter says (drivers/system_calls.py), here and in whatever is started from here."""
    steps = ctypes.create_string_buffer(program, len(program))
    whole = ctypes.create_string_buffer(struct.pack("@HP", len(program) // _STEP_BYTES, ctypes.addressof(steps)))
    _prctl("system calls", _SECCOMP, _MODE_FILTER, ctypes.addressof(whole))


def become(uid: int, keep_reading: bool) -> None:
    """Another user for good. `keep_reading` passes over permissions for reading; Landlock must stand around that."""
    if keep_reading:
        _prctl("keep capabilities", _KEEPCAPS, 1)
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    if keep_reading:
        bit = 1 << _CAP_DAC_READ_SEARCH
        header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
        _call("capabilities", _LIBC.capset(header, struct.pack("=6I", bit, bit, bit, 0, 0, 0)))
        _prctl("ambient capability", _CAP_AMBIENT, _CAP_AMBIENT_RAISE, _CAP_DAC_READ_SEARCH)


def give_up_rights() -> None:
    """Root without any of root's rights, for good."""
    _prctl("secure bits", _SECUREBITS, _NOROOT_LOCKED)
    _call("capabilities", _LIBC.capset(struct.pack("=Ii", _CAPABILITY_VERSION_3, 0), bytes(24)))


def limit(limits: dict[str, int]) -> None:
    """Resource limits, soft and hard alike, by the names of getrlimit: {"NOFILE": 64}."""
    for name, most in limits.items():
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (most, most))


def start(spec: dict[str, Any]) -> None:
    """Put up the fences around this process and become the driver. Never returns."""
    os.setsid()
    os.chdir(spec["folder"])
    if spec["uid"] is not None:
        become(spec["uid"], spec["keep_reading"])
    elif not os.getuid():
        give_up_rights()
    limit(spec["limits"])
    _prctl("no_new_privs", _NO_NEW_PRIVS, 1)
    if spec["landlock"]:
        restrict(spec["readable"], spec["writable"])
    if spec["calls"]:
        refuse_calls(bytes.fromhex(spec["calls"]))
    elif spec["namespaces"]:  # which leave sockets in the file system open
        raise FenceError("system calls: their numbers are not known for this machine")
    command = spec["command"]
    try:
        os.execve(command[0], command, spec["environment"])
    except OSError as error:
        raise CommandError(f"the driver cannot be started: {command[0]}: {error.strerror}") from None


def _end(code: int, message: str) -> None:
    os.write(2, message.encode("utf-8", "replace") + b"\n")
    os._exit(code)


def _init(spec: dict[str, Any], guard: int) -> None:
    """Start the driver, take in orphans, and end with the driver's exit code."""
    die_with_parent(guard)
    failures, failed = os.pipe()
    driver = os.fork()
    if not driver:
        _start_or_tell(spec, failed)
    os.close(0)
    os.close(1)  # else the service would wait for more when the driver is gone
    os.close(failed)
    is_started = not os.read(failures, 1)  # its last writer is closed by the kernel when the program begins
    while True:
        ended, status = os.wait()
        if ended == driver:
            code = _code(status)
            os._exit(EXIT_LIE if is_started and code in (EXIT_FENCE, EXIT_COMMAND) else code)


def _start_or_tell(spec: dict[str, Any], failed: int) -> None:
    try:
        start(spec)
    except CommandError as error:
        code, message = EXIT_COMMAND, str(error)
    except (FenceError, OSError, ValueError) as error:
        code, message = EXIT_FENCE, _fallen(error)
    os.write(failed, b"!")
    _end(code, message)


def _fallen(error: Exception) -> str:
    return f"the driver is not started, since a fence does not stand: {error}"


def _code(status: int) -> int:
    return os.waitstatus_to_exitcode(status) & 0xFF if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


def _end_orphans() -> None:
    """End all that is left below this process; more may come while it does."""
    _prctl("subreaper", _CHILD_SUBREAPER, 1)
    while True:
        with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:  # noqa: PTH123 - pathlib is slow to import
            children = [int(word) for word in file.read().split()]
        if not children:
            return
        for child in children:
            os.kill(child, signal.SIGKILL)
        for _ in children:
            os.wait()


def main() -> None:
    """Guard one driver."""
    spec = json.loads(sys.argv[1])
    os.umask(0o077)
    try:
        die_with_parent(spec["parent"])
        _prctl("subreaper", _CHILD_SUBREAPER, 1)
        if spec["namespaces"]:
            enter_namespaces(user=os.getuid() != 0)
        guard = os.getpid()
        init = os.fork()
        if not init:
            _init(spec, 0 if spec["namespaces"] else guard)
    except (FenceError, OSError, ValueError) as error:
        _end(EXIT_FENCE, _fallen(error))
    os.close(0)
    os.close(1)
    _, status = os.waitpid(init, 0)
    _end_orphans()
    os._exit(_code(status))


if __name__ == "__main__":
    main()
