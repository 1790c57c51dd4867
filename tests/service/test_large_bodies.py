# SPDX-License-Identifier: Apache-2.0
"""Bodies as large as they may be: what they take of the memory, and what others notice of them."""

from __future__ import annotations

import gc
import json
import threading
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hpa_discovery.service.limits import DEFAULT, MIB, ServiceLimits
from hpa_discovery.service.runtime import Runtime
from service.asking import asking
from service.daemon import Daemon, running
from service.test_service_limits import Connection
from yardstick import slowness

PAUSE = 1.0  # seconds for which others may have to wait; bodies read on the event loop would take that each
ROOM = 500  # MiB for as many bodies as there are threads, and as many that wait; without a bound it is 1,600


def filled(item: str, marks: int) -> bytes:
    """A body of the largest size with as many of these items as it may have; `marks` are counted in each."""
    items = item * ((DEFAULT.values - 10) // marks)
    head, tail = '{"subjects": [], "context": {"list": [' + items + '0], "text": "', '"}}'
    return (head + "x" * (DEFAULT.body_bytes - len(head) - len(tail)) + tail).encode()


def memory(daemon: Daemon, line: str) -> int:
    """MiB of a line of the process's status."""
    status = Path(f"/proc/{daemon.process.pid}/status").read_text("ascii")
    return int(status.partition(f"{line}:")[2].split()[0]) // 1024


@pytest.mark.parametrize(
    "body", [filled("[],", 2), filled('{"":0},', 2), filled('"\\u20ac",', 1)], ids=["[]", "{}", "text"]
)
def test_what_the_largest_bodies_take(tmp_path: Path, body: bytes) -> None:
    """Twice as many as there are threads fit into the memory that is promised, and health is answered meanwhile."""
    waited: list[float] = []
    stop = threading.Event()
    slow = slowness()
    with running(tmp_path) as daemon:
        before = memory(daemon, "VmRSS")

        def look() -> None:
            while not stop.is_set():
                begun = time.monotonic()
                assert daemon.ask(path="/healthz")[0] == 200
                waited.append(time.monotonic() - begun)
                time.sleep(0.01)

        with ThreadPoolExecutor() as threads:
            health = threads.submit(look)
            asked = [threads.submit(daemon.ask, "POST", "/v1/discover", body) for _ in range(2 * DEFAULT.evaluators)]
            answers = [each.result() for each in asked]
            stop.set()
            health.result()
        most = memory(daemon, "VmHWM") - before
    slow = max(slow, slowness())  # others may have begun meanwhile
    print(f"{most} MiB, {max(waited):.3f} s")
    assert [status for status, _ in answers] == [200] * len(answers)
    assert most < ROOM
    assert sorted(waited)[-2] < PAUSE * slow  # each body would make a pause, and a machine that stalls one


def test_nothing_is_kept_of_a_body_that_was_refused(shared_runtime: Runtime) -> None:
    """What it became in memory goes at once, and does not wait for Python to look for what nobody needs."""
    bodies = [
        json.dumps({"subjects": [{}] * 1001, "context": {"list": [[]] * 20_000}}).encode(),
        b'{"context": [' + b"[]," * 20_000 + b"}",
    ]
    with asking(shared_runtime, ServiceLimits(inline_bytes=1000)) as client:
        for body in bodies:
            Connection(client, body).ask()
            gc.collect()
            usual = gc.get_threshold()
            gc.set_threshold(0)
            tracemalloc.start()
            try:
                for _ in range(20):
                    assert Connection(client, body).ask()["status"] in {400, 422}
                kept, _ = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
                gc.set_threshold(*usual)
            assert kept < MIB
