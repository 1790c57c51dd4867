# SPDX-License-Identifier: Apache-2.0
"""What people do to packs, overlays, drivers and wheels while a service runs: well, badly, and halfway.

Each act returns what must be seen of it: (which subject, the count that it then
has), or None when nothing may change. What must never be seen stands in `never`.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

from hpa_discovery.drivers.folders import digest_of
from hpa_discovery.packs.publishing.build import build_wheel
from hpa_discovery.store import allowances
from hpa_discovery.store.database import Store
from packs.live.sites import PACK, Vendor
from service.runtimes import Deployment

Sight = tuple[int, str] | None
PLAIN, MOUNTED, OVERLAID, DRIVEN, WHEEL = range(5)  # the subjects
GONE = ""
_HALF_SECONDS = 0.06
OVERLAY = """apiVersion: hpa-discovery/v1
kind: Overlay
metadata: {{id: site/counts}}
target: {{pack: over.nic, version: ">=1.0"}}
params: {{count: "{count}"}}
"""
DRIVER = """apiVersion: hpa-discovery/v1
kind: Driver
metadata: {id: driven.nic/cards, title: Cards}
spec:
  source: openstack.flavor
  reads: ['flavor.extra_specs."driven:nic"']
  features: [pciePassthrough]
  python: cards:Cards
  timeout: 10
  memory: 128
  processes: 2
"""
CODE = """class Cards:
    name, version = "cards", "{count}"

    def discover(self, subject, context):
        attributes = {{"pciCount": {{"value": "{count}"}}}}
        about = {{"feature": "pciePassthrough", "version": "v1", "architecture": "generic", "discriminator": "d"}}
        return [{{**about, "attributes": attributes}}]
