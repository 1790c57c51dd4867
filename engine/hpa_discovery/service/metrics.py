# SPDX-License-Identifier: Apache-2.0
"""What is counted, and how Prometheus reads it (text format 0.0.4)."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Collection, Iterable, Iterator
from typing import Any, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from hpa_discovery.model import Outcome
from hpa_discovery.packs.live.state import State
from hpa_discovery.packs.versions import engine_version
from hpa_discovery.service.region_metrics import RegionCounters, RegionStates
from hpa_discovery.service.runtime import Runtime

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_PACK_STATES = get_args(State)
_DRIVER_STATES = ("ready", "idle", "waiting", "suspended")
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})


class Metrics:
    """The service's counters. It is an Observer, too: what happens below is counted by the event's name."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "hpa_http_requests",
            "Requests by method, route and status.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._durations = Histogram(
            "hpa_http_request_duration_seconds",
            "How long requests took.",
            ("route",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._logins = Counter(
            "hpa_failed_logins", "Requests without a valid token.", ("reason",), registry=self.registry
        )
        self._subjects = Counter("hpa_discover_subjects", "Subjects answered.", ("source",), registry=self.registry)
        self._unknown = Counter(
            "hpa_discover_unknown", "Features that could not be judged.", ("feature",), registry=self.registry
        )
        self._events = Counter(
            "hpa_events", "What happened to packs, drivers, regions and the store.", ("event",), registry=self.registry
        )
        self._swaps = Counter("hpa_generation_swaps", "Generations that began to serve.", registry=self.registry)
        self._reload_seconds = Histogram(
            "hpa_reload_duration_seconds",
            "From the look at changed packs to the swap.",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._last_reload = Gauge(
            "hpa_last_reload_success_timestamp_seconds", "When a generation began to serve.", registry=self.registry
        )
        self._regions = RegionCounters(self.registry)
        ProcessCollector(registry=self.registry)

    def event(self, name: str, fields: dict[str, Any]) -> None:
        """Count what happened."""
        self._events.labels(name).inc()
        self._regions.event(name, fields)
        if name == "generation.serving":
            self._swaps.inc()
            self._last_reload.set_to_current_time()
            if isinstance(seconds := fields.get("seconds"), int | float):
                self._reload_seconds.observe(seconds)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(method if method in _METHODS else "other", route, str(status)).inc()
        self._durations.labels(route).observe(seconds)

    def login_failed(self, reason: str) -> None:
        """Count a request that was refused for its token."""
        self._logins.labels(reason).inc()

    def evaluated(self, source: str, outcomes: Collection[Outcome]) -> None:
        """Count answered subjects and what stayed unknown in them."""
        self._subjects.labels(source).inc(len(outcomes))
        for outcome in outcomes:
            for item in outcome.unknown:
                self._unknown.labels(item.feature).inc()

    def watch(self, runtime: Runtime) -> None:
        """Tell the state of this service, too, each time somebody reads."""
        self.registry.register(_State(runtime))
        self.registry.register(RegionStates(runtime.store))

    def text(self) -> bytes:
        """All of it."""
        return generate_latest(self.registry)


class _State(Collector):
    """What is as it is, rather than counted."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing ahead: the state is known once the service has started."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The generation, packs by state, drivers by state, and whether the last reload took all."""
        live, packs = self._runtime.live, self._runtime.keeper.status()
        labels = {"generation": live.digest, "engine": engine_version() or "unreleased"}
        info = GaugeMetricFamily("hpa_generation_info", "The generation that serves.", labels=list(labels))
        info.add_metric(list(labels.values()), 1)
        yield info
        yield GaugeMetricFamily("hpa_generation_sequence", "How often what serves was changed.", live.active.sequence)
        yield GaugeMetricFamily("hpa_generation_pinned", "Whether it is pinned.", int(live.active.pinned))
        yield _by_state("hpa_packs", "Packs and overlays.", _PACK_STATES, (pack.state for pack in packs))
        refused = any(pack.state == "held" for pack in packs) or bool(self._runtime.problems)
        yield GaugeMetricFamily("hpa_last_reload_successful", "Whether all that was found serves.", int(not refused))
        states = (driver.state for driver in self._runtime.fleet.status())
        yield _by_state("hpa_drivers", "Drivers in use.", _DRIVER_STATES, states)
        yield GaugeMetricFamily("hpa_watching", "Whether changes are seen.", int(self._runtime.watcher.alive))


def _by_state(name: str, says: str, states: Iterable[str], found: Iterable[str]) -> GaugeMetricFamily:
    family, tally = GaugeMetricFamily(name, says, labels=["state"]), Tally(found)
    for state in states:
        family.add_metric([state], tally[state])
    return family
