# SPDX-License-Identifier: Apache-2.0
"""The way to a driver and back: a question through `Fleet.ask` to a Python driver that answers at once, all fences on.

Run: `python benchmarks/drivers.py`.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from cloud.figures import verdict

from hpa_discovery.drivers.fleet import Fleet
from hpa_discovery.drivers.isolation import fences
from hpa_discovery.language.driver import Driver
from hpa_discovery.packs.found_drivers import driver_at

FLAVOR = Path(__file__).resolve().parent.parent / "examples" / "flavors" / "upf.json"
ROUNDS, QUESTIONS = 9, 1000
DRIVER_YAML = """
apiVersion: hpa-discovery/v1
kind: Driver
metadata: {id: acme.bench/echo, title: Echo}
spec: {source: openstack.flavor, features: [pciePassthrough], python: "echo:Echo"}
"""
ECHO = """
class Echo:
    def discover(self, subject, context):
        attributes = {"pciCount": {"value": 1}, "pciVendorId": {"value": "8086"}, "pciDeviceId": {"value": "37c8"}}
        instance = {"architecture": "generic", "discriminator": "qat", "attributes": attributes}
        return [{"feature": "pciePassthrough", "version": "v1", **instance}]
"""


class _Everything:
    """Allows every driver. In service what is allowed is remembered for half a second, and read again then."""

    def allows(self, driver_id: str, digest: str) -> bool:
        return True


class _Nobody:
    """An observer that does not listen."""

    def event(self, name: str, fields: dict[str, Any]) -> None:
        raise SystemExit(f"{name}: {fields}")


def _echo(folder: Path) -> Driver:
    folder.mkdir()
    (folder / "driver.yaml").write_text(DRIVER_YAML)
    (folder / "echo.py").write_text(ECHO)
    return driver_at(folder)


def _microseconds(fleet: Fleet, driver: Driver, subject: Any) -> list[float]:
    """How long each question of one round took."""
    times = []
    for _ in range(QUESTIONS):
        start = time.perf_counter()
        answer = fleet.ask(driver, subject, {})
        times.append((time.perf_counter() - start) * 1e6)
        if not answer.capabilities:
            raise SystemExit(f"no answer: {answer}")
    return times


def main() -> None:
    """Print the start and the round trips, and set the median beside its target."""
    subject = json.loads(FLAVOR.read_text("utf-8"))
    standing = fences()
    print("fences:", ", ".join(name for name in ("landlock", "namespaces", "user") if getattr(standing, name)))
    for name, why in standing.missing.items():
        print(f"missing: {name}: {why}", file=sys.stderr)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)
        driver, fleet = _echo(folder / "echo"), Fleet(folder / "drivers", _Everything(), _Nobody())
        try:
            start = time.perf_counter()
            fleet.prepare(driver)
            print(f"start of a driver {(time.perf_counter() - start) * 1e3:8.1f} ms")
            rounds = [sorted(_microseconds(fleet, driver, subject)) for _ in range(ROUNDS)]
        finally:
            fleet.keep(())
    for word, share in (("p50", 0.5), ("p99", 0.99)):
        figures = [times[int(len(times) * share)] for times in rounds]
        spread = f"(rounds {min(figures):.1f} to {max(figures):.1f})"
        print(f"round trip {word}    {statistics.median(figures):8.1f} us  {spread}")
    median = statistics.median(times[len(times) // 2] for times in rounds)
    print(verdict("driver round trip p50, us", median, 300, at_least=False))


if __name__ == "__main__":
    main()
