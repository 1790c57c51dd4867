# SPDX-License-Identifier: Apache-2.0
"""Who may do what: tokens, roles, regions; and what is told of those who may not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from time import monotonic, sleep
from typing import Any

import pytest

from clocks import Clock
from hpa_discovery.service.callers import Callers
from hpa_discovery.service.limits import DEFAULT, Rate, ServiceLimits
from hpa_discovery.service.passage import open_passage
from hpa_discovery.service.problems import UNAUTHENTICATED, Problem
from hpa_discovery.service.runtime import Runtime
from hpa_discovery.store import tokens
from hpa_discovery.store.tokens import Role
from service.asking import Asking, asking, told
from service.runtimes import until
from store.failing_store import FailingStore

NO_DIGEST = "0" * 64
NO_REGION = dict.fromkeys(("owner", "region", "plugin", "vimid", "cloud_owner", "cloud_region_id"), "none")
# Every route that is not open, with the role it needs.
ROUTES: list[tuple[str, str, Role]] = [
    ("POST", "/v1/discover", "viewer"),
    ("POST", "/v1/explain", "viewer"),
    ("GET", "/v1/packs", "viewer"),
    ("GET", "/v1/packs/{name}", "viewer"),
    ("DELETE", "/v1/packs/{name}", "admin"),
    ("GET", "/v1/findings", "viewer"),
    ("GET", "/v1/generations", "viewer"),
    ("GET", "/v1/generations/{digest}", "viewer"),
    ("POST", "/v1/generations/{digest}/activate", "operator"),
    ("DELETE", "/v1/generations/pin", "operator"),
    ("GET", "/v1/drivers", "viewer"),
    ("GET", "/v1/sources", "viewer"),
    ("POST", "/v1/resource-urls", "viewer"),
    ("GET", "/v1/regions", "viewer"),
    ("POST", "/v1/regions", "admin"),
    ("GET", "/v1/regions/{owner}/{region}", "viewer"),
    ("PATCH", "/v1/regions/{owner}/{region}", "admin"),
    ("DELETE", "/v1/regions/{owner}/{region}", "admin"),
    ("POST", "/v1/regions/{owner}/{region}/discover", "operator"),
    ("POST", "/v1/regions/{owner}/{region}/plan", "operator"),
    ("POST", "/v1/regions/{owner}/{region}/apply", "admin"),
    ("POST", "/v1/regions/{owner}/{region}/unregister", "admin"),
    ("POST", "/v1/regions/import", "admin"),
    ("GET", "/v1/regions/{owner}/{region}/subjects", "viewer"),
    ("GET", "/v1/regions/{owner}/{region}/capabilities", "viewer"),
    ("GET", "/v1/regions/{owner}/{region}/history", "viewer"),
    ("GET", "/v1/operations", "viewer"),
    ("GET", "/v1/operations/{number}", "viewer"),
    ("GET", "/v1/alarms", "viewer"),
    ("GET", "/v1/alarms/{number}", "viewer"),
    ("POST", "/v1/alarms/{number}/acknowledge", "operator"),
    ("GET", "/v1/alertmanager/api/v2/alerts", "viewer"),
    ("POST", "/api/multicloud-{plugin}/v0/{vimid}/registry", "operator"),
    ("GET", "/api/multicloud-{plugin}/v0/{vimid}/registry", "viewer"),
    ("DELETE", "/api/multicloud-{plugin}/v0/{vimid}/registry", "admin"),
    ("DELETE", "/api/multicloud-{plugin}/v0/{vimid}", "admin"),
    ("POST", "/api/multicloud-{plugin}/v1/{cloud_owner}/{cloud_region_id}/registry", "operator"),
    ("GET", "/api/multicloud-{plugin}/v1/{cloud_owner}/{cloud_region_id}/registry", "viewer"),
    ("DELETE", "/api/multicloud-{plugin}/v1/{cloud_owner}/{cloud_region_id}/registry", "admin"),
    ("DELETE", "/api/multicloud-{plugin}/v1/{cloud_owner}/{cloud_region_id}", "admin"),
    ("GET", "/metrics", "viewer"),
    ("GET", "/v1/openapi.json", "viewer"),
]
OPEN = [("GET", "/healthz"), ("GET", "/readyz")]
ROLES: tuple[Role, ...] = ("viewer", "operator", "admin")


@pytest.fixture(scope="module")
def patient(shared_runtime: Runtime) -> Iterator[Asking]:
    """A client of a service that does not mind how often it refuses."""
    with asking(shared_runtime, ServiceLimits(refusals=Rate(1000, 1000))) as client:
        yield client


def path_of(template: str) -> str:
    """A path of this template for which there is nothing."""
    return template.format(name="acme.none", digest=NO_DIGEST, number=999999, **NO_REGION)


def test_the_table_has_every_route(api: Asking) -> None:
    """A new route must say here who may use it."""
    document = api.get("/v1/openapi.json")
    listed = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert listed | {("GET", "/v1/openapi.json")} == {(method, path) for method, path, _ in ROUTES} | set(OPEN)


@pytest.mark.parametrize(("method", "path"), OPEN)
def test_open_routes(api: Asking, method: str, path: str) -> None:
    """Health needs no token, and does not mind a wrong one."""
    assert api.ask(method, path, token=None).status_code == 200
    assert api.ask(method, path, token=None, headers={"Authorization": "Bearer wrong"}).status_code == 200


@pytest.mark.parametrize(("method", "path", "role"), [*ROUTES, ("GET", "/nowhere", "viewer")])
def test_nobody(api: Asking, method: str, path: str, role: Role) -> None:
    """Without a token nothing is told, not even whether a path is there."""
    answer = api.ask(method, path_of(path), token=None)
    told(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"] == 'Bearer realm="hpa-discovery"'


@pytest.mark.parametrize(("method", "path", "needed"), ROUTES)
@pytest.mark.parametrize("role", ROLES)
def test_roles(patient: Asking, method: str, path: str, needed: Role, role: Role) -> None:
    """A role may do what those below it may; 403 names the one that is needed, and is audited."""
    answer = patient.ask(method, path_of(path), role=role)
    if ROLES.index(role) >= ROLES.index(needed):
        assert answer.status_code not in {401, 403}
        return
    problem = told(answer, 403, "forbidden")
    assert f"needs the role {needed}" in problem["detail"]
    row = patient.acts(f"{method} {path}")[0]
    assert (row.act.outcome, row.act.target, row.act.request_id) == ("refused", path_of(path), problem["request_id"])
    assert row.act.actor.startswith(role)


def test_refusals_are_bounded(shared_runtime: Runtime) -> None:
    """A token that goes on asking for what it may not do is told to wait, and does not fill the audit log."""
    with asking(shared_runtime, ServiceLimits(refusals=Rate(0.001, 3))) as client:
        before = len(client.acts("DELETE /v1/packs/{name}"))
        answers = [client.ask("DELETE", "/v1/packs/acme.none") for _ in range(5)]
        assert [answer.status_code for answer in answers] == [403] * 3 + [429] * 2
        assert "needs the role admin" in told(answers[-1], 429, "rate")["detail"]
        assert int(answers[-1].headers["retry-after"]) > 900
        assert len(client.acts("DELETE /v1/packs/{name}")) == before + 3
        told(client.ask("DELETE", "/v1/packs/acme.none", role="operator"), 403, "forbidden")


def test_a_token_for_some_regions_changes_nothing_for_all(api: Asking) -> None:
    """A token that is limited to regions may ask, but neither activate nor remove."""
    text = api.token("limited", "admin", regions=["o/r"])
    assert api.send(b'{"subject": {}}', token=text).status_code == 200
    for method, path, role in ROUTES:
        if role != "viewer" and path.startswith(("/v1/packs", "/v1/generations", "/v1/regions/import")):
            assert "limited" in told(api.ask(method, path_of(path), token=text), 403, "forbidden")["detail"]
        elif role != "viewer":  # what concerns other regions is not there
            assert api.ask(method, path_of(path), token=text).status_code in {404, 415}


@pytest.mark.parametrize(
    "said", ["Basic YTpi", "Bearer", "Bearer ", "Bearer a b", "Bearer \u00e9", "Bearer " + "a" * 300, "hpa_x"]
)
def test_malformed_credentials(api: Asking, said: str) -> None:
    """What is no bearer token is no token."""
    answer = api.ask("GET", "/v1/packs", token=None, headers={"Authorization": said.encode()})
    told(answer, 401, "unauthenticated")


def test_two_tokens_are_none(api: Asking) -> None:
    """Of two Authorization headers none counts: another program might take the other one."""
    header = ("Authorization", f"Bearer {api.texts['admin']}")
    scope = {"type": "http", "method": "GET", "path": "/v1/packs", "client": None}
    scope["headers"] = [(header[0].lower().encode(), header[1].encode())] * 2
    open_passage(scope)
    with pytest.raises(Problem) as raised:
        api.portal.call(api.app.callers.caller, scope)
    assert raised.value.kind is UNAUTHENTICATED


@pytest.mark.parametrize("scheme", ["bearer", "BEARER"])
def test_the_scheme_has_no_case(api: Asking, scheme: str) -> None:
    """RFC 9110: schemes are compared without case."""
    answer = api.ask("GET", "/v1/packs", token=None, headers={"Authorization": f"{scheme} {api.texts['viewer']}"})
    assert answer.status_code == 200


def test_expired(api: Asking) -> None:
    """A token ends at its time, also while it is remembered."""
    text = api.token("short", "viewer", lifetime=timedelta(seconds=3))
    ends = monotonic() + 3
    assert api.ask("GET", "/v1/sources", token=text).status_code == 200

    begun = monotonic()
    while (answer := api.ask("GET", "/v1/sources", token=text)).status_code == 200:
        assert begun <= ends
        sleep(0.05)
        begun = monotonic()
    told(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"].endswith('error="invalid_token"')


@pytest.fixture
def clock() -> Clock:
    """A clock that is set by hand."""
    return Clock()


@pytest.fixture
def store(shared_runtime: Runtime) -> FailingStore:
    """The store, which can be cut off."""
    return FailingStore(shared_runtime.store)


@pytest.fixture
def failed() -> list[str]:
    """Why logins failed."""
    return []


@pytest.fixture
def callers(store: Any, shared_runtime: Runtime, failed: list[str], clock: Clock) -> Callers:
    """Callers with that clock and that store, who may fail three times."""
    limits = ServiceLimits(failed_logins=Rate(0.1, 3))
    return Callers(store, limits, shared_runtime.observer, failed.append, clock)


def asked(api: Asking, callers: Callers, text: str, remote: str = "192.0.2.9") -> str:
    """The name of the token, or the kind of the problem."""
    scope = {"type": "http", "method": "GET", "path": "/x", "client": (remote, 1)}
    scope["headers"] = [(b"authorization", b"Bearer " + text.encode())]
    open_passage(scope)
    try:
        return api.portal.call(callers.caller, scope).name
    except Problem as problem:
        return problem.kind.name


def test_a_token_is_remembered_for_a_moment(api: Asking, callers: Callers, store: FailingStore, clock: Clock) -> None:
    """The store is read once in two seconds; a revoked token ends within that time."""
    text = api.token("revoked", "viewer")
    for _ in range(5):
        assert asked(api, callers, text) == "revoked"
    assert store.reads == 1
    with api.runtime.store.write("revoking") as transaction:
        tokens.revoke(transaction, "revoked")
    assert asked(api, callers, text) == "revoked"
    clock.now += DEFAULT.remembered_seconds
    assert asked(api, callers, text) == "unauthenticated"


def test_a_host_that_is_cut_off_goes_on(api: Asking, callers: Callers, store: FailingStore, clock: Clock) -> None:
    """While the store cannot be read, tokens that were good a while ago are; others are told to come back."""
    text, other = api.token("cut-off", "viewer"), api.token("other", "viewer")
    assert not callers.knows_anybody()
    assert asked(api, callers, text) == "cut-off"
    store.broken = True
    clock.now += DEFAULT.cut_off_seconds - 1
    assert asked(api, callers, text) == "cut-off"
    assert asked(api, callers, other) == "unavailable"
    assert callers.knows_anybody()
    clock.now += 3
    assert not callers.knows_anybody()
    assert asked(api, callers, text) == "unavailable"
    store.broken = False
    assert asked(api, callers, text) == "cut-off"


def test_a_store_that_does_not_answer(api: Asking, callers: Callers, store: FailingStore, clock: Clock) -> None:
    """Who was known a while ago waits a second at most, and only one of many requests does."""
    text = api.token("patient", "viewer")
    assert asked(api, callers, text) == "patient"
    store.answers.clear()
    clock.now += DEFAULT.remembered_seconds
    begun, reads = monotonic(), store.reads
    assert [asked(api, callers, text) for _ in range(5)] == ["patient"] * 5
    assert DEFAULT.patience_seconds <= monotonic() - begun < 20
    assert store.reads == reads + 1
    store.answers.set()
    clock.now += DEFAULT.remembered_seconds
    assert asked(api, callers, text) == "patient"


def test_a_slow_store_is_believed_when_it_has_answered(
    api: Asking, callers: Callers, store: FailingStore, clock: Clock
) -> None:
    """Who was known is answered before a slow store says anything; what it then says counts from the next question."""
    text, kept = api.token("late", "viewer"), api.token("kept", "viewer")
    assert [asked(api, callers, each) for each in (text, kept)] == ["late", "kept"]
    with api.runtime.store.write("revoking") as transaction:
        tokens.revoke(transaction, "late")
    clock.now += DEFAULT.cut_off_seconds - 1
    store.answers.clear()
    assert [asked(api, callers, each) for each in (text, kept)] == ["late", "kept"]
    store.answers.set()
    until(lambda: asked(api, callers, text) == "unauthenticated")
    store.broken = True
    clock.now += DEFAULT.cut_off_seconds - 1  # again, since the store knew it
    assert asked(api, callers, kept) == "kept"


def test_guessing_is_slowed(
    api: Asking, callers: Callers, store: FailingStore, clock: Clock, failed: list[str]
) -> None:
    """After a few unknown tokens an address is refused without asking the store; who is known goes on."""
    text = api.token("known", "viewer")
    assert asked(api, callers, text) == "known"
    before = len(api.acts("login"))
    assert [asked(api, callers, f"guess{number}") for number in range(5)] == ["unauthenticated"] * 3 + ["rate"] * 2
    assert failed == ["unknown"] * 3 + ["limited"] * 2
    assert store.reads == 4
    assert asked(api, callers, "guess", remote="192.0.2.10") == "unauthenticated"
    clock.now += DEFAULT.remembered_seconds + 1
    assert asked(api, callers, text) == "known"
    clock.now += 10
    assert asked(api, callers, "guess") == "unauthenticated"
    rows = api.acts("login")
    assert len(rows) - before == 5
    assert {(row.act.outcome, row.act.target, row.act.actor) for row in rows[:5]} == {
        ("refused", "192.0.2.9", "-"),
        ("refused", "192.0.2.10", "-"),
    }
    assert "guess" not in str(rows)


def test_the_use_of_a_token_is_noted(api: Asking) -> None:
    """`hpa token list` shows that a token is in use."""
    text = api.token("used", "viewer")
    assert api.ask("GET", "/v1/sources", token=text).status_code == 200
    with api.runtime.store.read("listing tokens") as transaction:
        (found,) = [token for token in tokens.tokens(transaction) if token.name == "used"]
    assert found.last_used_at is not None


def test_the_rate_of_a_token(shared_runtime: Runtime) -> None:
    """A token that asks too often is told when to come back; another one is not concerned."""
    with asking(shared_runtime, ServiceLimits(rate=Rate(0.01, 3))) as client:
        answers = [client.ask("GET", "/v1/sources") for _ in range(5)]
        assert [answer.status_code for answer in answers] == [200] * 3 + [429] * 2
        told(answers[-1], 429, "rate")
        assert 50 < int(answers[-1].headers["retry-after"]) <= 100
        assert client.ask("GET", "/v1/sources", role="operator").status_code == 200
