# SPDX-License-Identifier: Apache-2.0
"""Health, metrics and the access log: what whoever runs the service sees of it."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from hpa_discovery.service.limits import DEFAULT, Rate
from hpa_discovery.service.metrics import MEDIA_TYPE, Metrics
from hpa_discovery.service.runtime import Runtime
from service.asking import FLAVOR, Asking, asking, told
from service.runtimes import Deployment, until


def test_health(api: Asking) -> None:
    """A service that serves is alive and ready."""
    assert api.get("/healthz", token=None) == {"status": "ok"}
    assert api.get("/readyz", token=None) == {
        "status": "ready",
        "generation": api.runtime.live.digest,
        "missing": [],
    }


def test_a_watcher_that_ended(deployment: Deployment) -> None:
    """A service that would miss changes says that it should be started again."""
    with deployment.running() as runtime, asking(runtime) as client:
        runtime.watcher.end()
        problem = told(client.ask("GET", "/healthz", token=None), 503, "unavailable")
        assert problem["missing"] == ["watcher"]


def samples(client: Asking) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """All samples of /metrics by name and labels."""
    answer = client.ask("GET", "/metrics")
    assert (answer.status_code, answer.headers["content-type"]) == (200, MEDIA_TYPE)
    families = text_string_to_metric_families(answer.text)
    return {(each.name, frozenset(each.labels.items())): each.value for family in families for each in family.samples}


def test_metrics_of_requests(shared_runtime: Runtime) -> None:
    """Requests, subjects, unknowns and failed logins are counted; a path that is not there makes no label."""
    with asking(shared_runtime) as client:
        client.post("/v1/discover", {"subjects": [FLAVOR, {"id": 10**400}]})
        client.ask("GET", "/nowhere/at/all")
        client.ask("BREW", "/nowhere")
        client.ask("GET", "/v1/packs/acme.nic")
        client.ask("GET", "/v1/packs", token=None)
        found = samples(client)

    def requests(method: str, route: str, status: str) -> float:
        labels = {"method": method, "route": route, "status": status}
        return found["hpa_http_requests_total", frozenset(labels.items())]

    assert requests("POST", "/v1/discover", "200") == 1
    assert requests("GET", "-", "404") == 1
    assert requests("other", "-", "404") == 1
    assert requests("GET", "/v1/packs/{name}", "200") == 1
    assert requests("GET", "/v1/packs", "401") == 1
    labels = frozenset({("route", "/v1/discover")})
    assert found["hpa_http_request_duration_seconds_count", labels] == 1
    assert found["hpa_discover_subjects_total", frozenset({("source", "openstack.flavor")})] == 2
    assert found["hpa_discover_unknown_total", frozenset({("feature", "cpuPinning")})] == 1
    assert found["hpa_failed_logins_total", frozenset({("reason", "missing")})] == 1
    assert "acme.nic" not in str(found)


def test_metrics_of_packs(deployment: Deployment) -> None:
    """The generation, packs by state and the last reload are told as they are."""
    with deployment.running() as runtime, asking(runtime) as client:
        found = samples(client)
        info = next(dict(labels) for name, labels in found if name == "hpa_generation_info")
        assert info["generation"] == runtime.live.digest
        assert found["hpa_generation_sequence", frozenset()] == 1
        assert found["hpa_last_reload_successful", frozenset()] == 1
        (deployment.vendor.folder / "device.yaml").write_text("spec: [\n", encoding="utf-8")
        until(lambda: any(pack.state == "held" for pack in runtime.keeper.status()))
        found = samples(client)
        assert found["hpa_packs", frozenset({("state", "held")})] == 1
        assert found["hpa_last_reload_successful", frozenset()] == 0
        assert found["hpa_generation_pinned", frozenset()] == 0
        assert found["hpa_watching", frozenset()] == 1
        assert found["hpa_drivers", frozenset({("state", "ready")})] == 0


def test_events_are_counted() -> None:
    """As an observer, metrics count events and remember when a generation began to serve."""
    metrics = Metrics()
    metrics.event("pack.held", {"name": "x"})
    metrics.event("generation.serving", {"seconds": 0.2})
    metrics.event("generation.serving", {})
    text = metrics.text().decode()
    for line in (
        'hpa_events_total{event="pack.held"} 1.0',
        "hpa_generation_swaps_total 2.0",
        "hpa_reload_duration_seconds_count 1.0",
    ):
        assert line in text
    assert "hpa_last_reload_success_timestamp_seconds 0.0" not in text


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """The fields of access log lines, filled as they come."""
    found: list[dict[str, Any]] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(record.__dict__["fields"])

    caplog.set_level(logging.INFO, "hpa.access")
    keep = Keep()
    logging.getLogger("hpa.access").addHandler(keep)
    yield found
    logging.getLogger("hpa.access").removeHandler(keep)


def test_access_log(api: Asking, lines: list[dict[str, Any]]) -> None:
    """Every request is one line with what is needed to find it again, and nothing that is secret."""
    api.ask("POST", "/v1/discover", json={"subject": {"name": "hush"}}, headers={"X-Request-ID": "me-1"})
    api.ask("GET", "/v1/packs/acme.nic")
    api.ask("GET", "/v1/packs/none?secret=hush")
    api.ask("GET", "/healthz", token=None)
    api.ask("GET", "/v1/packs", token="hpa_hush")  # noqa: S106 - no real one
    first = lines[0]
    assert first.pop("ms") > 0
    assert first.pop("bytes") > 100
    assert first.pop("token").startswith("viewer")
    assert first == {
        "method": "POST",
        "route": "/v1/discover",
        "status": 200,
        "request_id": "me-1",
        "remote": "192.0.2.1",
    }
    assert [(line["route"], line["status"], line["token"] is None) for line in lines[1:]] == [
        ("/v1/packs/{name}", 200, False),
        ("/v1/packs/{name}", 422, False),
        ("/healthz", 200, True),
        ("/v1/packs", 401, True),
    ]
    assert "hush" not in str(lines)


@pytest.mark.parametrize(
    ("method", "path", "route"),
    [
        ("GET", "/v1/packs/acme.hush", "/v1/packs/{name}"),
        ("POST", f"/v1/generations/{'0' * 64}/activate", "/v1/generations/{digest}/activate"),
        ("POST", "/v1/discover", "/v1/discover"),
        ("BREW", "/v1/discover", "/v1/discover"),
        ("GET", "/v1/hush", "-"),
        ("GET", "/v1/discover/hush", "-"),
    ],
)
def test_who_is_refused_is_logged_with_the_route(
    method: str, path: str, route: str, api: Asking, lines: list[dict[str, Any]]
) -> None:
    """A request that comes no further than the gate has the template of its path in the log, never the path."""
    assert api.ask(method, path, token=None).status_code == 401
    assert [line["route"] for line in lines] == [route]


def test_limits_are_logged_with_the_route(shared_runtime: Runtime, lines: list[dict[str, Any]]) -> None:
    """413, 429 of a token and of an address, and 503 have one, too."""
    limits = replace(DEFAULT, body_bytes=10, rate=Rate(0.001, 1), failed_logins=Rate(0.001, 1))
    with asking(shared_runtime, limits) as client:
        client.send(b"x" * 11)
        client.ask("GET", "/v1/packs")
        client.ask("GET", "/v1/packs/acme.nic", token="hpa_x")  # noqa: S106 - no real one
        client.ask("GET", "/v1/packs/acme.nic", token="hpa_y")  # noqa: S106 - no real one
    with asking(shared_runtime, replace(DEFAULT, in_flight=0)) as client:
        client.ask("GET", "/v1/sources")
    assert [(line["route"], line["status"]) for line in lines] == [
        ("/v1/discover", 413),
        ("/v1/packs", 429),
        ("/v1/packs/{name}", 401),
        ("/v1/packs/{name}", 429),
        ("/v1/sources", 503),
    ]


class Broken(Runtime):
    """A runtime with a bug."""

    def __init__(self, runtime: Runtime) -> None:
        self.__dict__ |= {name: value for name, value in vars(runtime).items() if name != "keeper"}

    @property
    def live(self) -> Any:
        """It cannot tell."""
        raise ZeroDivisionError("a secret detail")


@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/discover"), ("GET", "/v1/sources")])
def test_a_bug_is_ours(shared_runtime: Runtime, caplog: pytest.LogCaptureFixture, method: str, path: str) -> None:
    """Whatever fails is a problem without details, and a log entry with the request id and all of them."""
    with asking(Broken(shared_runtime)) as client:
        problem = told(client.ask(method, path, json={"subject": {}}), 500, "internal")
        assert "secret" not in str(problem)
    records = [record for record in caplog.records if record.name == "hpa.service"]
    assert [record.__dict__["fields"]["request_id"] for record in records] == [problem["request_id"]]
    assert "a secret detail" in caplog.text
