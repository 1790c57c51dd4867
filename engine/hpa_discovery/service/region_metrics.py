# SPDX-License-Identifier: Apache-2.0
"""What Prometheus is told of regions: the work of this host is counted, how all of them stand the database says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from hpa_discovery.alarms.inventory import TYPES
from hpa_discovery.errors import StoreError
from hpa_discovery.store.database import Store
from hpa_discovery.store.region_figures import RegionState, StepFigures, take_figures
from hpa_discovery.store.schedule import KINDS


class RegionCounters:
    """What this host did for regions since it started. No label names a region: there may be very many."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._turns = Counter(
            "hpa_region_steps", "Steps that ended here, well or not.", ("kind", "result"), registry=registry
        )
        self._writes = Counter(
            "hpa_aai_writes", "Writes to A&AI by what became of them.", ("result",), registry=registry
        )
        for result in ("done", "refused", "silent"):
            self._writes.labels(result)
        for kind in KINDS:
            for result in ("good", "failed"):
                self._turns.labels(kind, result)

    def event(self, name: str, fields: Mapping[str, Any]) -> None:
        """Count what happened, if it concerns regions."""
        if name == "aai.refused":
            self._writes.labels("refused").inc()
        elif name in ("region.listed", "region.published"):
            kind = "discover" if name == "region.listed" else "publish"
            self._turns.labels(kind, "failed" if fields.get("error") else "good").inc()
            for result in ("done", "silent"):
                self._writes.labels(result).inc(fields.get(result, 0))


class RegionStates(Collector):
    """How the regions of the whole deployment stand, each time somebody reads; nothing while the database is away."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing ahead."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Regions by state, the age of what is known of them, steps by kind, and alarms by type."""
        try:
            with self._store.read("counting regions") as transaction:
                found = take_figures(transaction)
        except StoreError:
            return
        states = {state: found.regions.get(state, 0) for state in get_args(RegionState)}
        yield _family("hpa_regions", "Regions by what is done for them.", "state", states)
        yield GaugeMetricFamily("hpa_regions_stale", "Regions whose last listing failed.", found.stale)
        yield GaugeMetricFamily(
            "hpa_region_oldest_listing_seconds", "Age of the oldest last good listing.", found.oldest_listing_s
        )
        steps = {kind: found.steps.get(kind, StepFigures()) for kind in KINDS}
        for name, says in _OF_STEPS.items():
            values: dict[str, float] = {kind: getattr(figures, name) for kind, figures in steps.items()}
            yield _family(f"hpa_steps_{_NAMES.get(name, name)}", says, "kind", values)
        alarms = {name: found.alarms.get(name, 0) for name in TYPES}
        yield _family("hpa_alarms", "Alarms that stand.", "type", alarms)


_OF_STEPS = {
    "due": "Steps that wait for a thread.",
    "lag_s": "How long the first of them waits.",
    "running": "Steps under way, on all hosts.",
    "troubled": "Steps whose last run failed.",
}
_NAMES = {"lag_s": "lag_seconds"}


def _family(name: str, says: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, says, labels=[label])
    for value, count in values.items():
        family.add_metric([value], count)
    return family
