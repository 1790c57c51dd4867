# SPDX-License-Identifier: Apache-2.0
"""POST /v1/discover beside a constant body from the same server; memory with 1,000 rules; from start to ready.

Two figures for each comparison: answers a second as a client sees them, and the
server's CPU time for an answer, which other work on the machine changes less.

Run: `python benchmarks/service.py`.
"""

from __future__ import annotations

import compileall
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from cloud import served
from cloud.asking import answers, request
from cloud.figures import verdict

import hpa_discovery

CONNECTIONS, ROUNDS, SECONDS = 4, 7, 1.5
FLAVOR_BYTES = 1024
RULES = 1000
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGESIZE")


def flavor(number: int) -> dict[str, Any]:
    """A flavor of 1 KB with what telecom flavors have; no two are alike."""
    specs = {
        "hw:cpu_policy": "dedicated",
        "hw:cpu_thread_policy": "prefer",
        "hw:mem_page_size": "2MB",
        "hw:numa_nodes": "2",
        "hw:numa_cpus.0": "0,1",
        "hw:numa_cpus.1": "2,3",
        "hw:numa_mem.0": "2048",
        "hw:numa_mem.1": "2048",
        "pci_passthrough:alias": "sriov-nic-intel-8086-154c:2",
    }
    sizes = {"vcpus": 4, "ram": 4096, "disk": 40, "swap": 0, "OS-FLV-EXT-DATA:ephemeral": 0}
    made = {"id": f"{number:032x}", "name": f"onap.flavor.{number}", **sizes, "extra_specs": specs, "description": ""}
    made["description"] = "d" * (FLAVOR_BYTES - len(json.dumps(made)))
    return made


