# SPDX-License-Identifier: Apache-2.0
"""An A&AI that takes its time keeps nobody from what needs no A&AI."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import anyio.to_thread
import pytest

from hpa_discovery.connectors.egress_rules import read_rules
from hpa_discovery.service.limits import DEFAULT, STORE_THREADS
from hpa_discovery.service.runtime import Runtime
from hpa_discovery.service.settings import Settings
from hpa_discovery.store import regions
from packs.live.sites import Events
from peers.aai.running import Aai
from service.asking import Asking, asking, told
from service.region_asking import BODY, ONE
from service.runtimes import until
from store.listed import listed, seen

SECONDS = 50.0  # unless it is told to settle
PLANS = STORE_THREADS.routes


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[tuple[Asking, Aai]]:
    """A client of a service with a listed region, whose A&AI takes seconds for each answer."""
    with Aai(mode="strict") as aai:
        aai.control.load([("/cloud-infrastructure/cloud-regions/cloud-region/acme/RegionOne", {})])
        runtime = Runtime(
            Settings(tmp_path / "state", egress=read_rules([f"aai=127.0.0.0/8:{urlsplit(aai.url).port}"])), Events()
        )
        try:
            runtime.start()
            with asking(runtime) as made:
                there = {"url": aai.url, "user": aai.user, "password": aai.password, "ca": aai.ca}
                assert made.post("/v1/regions", {**BODY, "aai": there}, role="admin").status_code == 201
                _found(runtime)
                aai.control.fail("slow", seconds=SECONDS)
                yield made, aai
        finally:
            runtime.end()


def _found(runtime: Runtime) -> None:
    with runtime.store.read("a region") as transaction:
        region = regions.get(transaction, "acme", "RegionOne")
    assert region is not None
    listed(runtime.store, region.id, seen("1", "numa"))


def _as_it_serves() -> None:
    anyio.to_thread.current_default_thread_limiter().total_tokens = STORE_THREADS.routes


def test_a_slow_aai_keeps_few_threads(slow: tuple[Asking, Aai]) -> None:
    """Of many plans at once most are told to come again, and what needs no A&AI is answered before any of them."""
    client, aai = slow
    client.portal.call(_as_it_serves)
    most = DEFAULT.at_aai
    with ThreadPoolExecutor(PLANS) as threads:
        plans = [threads.submit(client.ask, "POST", f"{ONE}/plan", role="operator") for _ in range(PLANS)]
        until(lambda: sum(each.done() for each in plans) >= PLANS - most)
        assert client.get("/v1/regions")["regions"]
        early = [each.result().status_code for each in plans if each.done()]
        aai.control.heal()
        aai.control.settle()
        answers = [each.result() for each in plans]
    assert 200 not in early
    assert sorted(each.status_code for each in answers) == [200] * most + [503] * (PLANS - most)
    busy = next(each for each in answers if each.status_code == 503)
    assert told(busy, 503, "busy")["detail"] == f"{most} requests wait for an A&AI already"
    assert int(busy.headers["retry-after"]) >= 1
    assert not client.acts("region.plan")
