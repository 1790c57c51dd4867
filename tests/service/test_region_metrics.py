# SPDX-License-Identifier: Apache-2.0
"""What /metrics says of regions: figures of all of them and of what this host did, and the name of none."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from prometheus_client.parser import text_string_to_metric_families

from hpa_discovery.alarms.inventory import TYPES
from hpa_discovery.service.metrics import Metrics
from hpa_discovery.service.region_metrics import RegionStates
from hpa_discovery.store import schedule
from hpa_discovery.store.alarm_rows import Identity
from service.asking import asking
from service.region_asking import AAI, add, with_key
from store.failing_store import FailingStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hpa_discovery.service.runtime import Runtime
    from hpa_discovery.store.database import Store

LISTED = {"region": "acme/hush", "error": ""}


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    """A service without work: what is due stays due."""
    with with_key(tmp_path) as started:
        yield started


def figures(text: str) -> dict[str, float]:
    """Samples as "name" or "name value-of-label ...", since the names of labels are in the docs."""
    return {
        " ".join([each.name, *(each.labels[name] for name in sorted(each.labels))]): each.value
        for family in text_string_to_metric_families(text)
        for each in family.samples
    }


def test_how_regions_stand(runtime: Runtime) -> None:
    """By state; what waits, for how long, and what failed; alarms by type, and all types from the start."""
    with asking(runtime) as client:
        none = figures(client.ask("GET", "/metrics").text)
        assert {name: none[f"hpa_alarms {name}"] for name in TYPES} == dict.fromkeys(TYPES, 0)
        assert none["hpa_regions applying"] == none["hpa_steps_lag_seconds discover"] == 0
        for name, changes in (("a", {"aai": {**AAI, "mode": "apply"}}), ("b", {"aai": AAI}), ("c", {})):
            add(client, region=name, **changes)
        add(client, region="d", enabled=False)
        with runtime.store.write("failing") as transaction:
            region = schedule.due(transaction)[0].region
            claim = schedule.claim(transaction, region, "discover", "here", runtime.workplace.lease)
            assert claim is not None
            assert schedule.fail(transaction, claim, "no answer")
            runtime.workplace.alarms.raise_(transaction, Identity("region/acme/a", "plan.held"), "too many deletes")
        text = client.ask("GET", "/metrics").text
    found = figures(text)
    assert [found[f"hpa_regions {state}"] for state in ("applying", "planning", "without_aai", "off")] == [1, 1, 1, 1]
    assert (found["hpa_steps_due discover"], found["hpa_steps_troubled discover"]) == (2, 1)
    assert (found["hpa_steps_running discover"], found["hpa_steps_due publish"]) == (0, 0)
    assert 0 < found["hpa_steps_lag_seconds discover"] < 60
    assert (found["hpa_alarms plan.held"], found["hpa_alarms conflict"], found["hpa_regions_stale"]) == (1, 0, 0)
    assert "acme/" not in text


def test_what_this_host_did() -> None:
    """Steps well or not, and writes by what became of them."""
    metrics = Metrics()
    for name, fields in (
        ("region.listed", LISTED),
        ("region.listed", {**LISTED, "error": "away"}),
        ("region.published", {**LISTED, "mode": "apply", "done": 7, "silent": 2}),
        ("region.published", {**LISTED, "mode": "plan"}),
        ("aai.refused", {"region": "acme/hush"}),
    ):
        metrics.event(name, fields)
    text = metrics.text().decode()
    found = figures(text)
    assert [found[f"hpa_region_steps_total discover {result}"] for result in ("good", "failed")] == [1, 1]
    assert [found[f"hpa_region_steps_total publish {result}"] for result in ("good", "failed")] == [2, 0]
    assert [found[f"hpa_aai_writes_total {result}"] for result in ("done", "refused", "silent")] == [7, 1, 2]
    assert "hush" not in text


def test_the_page_names_what_there_is(runtime: Runtime) -> None:
    """Every metric of regions stands in the table of docs/service.md, and nothing else does."""
    page = (Path(__file__).parents[2] / "docs" / "service.md").read_text("utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `hpa_")]
    metrics = Metrics()
    metrics.watch(runtime)
    found = {name.split()[0] for name in figures(metrics.text().decode())}
    kinds = ("hpa_region", "hpa_steps", "hpa_aai", "hpa_alarms")
    there = {name for name in found if name.startswith(kinds) and not name.endswith("_created")}
    assert {name for row in rows for name in re.findall(r"`(hpa_[a-z_]+)", row)} == there


def test_a_database_that_is_away_takes_only_the_regions(runtime: Runtime) -> None:
    """The others are told, and nothing is told to be zero that nobody knows."""
    store = FailingStore(runtime.store)
    store.broken = True
    assert list(RegionStates(cast("Store", store)).collect()) == []
    store.broken = False
    assert [each.name for each in RegionStates(cast("Store", store)).collect()][:2] == [
        "hpa_regions",
        "hpa_regions_stale",
    ]
