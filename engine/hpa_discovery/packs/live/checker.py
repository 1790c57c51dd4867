# SPDX-License-Identifier: Apache-2.0
"""The process that checks packs: one path a line in, one verdict a line out.

Lint and tests of a large pack take seconds, during which a thread of the
service would slow every request; and what a pack makes lint do, however bad,
happens elsewhere.
"""

from __future__ import annotations

import json
import resource
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from hpa_discovery.drivers.faults import DriverFault
from hpa_discovery.drivers.process import DriverProcess
from hpa_discovery.model import Finding
from hpa_discovery.packs.files import PACK_FILE, shown
from hpa_discovery.packs.live.verdict import Verdict, check_pack, read_verdict

SECONDS = 60.0  # 2,000 files, the most a pack may have, take about 5
_MEMORY = 2 * 1024**3
_MOST_FINDINGS = 200
_START = "import sys; sys.path[:] = sys.argv[1:]; from hpa_discovery.packs.live.checker import main; main()"


class CheckerProcess:
    """A Check in a process of its own, started when first asked and again after it failed. For one thread at a time."""

    def __init__(self, command: Sequence[str] = (), seconds: float = SECONDS) -> None:
        self._command = tuple(command) or (sys.executable, "-I", "-c", _START, *filter(None, sys.path))
        self._seconds = seconds
        self._process: DriverProcess | None = None
        self._lock = threading.Lock()

    def __call__(self, root: Path) -> Verdict:
        """The verdict about the pack; a check that does not come to an end is an error of the pack."""
        with self._lock:
            process = self._started()
            try:
                deadline = time.monotonic() + self._seconds
                process.send(json.dumps({"root": str(root)}).encode() + b"\n", deadline)
                return read_verdict(json.loads(process.receive(deadline)))
            except DriverFault as fault:
                message = f"checking the pack was given up: the checking process {fault.message}"
            except (ValueError, KeyError, TypeError):
                message = "checking the pack was given up: the checking process answered nonsense"
            self._end()
        told = f"{message}; {process.told}" if process.told else message
        return Verdict((Finding("check.ended", "error", told, shown(root, PACK_FILE)),))

    def start(self) -> None:
        """Start the process, so that the first change need not wait for it."""
        with self._lock:
            self._started()

    def end(self) -> None:
        """End the process; another is started if there is one more pack to check."""
        with self._lock:
            self._end()

    def _started(self) -> DriverProcess:
        if self._process is None:
            self._process = DriverProcess(self._command)
        return self._process

    def _end(self) -> None:
        if self._process is not None:
            self._process.end()
            self._process = None


def main() -> None:
    """Answer until standard input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    for line in sys.stdin.buffer:
        verdict = _bounded(check_pack(Path(json.loads(line)["root"])))
        sys.stdout.buffer.write(json.dumps(verdict.as_json()).encode() + b"\n")
        sys.stdout.buffer.flush()


def _bounded(verdict: Verdict) -> Verdict:
    if len(verdict.findings) <= _MOST_FINDINGS:
        return verdict
    last = verdict.findings[_MOST_FINDINGS]
    more = Finding("limit.findings", "error", f"and {len(verdict.findings) - _MOST_FINDINGS} findings more", last.file)
    return Verdict((*verdict.findings[:_MOST_FINDINGS], more))


if __name__ == "__main__":
    main()
