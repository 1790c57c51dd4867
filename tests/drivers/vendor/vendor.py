# SPDX-License-Identifier: Apache-2.0
"""A driver that does what the subject says, good or bad: what a vendor's code may do to whoever runs it."""

from __future__ import annotations

import ctypes
import mmap
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

ANSWERS = 3  # the host's first free descriptor is where it writes its answers


def card(**members: Any) -> dict[str, Any]:
    """A capability that is as it should be, with members put in or replaced."""
    about = {"feature": "pciePassthrough", "version": "v1", "architecture": "Intel64", "discriminator": "qat"}
    return {**about, "attributes": {"pciCount": {"value": 2}}, **members}


def raw(text: str) -> None:
    """Write to the service's pipe, past the host."""
    os.write(ANSWERS, text.encode())


def asked_by() -> int:
    """The number of the question, which the host keeps to itself."""
    frame = sys._getframe()
    while "request" not in frame.f_locals:
        assert frame.f_back is not None
        frame = frame.f_back
    return int(frame.f_locals["request"]["id"])


class Vendor:
    """Does the act that the subject names; `say` answers what the act gave."""

    name, version = "vendor", "1.2"

    def discover(self, subject: Any, context: Any) -> Any:
        """The answer to `do`, or one card."""
        act = subject.get("do")
        return [card()] if act is None else getattr(self, act)(*subject.get("with", ()))

    def say(self, value: Any) -> Any:
        """Tell a value in a diagnostic, so that the test sees it."""
        return {"capabilities": [], "diagnostics": [{"code": "told", "level": "info", "message": str(value)}]}

    def tried(self, act: Any) -> Any:
        """Tell what became of an act."""
        try:
            return self.say(f"did it: {act()}")
        except (OSError, MemoryError, ValueError, subprocess.SubprocessError) as error:
            return self.say(f"{type(error).__name__}")

    def answer(self, value: Any) -> Any:
        """Whatever the test wants."""
        return value

    def cards(self, members: dict[str, Any]) -> Any:
        """One card with members put in or replaced."""
        return [card(**members)]

    def fail(self) -> Any:
        """An error of its own."""
        raise LookupError("no card in slot 7")

    def leave(self, code: int) -> None:
        """End without an answer."""
        print("giving up", file=sys.stderr)
        os._exit(code)

    def hang(self) -> None:
        """No answer, ever."""
        time.sleep(3600)

    def stall(self) -> None:
        """Half an answer, and deaf to a polite end."""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raw('{"id": ')
        time.sleep(3600)

    def junk(self) -> None:
        """A line that is no JSON."""
        raw("no card found\n")
        time.sleep(3600)

    def flood(self) -> None:
        """A line without an end."""
        while True:
            raw("x" * 65536)

    def shout(self) -> Any:
        """A hundred megabytes to stderr."""
        for _ in range(1600):
            sys.stderr.write("x" * 65536)
        return [card()]

    def print(self) -> Any:
        """A line where answers are not written."""
        print("a line on stdout")
        time.sleep(1)
        return [card()]

    def other_id(self) -> None:
        """The answer to another question."""
        raw('{"id": 4711, "capabilities": []}\n')
        time.sleep(3600)

    def ahead(self) -> Any:
        """An answer, and another one to the question that will come next."""
        threading.Timer(0.3, raw, ('{"id": 2, "capabilities": []}\n',)).start()
        return [card()]

    def twice(self) -> Any:
        """The answer, and once more."""
        raw(f'{{"id": {asked_by()}, "capabilities": []}}\n')
        return [card()]

    def drip(self) -> None:
        """The right answer, one character after the other, and never its end."""
        for letter in f'{{"id": {asked_by()}, "capabilities": []}}' + " " * 10_000:
            raw(letter)
            time.sleep(0.01)

    def late(self) -> Any:
        """The right answer, when nobody waits for it any more."""
        time.sleep(8)
        return [card()]

    def mute(self) -> None:
        """Close the pipe for answers, and live on."""
        os.close(ANSWERS)
        time.sleep(3600)

    def deaf(self) -> Any:
        """Answer, take no more questions, and live on."""
        threading.Thread(target=time.sleep, args=(3600,)).start()
        os.close(0)
        return [card()]

    def heir(self, code: int) -> None:
        """End, and leave a daemon that holds all pipes."""
        if os.fork() == 0:
            os.setsid()
            time.sleep(3600)
        os._exit(code)

    def last_words(self, text: str) -> None:
        """End with these words on stderr."""
        os.write(2, text.encode())
        os._exit(3)

    def eat_memory(self) -> Any:
        """A gigabyte at once."""
        return self.tried(lambda: len(bytearray(1 << 30)))

    def eat_shared_memory(self) -> Any:
        """Memory that no heap counts."""

        def act() -> int:
            shared = [mmap.mmap(-1, 1 << 30) for _ in range(8)]
            return len(shared)

        return self.tried(act)

    def eat_detached_memory(self) -> Any:
        """Shared memory that stays when no process holds it, so that no limit of a process counts it."""
        libc = ctypes.CDLL(None, use_errno=True)

        def act() -> int:
            if libc.shmget(0, 1 << 20, 0o1600) < 0:
                raise OSError(ctypes.get_errno(), "shmget")
            return 1

        return self.tried(act)

    def eat_memory_file(self) -> Any:
        """A file that lies in memory."""
        return self.tried(lambda: os.ftruncate(os.memfd_create("x"), 1 << 30))

    def fork_bomb(self) -> Any:
        """As many processes as there can be."""

        def act() -> int:
            for _ in range(200):
                if os.fork() == 0:
                    time.sleep(3600)
            return 200

        return self.tried(act)

    def escape(self, mark: str) -> Any:
        """Fork twice into a session of its own, and go on after the driver has answered."""
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                ctypes.CDLL(None).prctl(15, mark.encode(), 0, 0, 0)  # PR_SET_NAME
                time.sleep(3600)
            os._exit(0)
        os.wait()
        return [card()]

    def kill_parents(self) -> Any:
        """End whoever started it, and whoever else there is."""

        def act() -> list[int]:
            killed = []
            for pid in (os.getppid(), 1, -1):
                try:
                    os.kill(pid, signal.SIGKILL)
                    killed.append(pid)
                except OSError:
                    pass
            return killed

        return self.tried(act)

    def signal_pid(self, pid: int) -> Any:
        """A signal to one process."""
        return self.tried(lambda: os.kill(pid, signal.SIGTERM))

    def read(self, path: str) -> Any:
        """Read a file."""
        return self.tried(lambda: Path(path).read_text())

    def write(self, path: str) -> Any:
        """Write a file."""
        return self.tried(lambda: Path(path).write_text("x"))

    def connect(self, port: int) -> Any:
        """Connect over TCP."""
        return self.tried(lambda: socket.create_connection(("127.0.0.1", port), 2))

    def connect_unix(self, path: str) -> Any:
        """Connect to a socket in the file system."""
        return self.tried(lambda: socket.socket(socket.AF_UNIX).connect(path))

    def become_root(self) -> Any:
        """Take root back."""
        return self.tried(lambda: (os.setuid(0), os.getuid()))

    def environment(self) -> Any:
        """Tell the environment."""
        return self.say(sorted(os.environ))

    def descriptors(self) -> Any:
        """Tell which files are open."""
        return self.say([number for number in range(64) if _is_open(number)])

    def run(self, *command: str) -> Any:
        """Start another program."""
        return self.tried(lambda: subprocess.run(command, capture_output=True, check=True, timeout=5).stdout)


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True
