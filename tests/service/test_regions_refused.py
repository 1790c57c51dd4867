# SPDX-License-Identifier: Apache-2.0
"""What no region can be: each is refused over HTTP with where it stands, and nothing of it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from hpa_discovery.service.runtime import Runtime
from service.asking import Asking, asking, told
from service.region_asking import BODY, ONE, add, patch, remove_all, with_key


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """A started runtime of its own for these tests."""
    with with_key(tmp_path_factory.mktemp("refused")) as started:
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


CREDENTIALS = {
    "a login plugin": ({"auth_type": "v3oidcpassword", "password": "x"}, "never by files, programs or login plugins"),
    "a file": ({"password_file": "/etc/passwd", "password": "x"}, "never by files"),
    "a program": ({"password": "x", "exec": {"command": "id"}}, "never by files, programs"),
    "Kerberos": ({"auth_type": "v3kerberos", "username": "x"}, "never by files"),
    "a plugin beside a token": ({"auth_plugin": "v3adfspassword", "token": "x"}, "login plugins"),
    "a client certificate": ({"cert": "/etc/me.pem", "key": "/etc/me.key", "password": "x"}, "never by files"),
    "an own URL": ({"auth_url": "https://evil.example/v3", "password": "x"}, "'auth_url' is not allowed"),
    "secure.yaml": ({"clouds": {"devstack": {"auth": {"password": "x"}}}}, "exactly one of password, token"),
    "two secrets": ({"password": "x", "token": "y"}, "exactly one of password, token"),
    "no secret": ({"username": "x"}, "exactly one of password, token"),
    "no text": ({"password": ["x"]}, "must be a text"),
    "a secret of a file": ({"password": {"file": "/etc/shadow"}}, "must be a text"),
}


@pytest.mark.parametrize("name", CREDENTIALS)
def test_only_values_are_credentials(client: Asking, name: str) -> None:
    """Exec, file paths and auth plugins are refused with the reason, and the value is not repeated."""
    credential, reason = CREDENTIALS[name]
    problem = told(client.post("/v1/regions", {**BODY, "credential": credential}, role="admin"), 422, "invalid")
    assert problem["errors"][0]["pointer"] == "/credential"
    assert reason in problem["errors"][0]["message"]
    told(client.ask("GET", ONE), 404, "not-found")


COORDINATES = {
    "a file of CAs": {"auth_url": "https://k.example", "cacert": "/etc/ssl/ca.pem"},
    "a client certificate": {"auth_url": "https://k.example", "cert": "/etc/me.pem", "key": "/etc/me.key"},
    "a clouds.yaml": {"cloud": "devstack"},
    "a profile of clouds.yaml": {"auth_url": "https://k.example", "profile": "vexxhost"},
    "no check of certificates": {"auth_url": "https://k.example", "verify": False},
    "a plugin": {"auth_url": "https://k.example", "auth_type": "v3kerberos"},
    "a Nova of its own": {"auth_url": "https://k.example", "compute_endpoint_override": "http://169.254.169.254"},
    "a proxy": {"auth_url": "https://k.example", "proxy": "http://evil.example"},
    "no URL": {"region_name": "RegionOne"},
    "a URL with a user": {"auth_url": "https://me:pass@k.example/v3"},
    "a file URL": {"auth_url": "file:///etc/passwd"},
    "no scheme": {"auth_url": "k.example:5000"},
    "a name with a port": {"auth_url": "localhost:5000"},
    "a path as CA": {"auth_url": "https://k.example", "ca": "/etc/ssl/ca.pem"},
    "a password as CA": {"auth_url": "https://k.example", "ca": "username: me\npassword: me:pass\n"},
}


@pytest.mark.parametrize("name", COORDINATES)
def test_only_values_are_coordinates(client: Asking, name: str) -> None:
    """A cloud is where a URL says, which holds no password; its CA is PEM text."""
    body = {**BODY, "coordinates": COORDINATES[name]}
    problem = told(client.post("/v1/regions", body, role="admin"), 422, "invalid")
    assert problem["errors"][0]["pointer"].startswith("/coordinates")
    assert "me:pass" not in str(problem)
    told(client.ask("GET", ONE), 404, "not-found")


@pytest.mark.parametrize("name", COORDINATES)
def test_coordinates_are_checked_while_no_credential_is_kept(client: Asking, name: str) -> None:
    """Else a password that stands among them by mistake would be kept, and told to all who see the region."""
    add(client)
    body = {"revision": 1, "credential": None, "coordinates": COORDINATES[name]}
    problem = told(patch(client, body), 422, "invalid")
    assert problem["errors"][0]["pointer"].startswith("/coordinates")
    assert "me:pass" not in str(problem)
    assert client.get(ONE)["coordinates"] == BODY["coordinates"]


AAIS = {
    "no scheme": ({"url": "aai.example:8443"}, "/aai/url", "allowed are http and https"),
    "a version": ({"url": "https://aai.example:8443/aai/v28"}, "/aai/url", "`aai.version` says it"),
    "a user": ({"url": "https://AAI:me@aai.example:8443"}, "/aai/url", "credentials are given apart"),
    "no CA": ({"url": "https://aai.example:8443", "ca": "AAI"}, "/aai/ca", "as PEM text, not as a file name"),
}


@pytest.mark.parametrize("name", AAIS)
def test_what_is_no_aai(client: Asking, name: str) -> None:
    """It is refused when it is said, not when it is asked the first time."""
    aai, pointer, reason = AAIS[name]
    problem = told(client.post("/v1/regions", {**BODY, "aai": aai}, role="admin"), 422, "invalid")
    (fault,) = problem["errors"]
    assert (fault["pointer"], reason in fault["message"]) == (pointer, True), fault
    assert "AAI:me" not in str(problem)


OUTSIDE = {
    "link-local": "http://169.254.169.254",
    "loopback": "http://127.0.0.1:5000/v3",
    "loopback, in another form": "http://[::ffff:127.0.0.1]:5000",
    "a number": "http://2130706433:5000",
    "metadata": "http://metadata.google.internal",
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_an_address_outside_the_rules(client: Asking, name: str) -> None:
    """It is refused at registration and at a change, with where it stands; a name is looked up when it is asked."""
    url = OUTSIDE[name]
    problem = told(client.post("/v1/regions", {**BODY, "coordinates": {"auth_url": url}}, role="admin"), 422, "invalid")
    assert problem["errors"][0]["pointer"] == "/coordinates/auth_url"
    assert "cloud target" in problem["errors"][0]["message"]
    add(client)
    problem = told(patch(client, {"revision": 1, "aai": {"url": url}}), 422, "invalid")
    assert problem["errors"][0]["pointer"] == "/aai/url"
    assert client.acts("region.change")[0].act.outcome == "refused"
    named = {"url": "https://localhost:8443", "password": "x"}
    assert patch(client, {"revision": 1, "aai": named}).status_code == 200


SETTINGS = {
    "no owner": ({"owner": None}, "/owner"),
    "a slash": ({"owner": "a/b"}, ""),
    "dots": ({"region": ".."}, ""),
    "another source": ({"source": "kubernetes.node"}, "/source"),
    "too often": ({"interval_seconds": 1}, ""),
    "never": ({"interval_seconds": 10**12}, "/interval_seconds"),
    "another mode": ({"aai": {"mode": "force"}}, ""),
    "an old schema": ({"aai": {"version": "v8"}}, ""),
    "an unknown member": ({"cloud": "x"}, "/cloud"),
    "an unknown member of A&AI": ({"aai": {"cert_file": "x"}}, "/aai/cert_file"),
    "a number": ({"aai": {"url": 3}}, "/aai/url"),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_are_checked(client: Asking, name: str) -> None:
    """What cannot be kept is refused, with where it stands."""
    change, pointer = SETTINGS[name]
    problem = told(client.post("/v1/regions", {**BODY, **change}, role="admin"), 422, "invalid")
    assert problem["errors"][0]["pointer"] == pointer


FORMS: dict[str, dict[str, Any]] = {
    "an owner with a slash": {"owner": "a/b"},
    "no owner": {"owner": ""},
    "a region that is too long": {"region": "r" * 201},
    "no coordinates": {"coordinates": None},
    "no credential": {"credential": None},
    "a source of another kind": {"source": "kubernetes.node"},
    "an interval that is too short": {"interval_seconds": 9},
    "an interval that is too long": {"interval_seconds": 30 * 86400 + 1},
    "a prefix that is too long": {"name_prefix": "p" * 201},
    "a version that is none": {"aai": {"version": "28"}},
    "a version that is too new": {"aai": {"version": "v31"}},
    "a user that is too long": {"aai": {"user": "u" * 201}},
}


@pytest.mark.parametrize("name", FORMS)
def test_what_the_document_does_not_allow_is_refused(client: Asking, name: str) -> None:
    """A program that reads the OpenAPI document knows of it before it asks."""
    document = client.get("/v1/openapi.json")
    form = {"$ref": "#/components/schemas/RegionRequest", "components": document["components"]}
    told(client.post("/v1/regions", {**BODY, **FORMS[name]}, role="admin"), 422, "invalid")
    assert Draft202012Validator(form).is_valid(BODY)
    assert not Draft202012Validator(form).is_valid({**BODY, **FORMS[name]})
