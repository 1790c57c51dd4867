# SPDX-License-Identifier: Apache-2.0
"""A program that works due steps until it is killed: STATE_DIR [DATABASE], then a line on stdin for each process to be.

It is ready when it prints "loaded". For each line it forks a process, which prints its number and works; loading
everything anew each time would take longer than the work.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import openstack.config  # noqa: F401 - loaded once, for all that are forked
from keystoneauth1.identity import v3  # noqa: F401 - as above

from aai.wishes import QUICK
from hpa_discovery.connectors.client import HttpClient
from hpa_discovery.connectors.egress import Egress
from hpa_discovery.connectors.egress_rules import read_rules
from hpa_discovery.store.opening import open_store
from hpa_discovery.work.executor import ThreadExecutor
from hpa_discovery.work.steps import do_due
from hpa_discovery.work.ticker import Ticker
from hpa_discovery.work.workplace import Workplace
from store.filling import keys
from work.deployments import usual

LEASE = timedelta(seconds=2)


class Told:
    """An observer that says on stderr what should not be."""

    def event(self, name: str, fields: dict[str, Any]) -> None:
        """Say it."""
        if name.startswith("work.") and name != "work.overtaken":
            print(name, fields, file=sys.stderr, flush=True)


def work(folder: Path, database: str | None) -> None:
    """Until it is killed."""
    serving = usual()
    store = open_store(folder, Told(), database)
    rules = read_rules([f"{kind}={network}" for kind in ("aai", "cloud") for network in ("127.0.0.0/8", "::1/128")])
    http = HttpClient(Egress(rules), limits=QUICK)
    workplace = Workplace(store, keys(), lambda: serving, http, Told(), f"test:{os.getpid()}", lease=LEASE)
    ticker = Ticker(store, ThreadExecutor(lambda due: do_due(workplace, due), 2), Told(), every=0.01)
    print(os.getpid(), flush=True)
    ticker.start()
    while True:
        signal.pause()


def main(folder: str, database: str | None = None) -> None:
    """Fork on demand."""
    usual()
    print("loaded", flush=True)
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            work(Path(folder), database)
        os.waitpid(child, 0)
        print("ended", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
