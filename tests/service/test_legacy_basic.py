# SPDX-License-Identifier: Apache-2.0
"""--legacy-basic: callers of Multicloud's paths may send their token as the password of Basic, all others may not."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from urllib.request import HTTPBasicAuthHandler, HTTPPasswordMgrWithDefaultRealm, build_opener

import pytest

from hpa_discovery.service.limits import Rate, ServiceLimits
from hpa_discovery.service.runtime import Runtime
from service.asking import Asking, asking, told
from service.daemon import running
from service.test_callers import OPEN, ROUTES, path_of

ONAP = "/api/multicloud-"
REGISTRY = "/api/multicloud-ocata/v1/none/none/registry"
LIMITS = ServiceLimits(failed_logins=Rate(1000, 1000), refusals=Rate(1000, 1000))


@pytest.fixture(scope="module")
def legacy(shared_runtime: Runtime) -> Iterator[Asking]:
    """A client of a service that takes Basic."""
    with asking(shared_runtime, LIMITS, legacy_basic=True) as client:
        yield client


def basic(pair: str) -> dict[str, str]:
    """The header that a client makes of "user:password"."""
    return {"Authorization": "Basic " + b64encode(pair.encode()).decode()}


@pytest.mark.parametrize(("method", "path", "role"), [each for each in ROUTES if each[1].startswith(ONAP)])
def test_it_opens_the_paths_of_multicloud(legacy: Asking, method: str, path: str, role: str) -> None:
    """With the rights of the token; the user name says nothing."""
    for name in ("multicloud", "", "SO \u00fc"):
        headers = basic(f"{name}:{legacy.texts['admin']}")
        told(legacy.ask(method, path_of(path), token=None, headers=headers), 404, "not-found")
    answer = legacy.ask(method, path_of(path), token=None, headers=basic(f"x:{legacy.texts['viewer']}"))
    told(answer, *((404, "not-found") if role == "viewer" else (403, "forbidden")))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *((method, path_of(path)) for method, path, _ in ROUTES if not path.startswith(ONAP)),
        ("GET", "/nowhere"),
        ("GET", "/api/multicloud"),
        ("GET", "/api/multicloud/v1/none/none/registry"),
        ("GET", "//api/multicloud-x/v1/none/none/registry"),
        ("GET", "/API/multicloud-x/v1/none/none/registry"),
    ],
)
def test_it_opens_nothing_else(legacy: Asking, method: str, path: str) -> None:
    """Elsewhere a good token is none when it comes as a password, and the refusal offers Bearer alone."""
    answer = legacy.ask(method, path, token=None, headers=basic(f"x:{legacy.texts['admin']}"))
    assert "Basic is not taken here" in told(answer, 401, "unauthenticated")["detail"]
    assert answer.headers["www-authenticate"] == 'Bearer realm="hpa-discovery"'


@pytest.mark.parametrize("path", ["../../../v1/packs", "%2e%2e/%2e%2e/v1/packs", "x/../../v1/packs", "..;/v1/packs"])
def test_no_way_leads_out(legacy: Asking, path: str) -> None:
    """What begins like a path of Multicloud reaches no other route."""
    answer = legacy.ask("GET", f"/api/multicloud-x/{path}", token=None, headers=basic(f"x:{legacy.texts['admin']}"))
    assert answer.status_code in {401, 404}


def test_open_routes_stay_open(legacy: Asking) -> None:
    """Health does not mind."""
    for method, path in OPEN:
        assert legacy.ask(method, path, token=None, headers=basic("x:y")).status_code == 200


def test_it_is_off_by_default(api: Asking) -> None:
    """The refusal says what would take it."""
    answer = api.ask("GET", REGISTRY, token=None, headers=basic(f"x:{api.texts['admin']}"))
    assert "--legacy-basic" in told(answer, 401, "unauthenticated")["error"]


def test_bearers_go_on(legacy: Asking) -> None:
    """On the same paths."""
    told(legacy.ask("GET", REGISTRY), 404, "not-found")


@pytest.mark.parametrize(
    "said",
    [
        "Basic",
        "Basic ",
        "Basic ****",
        "Basic YQ",
        "Basic " + "a" * 3000,
        basic("no colon")["Authorization"],
        basic("x:")["Authorization"],
        basic("x:no such token")["Authorization"],
        basic("x:\u00fc")["Authorization"],
        "Digest username=x",
    ],
)
def test_what_is_no_token(legacy: Asking, said: str) -> None:
    """401 offers both, Basic first, for clients that read one."""
    answer = legacy.ask("GET", REGISTRY, token=None, headers={"Authorization": said})
    assert "no token as the password" in told(answer, 401, "unauthenticated")["error"]
    assert answer.headers["www-authenticate"] == 'Basic realm="hpa-discovery", Bearer realm="hpa-discovery"'


def test_a_wrong_password_is_a_wrong_token(shared_runtime: Runtime) -> None:
    """It is audited without it, and guessing is slowed."""
    with asking(shared_runtime, ServiceLimits(failed_logins=Rate(0.001, 2)), legacy_basic=True) as client:
        before = len(client.acts("login"))
        answers = [client.ask("GET", REGISTRY, token=None, headers=basic(f"x:guess{each}")) for each in range(4)]
        assert [answer.status_code for answer in answers] == [401, 401, 429, 429]
        assert 'error="invalid_token"' in answers[0].headers["www-authenticate"]
        assert len(client.acts("login")) == before + 2
        assert "guess" not in str(client.acts("login"))


def test_a_client_that_waits_to_be_asked(tmp_path: Path) -> None:
    """Over the wire: one that sends its password only when it is challenged gets its answer."""
    with running(tmp_path / "state", "--legacy-basic") as daemon:
        address = daemon.told()["address"]
        passwords = HTTPPasswordMgrWithDefaultRealm()
        passwords.add_password(None, address, "multicloud", daemon.token)
        opener = build_opener(HTTPBasicAuthHandler(passwords))
        with pytest.raises(OSError, match="404"):
            opener.open(address + REGISTRY)
        with pytest.raises(ValueError, match="scheme: 'Bearer'"):
            opener.open(f"{address}/v1/packs")
