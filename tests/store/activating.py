# SPDX-License-Identifier: Apache-2.0
"""A process that activates generations of its own: STATE_DIR DATABASE NAME [TIMES]; it prints each sequence number.

A number is printed after its transaction was committed. Without TIMES it goes on until it is killed.
"""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path
from typing import Any

from hpa_discovery.model import Part
from hpa_discovery.store import activations, content, generations
from hpa_discovery.store.opening import open_store


class Silent:
    """Hears nothing."""

    def event(self, name: str, fields: dict[str, Any]) -> None:
        """Nothing."""


def main(folder: str, database: str, name: str, times: str = "") -> None:
    """Activate until it was done `times` times."""
    store = open_store(Path(folder), Silent(), database)
    for number in count() if not times else range(int(times)):
        # Not one page: a write that is cut in two would be seen.
        archive = f"{name} {number} ".encode() * 20_000
        with store.write("activating") as transaction:
            held = activations.active(transaction, hold=True)
            digest = content.put(transaction, "pack", name, f"1.0.{number}", archive)
            part = Part("pack", name, f"1.0.{number}", digest)
            generations.add(transaction, digest, "0.1.0", [part])
            found = activations.activate(transaction, digest, held.sequence, name, "")
            assert found is not None
        print(found.sequence, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
