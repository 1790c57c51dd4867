# SPDX-License-Identifier: Apache-2.0
"""Deployments with one vendor folder, and waiting until they serve what was written."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from hpa_discovery.service.runtime import Runtime
from hpa_discovery.service.settings import Settings
from packs.live.sites import Events, Vendor, answers

PATIENCE = 60.0  # seconds; a change serves within a quarter of one


@dataclass
class Deployment:
    """A state directory, a folder of packs with one vendor in it, and a folder for wheels."""

    folder: Path
    database: str | None = None
    events: Events = field(default_factory=Events)

    def __post_init__(self) -> None:
        self.state_dir, self.packs, self.site = (self.folder / name for name in ("state", "packs", "site-packages"))
        self.site.mkdir(exist_ok=True)
        self.vendor = Vendor(self.packs / "acme")

    @property
    def settings(self) -> Settings:
        """What an operator says."""
        return Settings(self.state_dir, self.database, (self.packs,), (self.site,))

    @contextmanager
    def running(self) -> Iterator[Runtime]:
        """A started runtime, ended with the block."""
        runtime = Runtime(self.settings, self.events)
        try:
            runtime.start()
            yield runtime
        finally:
            runtime.end()


def counts(runtime: Runtime) -> list[str]:
    """What serves of the vendor: the count it gives for a flavor with its key."""
    return [line.rpartition(" ")[2] for line in answers(runtime.keeper, {"acme:nic": "x"})]


def until(what: Callable[[], object]) -> None:
    """Wait until it is so; an assertion says when it does not come."""
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.005)
