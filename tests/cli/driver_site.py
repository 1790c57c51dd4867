# SPDX-License-Identifier: Apache-2.0
"""A pack with one driver that does what a flavor says, and a deployment in which it may run or not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cli.running import Ran, hpa
from hpa_discovery.cli.deployment import Deployment
from hpa_discovery.drivers.folders import digest_of
from hpa_discovery.store import audit

ID = "acme.nic/cards"
FLAVOR = {"id": "f1", "name": "nic", "extra_specs": {"acme.nic:cards": "3"}}
CODE = """
import os, sys, time
class CardsDriver:
    name, version = "cards", "1.5"
    def discover(self, subject, context):
        value = subject["extra_specs"].get("acme.nic:cards", "0")
        print("asked about", value)
        if value == "hang":
            open_ended = os.fork() or time.sleep(600)
            time.sleep(600)
        if value == "fail":
            raise ValueError("no such card")
        if value == "leave":
            os._exit(7)
        if value == "junk":
            os.write(3, b"what?\\n")
        if value == "lie":
            return [{"feature": "numa", "version": "v1", "architecture": "x", "attributes": {"a": {"value": 1}}}]
        if value == "region":
            value = context["vim"]["cloud_extra_info"]["name"]
        attributes = {"pciCount": {"value": value}}
        return [{"feature": "pciePassthrough", "version": "v1", "architecture": "generic", "discriminator": "cards",
                 "attributes": attributes}]
"""


class Site:
    """A pack with one driver, and a state directory that is not there yet."""

    def __init__(self, folder: Path) -> None:
        self.state = folder / "state"
        self.packs = folder / "packs"
        self.packs.mkdir()
        assert hpa("new", "pack", "acme.nic", "--dir", self.packs).code == 0
        assert hpa("new", "driver", ID, "--dir", self.packs).code == 0
        self.driver = self.packs / "acme.nic" / "drivers" / "cards"
        (self.driver / "cards_driver.py").write_text(CODE)
        self.flavor = folder / "flavor.json"
        self.write(FLAVOR)

    @property
    def digest(self) -> str:
        """The driver's digest now."""
        return digest_of(self.driver)

    @property
    def place(self) -> tuple[str | Path, ...]:
        """The options that name the state directory and the packs."""
        return ("--state-dir", self.state, "--pack-path", self.packs)

    def write(self, *rows: Any) -> None:
        """The file of flavors."""
        self.flavor.write_text("\n".join(json.dumps(row) for row in rows) + "\n")

    def asking(self, value: str) -> None:
        """One flavor with this value."""
        self.write({**FLAVOR, "extra_specs": {"acme.nic:cards": value}})

    def allow(self) -> Ran:
        """Allow the driver as it is."""
        return hpa("driver", "allow", ID, "--digest", self.digest, *self.place)

    def revoke(self, *more: str) -> Ran:
        """Revoke it."""
        return hpa("driver", "revoke", ID, "--state-dir", self.state, *more)

    def row(self) -> dict[str, Any]:
        """Its row in the list."""
        ran = hpa("driver", "list", *self.place, "-o", "json")
        assert ran.code == 0
        return next(row for row in json.loads(ran.out)["drivers"] if row["driver"] == ID)

    def discover(self) -> tuple[int, dict[str, Any]]:
        """What discover answers by this driver's pack alone: the exit code and the row."""
        ran = hpa("discover", self.flavor, "--packs", "acme.nic", *self.place, "-o", "jsonl")
        return ran.code, ran.rows[0]

    def audit(self) -> list[tuple[str, str, str]]:
        """Who did what, oldest first."""
        with Deployment(self.state, None).opened("looking") as store, store.read("reading the audit") as transaction:
            rows = audit.page(transaction)
        return [(row.act.actor, row.act.action, row.act.target) for row in reversed(rows)]