@contextmanager
def server(folder: Path, packs: Path, size: int) -> Iterator[tuple[int, int, str]]:
    """A service; its process id, port and token."""
    command = [sys.executable, served.__file__, str(folder), str(packs), str(size)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        try:
            yield process.pid, told["port"], told["token"]
        finally:
            process.communicate(timeout=30)


def cpu_seconds(pid: int) -> float:
    """The CPU time that the process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def tree_megabytes(pid: int) -> float:
    """The memory of a process and its children; what they share is counted once."""
    children = Path(f"/proc/{pid}/task").glob("*/children")
    pids = [pid, *(int(child) for path in children for child in path.read_text().split())]
    rollups = (Path(f"/proc/{each}/smaps_rollup").read_text().splitlines() for each in pids)
    return sum(int(line.split()[1]) for lines in rollups for line in lines if line.startswith("Pss:")) / 1024


def compare() -> None:
    """Answers a second and CPU time, for flavors seen before and flavors never seen, beside the constants."""
    numbers = count()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (packs := folder / "packs").mkdir()
        size = _answer_bytes(folder / "probe", packs)
        with server(folder, packs, size) as (pid, port, token):
            known = [json.dumps({"subject": flavor(next(numbers))}).encode() for _ in range(200)]
            kinds = {
                "bare": lambda: [request(served.BARE, token, body) for body in known],
                "constant": lambda: [request(served.CONSTANT, token, body) for body in known],
                "seen": lambda: [request("/v1/discover", token, body) for body in known],
                "never seen": lambda: [
                    request("/v1/discover", token, json.dumps({"subject": flavor(next(numbers))}).encode())
                    for _ in range(int(SECONDS * 6000))
                ],
            }
            figures: dict[str, list[tuple[float, float]]] = {kind: [] for kind in kinds}
            for _ in range(ROUNDS + 1):
                for kind, make in kinds.items():
                    figures[kind].append(_measure(pid, port, make()))
    rates = {kind: statistics.median(rate for rate, _ in found[1:]) for kind, found in figures.items()}
    costs = {kind: statistics.median(cost for _, cost in found[1:]) for kind, found in figures.items()}
    for kind in kinds:
        print(f"{kind:10} {rates[kind]:8.0f} answers/s  {costs[kind] * 1e6:6.0f} us of the server's CPU")
    print(f"a bare constant meets no token, limit or log: seen {rates['seen'] / rates['bare']:.2f}, ", end="")
    print(f"never seen {rates['never seen'] / rates['bare']:.2f} beside it")
    for kind in ("seen", "never seen"):
        print(
            verdict(
                f"answers/s, flavors {kind}, beside the constant", rates[kind] / rates["constant"], 0.5, at_least=True
            )
        )


def _answer_bytes(folder: Path, packs: Path) -> int:
    """How long the answer about such a flavor is."""
    import http.client  # noqa: PLC0415 - once

    folder.mkdir()
    with server(folder, packs, 100) as (_, port, token):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        body = json.dumps({"subject": flavor(10**9)})
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request("POST", "/v1/discover", body, headers)
        answer = connection.getresponse()
        size = len(text := answer.read())
        if answer.status != 200:
            raise SystemExit(f"not answered: {text.decode()}")
        connection.close()
    print(f"a request of {len(body)} bytes, an answer of {size}")
    return size


def _measure(pid: int, port: int, requests: Sequence[bytes]) -> tuple[float, float]:
    """Answers a second, and CPU seconds an answer."""
    parts = [requests[place::CONNECTIONS] for place in range(CONNECTIONS)]
    before, begun = cpu_seconds(pid), time.monotonic()
    found = answers(port, parts, SECONDS)
    return found / (time.monotonic() - begun), (cpu_seconds(pid) - before) / found


def memory() -> None:
    """What the service takes with 1,000 rules of a vendor beside the bundled packs, when it has answered a while."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _vendor(folder / "packs" / "vendor")
        with server(folder, folder / "packs", 100) as (pid, port, token):
            bodies = [json.dumps({"subject": flavor(number)}).encode() for number in range(2000)]
            answers(port, [[request("/v1/discover", token, body) for body in bodies]], SECONDS)
            megabytes = tree_megabytes(pid)
    print(verdict(f"MB of the service with {RULES} rules", megabytes, 150, at_least=False))


def _vendor(folder: Path) -> None:
    """A vendor's pack of many rules, each for a key of its own."""
    folder.mkdir(parents=True)
    about = {"namespace": "acme.many", "name": "many", "version": "1.0.0", "license": "Apache-2.0"}
    pack = {"apiVersion": "hpa-discovery/v1", "kind": "Pack", "metadata": about, "level": "vendor"}
    pack |= {"activation": "default", "provides": {"features": ["pciePassthrough"]}}
    pack["requires"] = {"engine": ">=0.1", "sources": ["openstack.flavor"]}
    (folder / "pack.yaml").write_text(json.dumps(pack))
    for number in range(RULES):
        name = f"device-{number}"
        path = f'flavor.extra_specs."acme:{name}"'
        attributes = [{"key": "pciCount", "from": "count"}, {"key": "pciDeviceId", "value": f"{number:04x}"}]
        emit = {"feature": "pciePassthrough", "version": "v1", "architecture": "generic", "discriminator": name}
        spec: dict[str, Any] = {"source": "openstack.flavor", "emit": {**emit, "attributes": attributes}}
        spec["let"] = {"count": {"path": f"to_int({path})", "type": "integer", "minimum": 1}}
        spec["when"] = {"var": "count", "present": True}
        head = {"id": f"acme.many/{name}", "title": name, "maturity": "sandbox"}
        rule = {"apiVersion": "hpa-discovery/v1", "kind": "Rule", "metadata": head, "spec": spec}
        (folder / f"{name}.yaml").write_text(json.dumps(rule))
        case = {"name": "there", "flavor": {"extra_specs": {f"acme:{name}": "1"}}}
        values = {"pciCount": {"value": "1"}, "pciDeviceId": {"value": f"{number:04x}"}}
        there = {**case, "expect": [{**emit, "attributes": values}]}
        absent = {"name": "absent", "flavor": {"extra_specs": {}}, "expect": []}
        (folder / f"{name}.test.yaml").write_text(json.dumps([there, absent]))


def start() -> None:
    """Seconds from `hpa serve` to the line that tells the address, first with an empty state directory."""
    compileall.compile_dir(Path(hpa_discovery.__file__).parent, quiet=1)
    with tempfile.TemporaryDirectory() as name:
        times = [_ready_seconds(Path(name) / "state") for _ in range(ROUNDS)]
    print(f"first start {times[0]:.2f} s, later ones {statistics.median(times[1:]):.2f} s")
    print(verdict("start to ready, s", max(times[0], statistics.median(times[1:])), 2, at_least=False))


def _ready_seconds(state: Path) -> float:
    command = [sys.executable, "-m", "hpa_discovery.cli", "serve", "--port", "0", "--state-dir", str(state)]
    begun = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"address")
        took = time.monotonic() - begun
        process.terminate()
    return took


def main() -> None:
    """Print all figures."""
    compare()
    memory()
    start()


if __name__ == "__main__":
    main()
