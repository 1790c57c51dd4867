# SPDX-License-Identifier: Apache-2.0
"""A driver as data: what `driver.yaml` says of the program beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Start = Literal["command", "python", "onap"]


@dataclass(frozen=True, slots=True)
class Driver:
    """One driver of a pack.

    `start` says how it is started: `command` is a program in its folder (or on the
    system) with its arguments, `python` and `onap` are one `module:Class`. `reads`
    are expressions over the subject's names that must all be present before the
    driver is asked. `timeout` is in seconds for one answer, `memory` in MB,
    `processes` is how many of it run side by side. `folder` is where it lies and
    `digest` the SHA-256 of all that lies there. `settled` are the features that an
    overlay gives to another pack.
    """

    id: str
    title: str
    source: str
    reads: tuple[str, ...]
    features: tuple[str, ...]
    start: Start
    command: tuple[str, ...]
    timeout: float
    memory: int
    processes: int
    folder: str
    digest: str
    settled: frozenset[str] = frozenset()

    @property
    def answers(self) -> tuple[str, ...]:
        """The features whose answers count: another pack may be settled to answer some of them."""
        return tuple(feature for feature in self.features if feature not in self.settled)


def parse_driver(document: Mapping[str, Any], folder: str, digest: str) -> Driver:
    """The driver in a checked driver.yaml (schemas/driver.json)."""
    spec = document["spec"]
    start: Start = next(word for word in ("command", "python", "onap") if word in spec)
    command = spec[start]
    return Driver(
        id=document["metadata"]["id"],
        title=document["metadata"]["title"],
        source=spec["source"],
        reads=tuple(spec.get("reads", ())),
        features=tuple(spec["features"]),
        start=start,
        command=tuple(command) if isinstance(command, list) else (command,),
        timeout=float(spec.get("timeout", 2)),
        memory=int(spec.get("memory", 256)),
        processes=int(spec.get("processes", 1)),
        folder=folder,
        digest=digest,
    )
