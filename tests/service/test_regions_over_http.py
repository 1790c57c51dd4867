# SPDX-License-Identifier: Apache-2.0
"""Regions over HTTP: registered, shown, changed and removed; who may, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event

from hpa_discovery.alarms.raising import Alarms
from hpa_discovery.service.runtime import Runtime
from hpa_discovery.store import operations, regions
from hpa_discovery.store.alarm_rows import Identity
from hpa_discovery.store.region_secrets import read
from hpa_discovery.store.texts import MOST_NAME
from service.asking import Asking, asking, told
from service.region_asking import AAI, BODY, ONE, SECRET, add, patch, remove_all, with_key
from store.listed import listed, seen
from store.regional import claimed, ended


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def runtime(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """A started runtime of its own for these tests, on each database."""
    url = request.getfixturevalue("postgres").create_database() if request.param == "postgresql" else None
    with with_key(tmp_path_factory.mktemp("regions"), url) as started:
        yield started


@pytest.fixture(scope="module")
def client(runtime: Runtime) -> Iterator[Asking]:
    """A client of it."""
    with asking(runtime) as made:
        yield made


@pytest.fixture(autouse=True)
def _no_regions(runtime: Runtime) -> Iterator[None]:
    """Each test begins without any."""
    yield
    remove_all(runtime)


def number(runtime: Runtime, region_id: str = "RegionOne") -> int:
    """The number of a region."""
    with runtime.store.read("reading a region") as transaction:
        region = regions.get(transaction, "acme", region_id)
    assert region is not None
    return region.id


def test_a_region_is_added(client: Asking, runtime: Runtime) -> None:
    """It is kept with defaults, plans only, is due at once, and its credentials are sealed."""
    answer = client.post("/v1/regions", {**BODY, "aai": AAI}, role="admin", headers={"X-Request-ID": "add-1"})
    assert (answer.status_code, answer.headers["location"]) == (201, ONE)
    found = answer.json()
    assert (found["revision"], found["source"], found["interval_seconds"]) == (1, "openstack.flavor", 3600)
    assert (found["aai"]["mode"], found["aai"]["on_failure"]) == ("plan", "keep")
    assert found["credentials"] == {"cloud": True, "aai": True}
    assert (found["listing"], found["subjects"], found["in_aai"]) == (None, 0, 0)
    assert [step["kind"] for step in found["steps"] if step["due_at"]] == ["discover"]
    assert client.get(ONE) == found
    (act, *_) = client.acts("region.add")
    assert (act.act.target, act.act.outcome, act.act.request_id) == ("acme/RegionOne", "done", "add-1")


def test_credentials_are_never_told(client: Asking, runtime: Runtime) -> None:
    """No answer, and no row of the audit, has a password; whoever reads the cloud has it."""
    add(client, aai=AAI)
    answers = [client.ask("GET", path, role="admin").text for path in (ONE, "/v1/regions")]
    answers.append(patch(client, {"revision": 1, "credential": BODY["credential"], "aai": AAI}).text)
    answers.append(str(client.acts("region")))
    assert not [text for text in answers if SECRET in text or AAI["password"] in text]
    with runtime.store.read("reading secrets") as transaction:
        region = regions.get(transaction, "acme", "RegionOne")
        assert region is not None
        assert SECRET in (read(transaction, runtime.secrets, region, "cloud") or "")
        assert read(transaction, runtime.secrets, region, "aai") == AAI["password"]


def test_a_region_exists_once(client: Asking) -> None:
    """The second one of a name is refused, and that is audited."""
    add(client)
    problem = told(client.post("/v1/regions", BODY, role="admin"), 409, "conflict")
    assert "exists already" in problem["detail"]
    assert client.acts("region.add")[0].act.outcome == "refused"


def test_whole_numbers(client: Asking) -> None:
    """600.0 is one in JSON Schema, 600.5 is none, and neither is true."""
    assert add(client, interval_seconds=600.0)["interval_seconds"] == 600
    for wrong in (600.5, True, "600"):
        told(patch(client, {"revision": 1, "interval_seconds": wrong}), 422, "invalid")


def test_a_change_keeps_the_rest(client: Asking) -> None:
    """What a change does not have stays, also of `aai`; the revision rises."""
    add(client, aai=AAI, name_prefix="onap.")
    changed = patch(client, {"revision": 1, "interval_seconds": 600, "aai": {"mode": "apply"}}).json()
    assert (changed["revision"], changed["interval_seconds"], changed["name_prefix"]) == (2, 600, "onap.")
    assert (changed["aai"]["mode"], changed["aai"]["url"], changed["aai"]["user"]) == ("apply", AAI["url"], "AAI")
    assert changed["credentials"] == {"cloud": True, "aai": True}


def test_a_change_of_an_old_revision(client: Asking) -> None:
    """Whoever read the region before another changed it must read it again."""
    add(client)
    patch(client, {"revision": 1, "interval_seconds": 600})
    problem = told(patch(client, {"revision": 1, "interval_seconds": 700}), 409, "conflict")
    assert "revision 1, and it has revision 2" in problem["detail"]
    told(patch(client, {"interval_seconds": 700}), 422, "invalid")
    told(patch(client, {"revision": 1, "source": "redfish.system"}), 422, "invalid")


def test_another_host_needs_its_credential(client: Asking) -> None:
    """A kept password is not sent to a host that somebody else names; given anew, it is."""
    add(client, aai=AAI)
    elsewhere = {"revision": 1, "coordinates": {"auth_url": "https://evil.example:5000/v3"}}
    assert "credential again" in told(patch(client, elsewhere), 409, "conflict")["detail"]
    assert patch(client, {**elsewhere, "credential": BODY["credential"]}).status_code == 200
    other_aai = {"revision": 2, "aai": {"url": "https://evil.example:8443"}}
    assert "aai credential again" in told(patch(client, other_aai), 409, "conflict")["detail"]


@pytest.mark.parametrize("url", ["\x01https://evil.example:5000/v3", "ht\ttps://evil.example:5000/v3"])
def test_another_host_behind_a_character_that_is_not_seen(client: Asking, url: str) -> None:
    """Readers of URLs drop such characters, so whoever looks for another host must not overlook it."""
    add(client)
    problem = told(patch(client, {"revision": 1, "coordinates": {"auth_url": url}}), 422, "invalid")
    assert "cannot be asked" in problem["errors"][0]["message"]


def test_a_credential_is_forgotten(client: Asking) -> None:
    """Null forgets it."""
    add(client, aai=AAI)
    changed = patch(client, {"revision": 1, "credential": None, "aai": {"password": None}}).json()
    assert changed["credentials"] == {"cloud": False, "aai": False}


def test_regions_are_listed_in_pages(client: Asking) -> None:
    """By name, by prefix, and from page to page."""
    for name in ("a", "b", "c"):
        add(client, region=name)
    page = client.get("/v1/regions?limit=2")
    assert ([row["region"] for row in page["regions"]], page["next"]) == (["a", "b"], "acme/b")
    last = client.get(f"/v1/regions?limit=2&after={page['next']}")
    assert ([row["region"] for row in last["regions"]], last["next"]) == (["c"], None)
    assert [row["region"] for row in client.get("/v1/regions?prefix=acme/b")["regions"]] == ["b"]
    assert client.get("/v1/regions?prefix=other")["regions"] == []


def test_a_list_of_many_regions_asks_once(client: Asking, runtime: Runtime) -> None:
    """How many subjects each has, and how its last listing went, is read for all of a page together."""
    for name in ("a", "b", "c"):
        add(client, region=name)
    listed(runtime.store, number(runtime, "a"), seen("1"), seen("2"))
    listed(runtime.store, number(runtime, "b"), error="no route")
    with runtime.store.read("looking") as transaction:
        engine = transaction.engine
    asked: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    found = client.get("/v1/regions")["regions"]
    event.remove(engine, "before_cursor_execute", note)
    assert [row["subjects"] for row in found] == [2, 0, 0]
    assert [row["listing"] and row["listing"]["error"] for row in found] == ["", "no route", None]
    assert [sum(f"FROM {table}" in each for each in asked) for table in ("subject", "listing")] == [1, 1]


def test_the_longest_names_are_asked_for(client: Asking) -> None:
    """A region with the longest owner and id is listed, found and asked about like any other."""
    owner = "o" * MOST_NAME
    one, other = ("a" * MOST_NAME, "b" * MOST_NAME)
    for region in (one, other):
        add(client, owner=owner, region=region)
    page = client.get("/v1/regions?limit=1")
    assert client.get(f"/v1/regions?limit=1&after={page['next']}")["regions"][0]["region"] == other
    name = f"{owner}/{one}"
    assert client.get(f"/v1/regions?prefix={name}")["regions"][0]["region"] == one
    assert client.get(f"/v1/regions/{name}")["owner"] == owner
    assert client.get(f"/v1/alarms?region={name}")["alarms"] == []
    assert client.get(f"/v1/alarms?resource=region/{name}")["alarms"] == []
    assert client.get(f"/api/multicloud-ocata/v0/{owner}_{one}/registry")["cloud_region_id"] == one


def test_a_region_is_removed(client: Asking) -> None:
    """Then it is gone, and may be added again."""
    add(client)
    assert client.ask("DELETE", ONE, role="admin").json() == {"removed": "acme/RegionOne"}
    told(client.ask("GET", ONE), 404, "not-found")
    told(client.ask("DELETE", ONE, role="admin"), 404, "not-found")
    add(client)


def test_discovery_is_an_operation(client: Asking, runtime: Runtime) -> None:
    """202, and where it can be watched until it is done; asking again while it waits tells of the same one."""
    add(client)
    answer = client.ask("POST", f"{ONE}/discover", role="operator")
    assert answer.status_code == 202
    operation = answer.json()
    assert (operation["kind"], operation["region"], operation["state"]) == ("discover", "acme/RegionOne", "waiting")
    assert answer.headers["location"] == f"/v1/operations/{operation['id']}"
    assert client.ask("POST", f"{ONE}/discover", role="admin").json()["id"] == operation["id"]
    with runtime.store.write("running it") as transaction:
        numbers = operations.start(transaction, "discover", "acme/RegionOne")
        operations.finish(transaction, numbers, {"subjects": 3})
    done = client.get(answer.headers["location"])
    assert (done["state"], done["result"]) == ("done", {"subjects": 3})
    assert [each["id"] for each in client.get("/v1/operations")["operations"]][:1] == [operation["id"]]
    told(client.ask("GET", "/v1/operations/999999"), 404, "not-found")


def test_a_region_that_is_off_is_not_discovered(client: Asking) -> None:
    """It must be switched on first."""
    add(client, enabled=False)
    assert "switched off" in told(client.ask("POST", f"{ONE}/discover", role="operator"), 409, "conflict")["detail"]


def test_a_region_that_is_switched_off_has_no_alarms(client: Asking, runtime: Runtime) -> None:
    """Nobody looks at it any more; those of others stay, and so they do when something else of it changes."""
    add(client)
    for name in ("acme/RegionOne", "acme/Other"):
        with runtime.store.write("raising") as transaction:
            Alarms().raise_(transaction, Identity(f"region/{name}", "source.unreachable"), "no route", region=name)
    assert patch(client, {"revision": 1, "interval_seconds": 60}).status_code == 200
    assert {each["resource"] for each in open_alarms(client)} == {"region/acme/RegionOne", "region/acme/Other"}
    assert patch(client, {"revision": 2, "enabled": False}).status_code == 200
    assert {each["resource"] for each in open_alarms(client)} == {"region/acme/Other"}
    with runtime.store.write("clearing") as transaction:
        Alarms().clear_below(transaction, "region/acme/Other")


def open_alarms(client: Asking) -> list[dict[str, Any]]:
    """Those that stand."""
    found: list[dict[str, Any]] = client.get("/v1/alarms?cleared=false")["alarms"]
    return found


def test_what_was_found(client: Asking, runtime: Runtime) -> None:
    """Subjects, their capabilities with filters, and the history, each in pages."""
    add(client)
    region = number(runtime)
    listed(runtime.store, region, seen("1", "numa", "cpuPinning"), seen("2", "numa"), seen("3"))
    listed(runtime.store, region, seen("1", "numa"), seen("2", "numa"))
    page = client.get(f"{ONE}/subjects?limit=2")
    assert [row["id"] for row in page["subjects"]] == ["1", "2"]
    (last,) = client.get(f"{ONE}/subjects?after={page['next']}")["subjects"]
    assert (last["id"], last["presence"]) == ("3", "missing")
    (one,) = client.get(f"{ONE}/subjects?id=1")["subjects"]
    assert (one["body"], one["capabilities"]) == ({"id": "1"}, 1)
    assert client.get(f"{ONE}/subjects?id=9")["subjects"] == []
    found = client.get(f"{ONE}/capabilities?feature=numa")["capabilities"]
    assert [row["subject"]["id"] for row in found] == ["1", "2"]
    assert found[0]["capability"]["hpa-feature-attributes"][0]["hpa-attribute-key"] == "key"
    for query, count in (("attribute=key&value=1", 2), ("value=2", 0), ("attribute=other", 0), ("feature=sriov", 0)):
        assert len(client.get(f"{ONE}/capabilities?{query}")["capabilities"]) == count
    first = client.get(f"{ONE}/capabilities?limit=1")
    assert (len(first["capabilities"]), first["next"]) == (1, "1")
    assert len(client.get(f"{ONE}/capabilities?limit=1&after=1")["capabilities"]) == 1
    history = client.get(f"{ONE}/history")
    first_change = history["changes"][0]
    assert (first_change["subject"]["id"], first_change["kind"]) == ("1", "changed")
    assert client.get(f"{ONE}/history?limit=1")["next"] == history["changes"][0]["id"]
    assert {row["kind"] for row in client.get(f"{ONE}/history?subject=2")["changes"]} == {"appeared"}
    assert client.get(f"{ONE}/history?kind=gone")["changes"] == []
    told_of = client.get(ONE)
    assert (told_of["subjects"], told_of["listing"]["complete"]) == (3, True)


def test_a_stale_region_says_so(client: Asking, runtime: Runtime) -> None:
    """After a listing that failed the last good result stands, with the error and since when."""
    add(client)
    region = number(runtime)
    listed(runtime.store, region, seen("1", "numa"))
    listed(runtime.store, region, error="keystone says 503")
    (row,) = client.get("/v1/regions")["regions"]
    assert (row["subjects"], row["listing"]["complete"], row["listing"]["error"]) == (1, False, "keystone says 503")
    assert row["listing"]["stale_since"] is not None
    ended(runtime.store, claimed(runtime.store, region))


def test_names_that_no_database_has(client: Asking) -> None:
    """A NUL in a path or a query is refused: PostgreSQL has no such text."""
    for path in ("/v1/regions/a%00b/c", f"{ONE}/subjects?after=%00", "/v1/regions?prefix=%00", "/v1/alarms?type=%00"):
        told(client.ask("GET", path), 422, "invalid")


CALLS = [
    ("GET", "/v1/regions", "viewer"),
    ("POST", "/v1/regions", "admin"),
    ("GET", ONE, "viewer"),
    ("PATCH", ONE, "admin"),
    ("DELETE", ONE, "admin"),
    ("POST", f"{ONE}/discover", "operator"),
    ("GET", f"{ONE}/subjects", "viewer"),
    ("GET", f"{ONE}/capabilities", "viewer"),
    ("GET", f"{ONE}/history", "viewer"),
]


@pytest.mark.parametrize(("method", "path", "role"), CALLS)
def test_roles(client: Asking, method: str, path: str, role: Any) -> None:
    """Viewers read, operators discover, admins change; a lesser role is refused."""
    lesser = {"viewer": [], "operator": ["viewer"], "admin": ["viewer", "operator"]}[role]
    for each in lesser:
        told(client.ask(method, path, role=each, json={}), 403, "forbidden")
    assert client.ask(method, path, role=role, json={}).status_code not in {401, 403}


def test_a_token_of_other_regions_sees_nothing(client: Asking, runtime: Runtime) -> None:
    """For a token that is limited to regions, others are not there, and none can be added."""
    add(client)
    add(client, region="Two")
    operation = client.ask("POST", f"{ONE}/discover", role="operator").json()["id"]
    token = client.token("limited", "admin", regions=["acme/Two", "acme/New"])
    assert [row["region"] for row in client.get("/v1/regions", token=token)["regions"]] == ["Two"]
    for method, path, _ in CALLS:
        if path.startswith(ONE):
            told(client.ask(method, path, token=token, json={"revision": 1}), 404, "not-found")
    told(client.ask("GET", f"/v1/operations/{operation}", token=token), 404, "not-found")
    assert client.get("/v1/operations", token=token)["operations"] == []
    assert client.ask("POST", "/v1/regions/acme/Two/discover", token=token).status_code == 202
    told(client.post("/v1/regions", {**BODY, "region": "Third"}, token=token), 403, "forbidden")
    assert client.post("/v1/regions", {**BODY, "region": "New"}, token=token).status_code == 201
    assert client.ask("DELETE", "/v1/regions/acme/New", token=token).status_code == 200
