# SPDX-License-Identifier: Apache-2.0
"""The process that checks packs: one path a line in, one result a line out.

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

import hpa_discovery
from hpa_discovery.drivers.line_process import LineProcess, ProcessFault
from hpa_discovery.model import Finding, Severity
from hpa_discovery.packs.files import PACK_FILE, shown
from hpa_discovery.packs.live.check import CheckResult, check_pack, read_result

SECONDS = 20.0  # all other packs wait so long; 2,000 files, the most a pack may have, take about 5
_MEMORY = 2 * 1024**3
_MOST_FINDINGS = 200
# -S: a wheel may bring .pth files and a sitecustomize, which Python runs when it starts.
_OPTIONS = ("-I", "-S", "-c")
_OURS = str(Path(hpa_discovery.__file__).parent.parent)
_START = "import sys; sys.path[:] = sys.argv[1:]; from hpa_discovery.packs.live.checker import main; main()"


class CheckerProcess:
    """A Check in a process of its own, started when first asked and again after it failed; one pack at a time."""

    def __init__(self, command: Sequence[str] = (), seconds: float = SECONDS) -> None:
        self._command = tuple(command) or (sys.executable, *_OPTIONS, _START, *filter(None, sys.path), _OURS)
        self._seconds = seconds
        self._process: LineProcess | None = None
        self._lock = threading.Lock()
        self._ended = False

    def __call__(self, root: Path) -> CheckResult:
        """The result about the pack; a check that does not come to an end is an error of the pack.

        OSError when no process can be started, or after `end`: then nothing is known of the pack.
        """
        with self._lock:
            process = self._started()
            try:
                deadline = time.monotonic() + self._seconds
                process.send(json.dumps({"root": str(root)}).encode() + b"\n", deadline)
                return read_result(json.loads(process.receive(deadline)))
            except ProcessFault as fault:
                message = f"checking the pack was given up: the checking process {fault.message}"
            except (ValueError, KeyError, TypeError):
                message = "checking the pack was given up: the checking process answered nonsense"
            self._end()
        if self._ended:
            raise _over()
        return CheckResult((Finding("check.ended", "error", message, shown(root, PACK_FILE)),))

    def start(self) -> None:
        """Start the process, so that the first change need not wait for it."""
        with self._lock:
            self._started()

    def end(self) -> None:
        """End for good, and at once: what is being checked is given up."""
        self._ended = True
        process = self._process
        if process is not None:
            process.kill()
        with self._lock:
            self._end()

    def _started(self) -> LineProcess:
        if self._ended:
            raise _over()
        if self._process is None:
            self._process = LineProcess(self._command)
        return self._process

    def _end(self) -> None:
        if self._process is not None:
            self._process.end()
            self._process = None


def main() -> None:
    """Answer until standard input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    for line in sys.stdin.buffer:
        result = _bounded(check_pack(Path(json.loads(line)["root"])))
        sys.stdout.buffer.write(json.dumps(result.as_json()).encode() + b"\n")
        sys.stdout.buffer.flush()


def _bounded(result: CheckResult) -> CheckResult:
    """The errors first, or the end of a long list would make a bad pack a good one; warnings alone refuse none."""
    if len(result.findings) <= _MOST_FINDINGS:
        return result
    findings = sorted(result.findings, key=lambda finding: finding.severity != "error")
    left = len(findings) - _MOST_FINDINGS
    severity: Severity = "warning" if result.ok else "error"
    more = Finding("limit.findings", severity, f"and {left} findings more", findings[_MOST_FINDINGS].file)
    return CheckResult((*findings[:_MOST_FINDINGS], more))


def _over() -> OSError:
    return OSError("no pack is checked any more: the service ends")


if __name__ == "__main__":
    main()
