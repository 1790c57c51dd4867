# SPDX-License-Identifier: Apache-2.0
"""Alarms over HTTP: listed, filtered, acknowledged, and in the shape of Alertmanager."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hpa_discovery.alarms.raising import Alarms
from hpa_discovery.service.runtime import Runtime
from hpa_discovery.store.alarm_rows import Identity
from hpa_discovery.store.tables import ALARM
from service.asking import Asking, asking, told
from service.runtimes import Deployment

HERE = Identity("region/acme/RegionOne", "source.unreachable")
HELD = Identity("region/acme/Two", "plan.held")
PACK = Identity("pack/acme.nic", "pack.rejected")


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """A started runtime of its own for these tests."""
    with Deployment(tmp_path_factory.mktemp("alarms")).running() as started:
        yield started


@pytest.fixture(scope="module")
def client(runtime: Runtime) -> Iterator[Asking]:
    """A client of it."""
    with asking(runtime) as made:
        yield made


@pytest.fixture(autouse=True)
def _raised(runtime: Runtime) -> Iterator[None]:
    """Three alarms, one of which is over."""
    alarms = Alarms()
    with runtime.store.write("raising") as transaction:
        alarms.raise_(transaction, HERE, "no route to keystone", region="acme/RegionOne")
        alarms.raise_(transaction, HELD, "it would delete 30 of 40", severity="critical", region="acme/Two")
        alarms.raise_(transaction, PACK, "2 findings")
        alarms.clear(transaction, PACK)
    yield
    with runtime.store.write("deleting") as transaction:
        transaction.execute(ALARM.delete())


def types(client: Asking, query: str = "", **request: str) -> list[str]:
    """The types of the alarms that are listed."""
    return [row["type"] for row in client.get(f"/v1/alarms?{query}", **request)["alarms"]]


FILTERS = {
    "": ["pack.rejected", "plan.held", "source.unreachable"],
    "cleared=false": ["plan.held", "source.unreachable"],
    "cleared=true": ["pack.rejected"],
    "severity=critical": ["plan.held"],
    "region=acme/Two": ["plan.held"],
    "region=acme": [],
    "severity=major": ["pack.rejected", "plan.held", "source.unreachable"],
    "resource=region/acme": ["plan.held", "source.unreachable"],
    "resource=region/acme/Two": ["plan.held"],
    "type=source.unreachable": ["source.unreachable"],
    "acknowledged=true": [],
    "limit=1": ["pack.rejected"],
}


@pytest.mark.parametrize("query", FILTERS)
def test_filters(client: Asking, query: str) -> None:
    """A query limits the list; what it does not name does not."""
    assert types(client, query) == FILTERS[query]


def test_pages(client: Asking) -> None:
    """From page to page each alarm is told once."""
    first = client.get("/v1/alarms?limit=2")
    second = client.get(f"/v1/alarms?limit=2&before={first['next']}")
    assert ([row["type"] for row in second["alarms"]], second["next"]) == (["source.unreachable"], None)


def test_one_alarm(client: Asking) -> None:
    """It says what it means, what to do, and what happened."""
    (row,) = client.get("/v1/alarms?type=pack.rejected")["alarms"]
    assert (row["cleared"], row["severity"], row["raises"]) == (True, "major", 1)
    one = client.get(f"/v1/alarms/{row['id']}")
    assert [each["kind"] for each in one["history"]] == ["cleared", "raised"]
    assert "last good version" in one["meaning"]
    assert "findings" in one["remedy"]
    told(client.ask("GET", "/v1/alarms/999999"), 404, "not-found")


def test_an_alarm_is_acknowledged(client: Asking) -> None:
    """By whom, when and why stands there and in the audit; viewers may not."""
    (row,) = client.get("/v1/alarms?type=plan.held")["alarms"]
    path = f"/v1/alarms/{row['id']}/acknowledge"
    told(client.ask("POST", path), 403, "forbidden")
    told(client.post(path, {"by": "me"}, role="operator"), 422, "invalid")
    answer = client.post(path, {"text": "looking"}, role="operator").json()
    assert answer["acknowledged_by"].startswith("operator")
    assert (answer["acknowledged_text"], types(client, "acknowledged=true")) == ("looking", ["plan.held"])
    assert client.ask("POST", path, role="operator").json()["acknowledged_text"] in {None, ""}
    assert client.acts("alarm.acknowledge")[0].act.detail["type"] == "plan.held"
    told(client.ask("POST", "/v1/alarms/999999/acknowledge", role="operator"), 404, "not-found")


def test_alertmanager(client: Asking) -> None:
    """What is not cleared, as Alertmanager's API v2 has it, with the query that tools send."""
    alerts = client.get("/v1/alertmanager/api/v2/alerts?active=true&silenced=false&inhibited=false")
    assert {alert["labels"]["alertname"] for alert in alerts} == {"plan.held", "source.unreachable"}
    assert all(alert["status"]["state"] == "active" and len(alert["fingerprint"]) == 16 for alert in alerts)
    assert client.get("/v1/alertmanager/api/v2/alerts?active=false") == []


def test_a_token_of_one_region(client: Asking) -> None:
    """It sees the alarms of its regions, and acknowledges no other."""
    token = client.token("one-region", "operator", regions=["acme/Two"])
    assert types(client, token=token) == ["plan.held"]
    assert types(client, "region=acme/RegionOne", token=token) == []
    assert len(client.get("/v1/alertmanager/api/v2/alerts", token=token)) == 1
    (other,) = client.get("/v1/alarms?type=source.unreachable")["alarms"]
    told(client.ask("GET", f"/v1/alarms/{other['id']}", token=token), 404, "not-found")
    told(client.ask("POST", f"/v1/alarms/{other['id']}/acknowledge", token=token), 404, "not-found")