"""


def subjects() -> list[dict[str, Any]]:
    """A flavor for each of what is changed; their place is what a sight names."""
    keys = ("acme:nic", "mounted:nic", "over:nic", "driven:nic", "wheel:nic")
    sizes = {"vcpus": 2, "ram": 2048, "disk": 10, "swap": 0, "OS-FLV-EXT-DATA:ephemeral": 0}
    return [
        {"id": f"id-{key}", "name": key, **sizes, "extra_specs": {key: "x", "hw:cpu_policy": "dedicated"}}
        for key in keys
    ]


class Mischief:
    """Acts on one deployment. The first call of each kind makes it; the same seed gives the same acts."""

    def __init__(self, deployment: Deployment, store: Store, seed: int) -> None:
        self._deployment = deployment
        self._store = store
        self._random = random.Random(seed)
        self._numbers = count(1)
        packs = deployment.packs
        self._plain = Vendor(packs / "acme")
        self._over = Vendor(packs / "over", name="over.nic", key="over:nic", count="0")
        self._mount = packs / "mounted"
        self._driver = packs / "driven" / "drivers" / "cards"
        self._installed = False
        self.never: set[tuple[int, str]] = set()  # what was broken, or that nobody allowed

    def begin(self) -> None:
        """What is there when the service starts."""
        self._plain.write(count="0")
        self._over.write()
        self._swap("0")
        self._driver.mkdir(parents=True)
        said = {"name": "driven.nic", "version": "1.0.0", "level": "vendor", "feature": "pciePassthrough", "count": "1"}
        pack = PACK.format(**said).partition("params:")[0].replace("sources: [openstack.flavor]", _NEEDS)
        (packs := self._driver.parent.parent).joinpath("pack.yaml").write_text(pack, encoding="utf-8")
        assert packs.is_dir()
        (self._driver / "driver.yaml").write_text(DRIVER, encoding="utf-8")
        self._code("0")

    def acts(self) -> Iterator[Callable[[], Sight]]:
        """Without end: what to do next; each kind once at first."""
        kinds = (
            [self.good] * 6 + [self.syntax, self.failing_test, self.emptied_file, self.stray] + [self.half] * 3
            + [self.swap] * 4 + [self.replaced] * 3 + [self.overlay] * 3 + [self.bad_overlay, self.no_overlay]
            + [self.driver] * 4 + [self.untrusted, self.wheel, self.no_wheel]
        )  # fmt: skip
        once = list(dict.fromkeys(kinds))
        yield from self._random.sample(once, len(once))
        while True:
            yield self._random.choice(kinds)

    def good(self) -> Sight:
        """A vendor changes a rule's figure, and its test."""
        number = self._next()
        self._plain.write(count=number)
        return PLAIN, number

    def syntax(self) -> Sight:
        """A vendor saves a file that is no YAML."""
        (self._plain.folder / "device.yaml").write_text("spec: {let: [\n", encoding="utf-8")
        return None

    def failing_test(self) -> Sight:
        """A vendor changes the rule and forgets the test."""
        self._plain.write(count=self._never(PLAIN), expected="never")
        return None

    def emptied_file(self) -> Sight:
        """A full disk leaves a file of no bytes."""
        (self._plain.folder / "pack.yaml").write_bytes(b"")
        return None

    def stray(self) -> Sight:
        """Garbage lies beside the packs."""
        folder = self._deployment.packs / "garbage"
        folder.mkdir(exist_ok=True)
        (folder / "pack.yaml").write_bytes(os.urandom(200))
        return None

    def half(self) -> Sight:
        """A slow writer: half of the file, and after a while the rest."""
        number = self._next()
        texts = self._plain.files(count=number)
        with (self._plain.folder / "device.yaml").open("w", encoding="utf-8") as stream:
            stream.write(texts["device.yaml"][:200])
            stream.flush()
            time.sleep(_HALF_SECONDS)
            stream.write(texts["device.yaml"][200:])
        self._plain.write(count=number)
        return PLAIN, number

    def swap(self) -> Sight:
        """The kubelet swaps a mounted ConfigMap."""
        number = self._next()
        self._swap(number)
        return MOUNTED, number

    def replaced(self) -> Sight:
        """A deployment tool puts a new folder in the place of the old one."""
        number = self._next()
        fresh, old = (self._deployment.folder / name for name in ("fresh", "old"))
        Vendor(fresh).write(count=number)
        self._plain.folder.rename(old)
        fresh.rename(self._plain.folder)
        shutil.rmtree(old)
        return PLAIN, number

    def overlay(self) -> Sight:
        """The site sets a parameter of a pack."""
        number = self._next()
        self._overlay.write_text(OVERLAY.format(count=number), encoding="utf-8")
        return OVERLAID, number

    def bad_overlay(self) -> Sight:
        """The site misspells a parameter."""
        self._overlay.write_text(
            OVERLAY.format(count=self._never(OVERLAID)).replace("params: {count", "params: {cuont"), encoding="utf-8"
        )
        return None

    def no_overlay(self) -> Sight:
        """The site takes its overlay away."""
        self._overlay.unlink(missing_ok=True)
        return OVERLAID, "0"

    def driver(self) -> Sight:
        """A driver changes, and its new content was allowed."""
        number = self._next()
        self._code(number)
        return DRIVEN, number

    def untrusted(self) -> Sight:
        """A driver changes, and nobody allowed that: what it answers is unknown."""
        (self._driver / "cards.py").write_text(CODE.format(count=self._never(DRIVEN)) + "# odd\n", encoding="utf-8")
        return DRIVEN, GONE

    def wheel(self) -> Sight:
        """A wheel is installed beside the service, or installed again in a newer version."""
        number = self._next()
        source = self._deployment.folder / "source"
        Vendor(source, name="wheel.nic", key="wheel:nic", version=f"1.0.{number}").write(count=number)
        built = build_wheel(source, self._deployment.folder / "dist")
        self.no_wheel()  # into --target, pip would leave the list of the older version beside the newer one
        self._pip(
            "install", "--no-deps", "--no-index", "--upgrade", "--target", str(self._deployment.site), str(built.path)
        )
        self._installed = True
        return WHEEL, number

    def no_wheel(self) -> Sight:
        """The wheel is removed, as pip does it: the files that its list names, and the list."""
        if not self._installed:
            return None
        for found in self._deployment.site.glob("onap_device_driver_*"):
            shutil.rmtree(found)
        self._installed = False
        return WHEEL, GONE

    @property
    def _overlay(self) -> Path:
        return self._deployment.packs / "counts.overlay.yaml"

    def _next(self) -> str:
        return str(next(self._numbers))

    def _never(self, subject: int) -> str:
        number = self._next()
        self.never.add((subject, number))
        return number

    def _swap(self, number: str) -> None:
        fresh = self._mount / f"..{time.monotonic_ns()}"
        vendor = Vendor(fresh, name="mounted.nic", key="mounted:nic").write(count=number)
        link = self._mount / "..data"
        before = link.resolve() if link.exists() else None
        (self._mount / "..data_tmp").symlink_to(fresh.name)
        (self._mount / "..data_tmp").rename(link)
        for name in vendor.files():
            if not (self._mount / name).is_symlink():
                (self._mount / name).symlink_to(f"..data/{name}")
        if before is not None:
            shutil.rmtree(before)

    def _code(self, number: str) -> None:
        """Allow the driver as it is about to be, then write it."""
        trial = self._deployment.folder / "trial"
        trial.mkdir(exist_ok=True)
        for folder in (trial, self._driver):
            if folder is self._driver:
                with self._store.write("allowing a driver") as transaction:
                    allowances.allow(transaction, "driven.nic/cards", digest_of(trial), "test")
                time.sleep(0.6)  # a service remembers for half a second what is allowed
            (folder / "driver.yaml").write_text(DRIVER, encoding="utf-8")
            (folder / "cards.py").write_text(CODE.format(count=number), encoding="utf-8")

    @staticmethod
    def _pip(*arguments: str) -> None:
        subprocess.run([sys.executable, "-m", "pip", "-q", "--disable-pip-version-check", *arguments], check=True)


_NEEDS = "sources: [openstack.flavor], drivers: [driven.nic/cards]"
