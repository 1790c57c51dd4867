# SPDX-License-Identifier: Apache-2.0
"""What a test cloud needs of Keystone: a catalog, projects, users and tokens, over its API."""

from __future__ import annotations

from typing import Any

import requests

from peers.cached_venv import PeerError


class KeystoneAdmin:
    """The identity API at `url` (ending in /v3) as the bootstrapped admin."""

    def __init__(self, url: str, password: str) -> None:
        self._url = url
        self._http = requests.Session()
        self._http.trust_env = False
        self._http.headers["X-Auth-Token"] = self._token(password)
        self._domain = self._one("GET", "/domains?name=Default", "domains")["id"]

    def _token(self, password: str) -> str:
        user = {"name": "admin", "domain": {"name": "Default"}, "password": password}
        project = {"name": "admin", "domain": {"name": "Default"}}
        identity = {"methods": ["password"], "password": {"user": user}}
        answer = self._call("POST", "/auth/tokens", {"auth": {"identity": identity, "scope": {"project": project}}})
        return answer.headers["X-Subject-Token"]

    @property
    def token(self) -> str:
        """A token of the admin, good for a day."""
        return str(self._http.headers["X-Auth-Token"])

    def add_application_credential(self, name: str, secret: str) -> str:
        """An application credential of the admin, with all its roles; its id."""
        user = self._call("GET", "/auth/tokens", subject=self.token).json()["token"]["user"]["id"]
        body = {"application_credential": {"name": name, "secret": secret}}
        made = self._call("POST", f"/users/{user}/application_credentials", body).json()
        return str(made["application_credential"]["id"])

    def revoke(self, token: str) -> None:
        """The token is none from now on."""
        self._call("DELETE", "/auth/tokens", subject=token)

    def add_service(self, kind: str, url: str, region: str) -> None:
        """Put service `kind` at `url` into the catalog, for everybody (public) and for other services (internal)."""
        service = self._create("service", {"type": kind, "name": kind})
        for interface in ("public", "internal"):
            self._create("endpoint", {"service_id": service, "interface": interface, "url": url, "region_id": region})

    def add_region(self, name: str) -> None:
        """Create the region `name`."""
        self._create("region", {"id": name})

    def add_project(self, name: str) -> str:
        """Create a project; its id."""
        return self._create("project", {"name": name, "domain_id": self._domain})

    def add_user(self, name: str, password: str, project: str, roles: list[str]) -> None:
        """Create a user with `roles` in the project of that id; roles that do not exist are created."""
        user = self._create("user", {"name": name, "password": password, "domain_id": self._domain})
        known = {role["name"]: role["id"] for role in self._call("GET", "/roles").json()["roles"]}
        for role in roles:
            role_id = known.get(role) or self._create("role", {"name": role})
            self._call("PUT", f"/projects/{project}/users/{user}/roles/{role_id}")

    def _create(self, kind: str, members: dict[str, Any]) -> str:
        return str(self._call("POST", f"/{kind}s", {kind: members}).json()[kind]["id"])

    def _one(self, method: str, path: str, kind: str) -> dict[str, Any]:
        found: dict[str, Any] = self._call(method, path).json()[kind][0]
        return found

    def _call(
        self, method: str, path: str, body: dict[str, Any] | None = None, subject: str | None = None
    ) -> requests.Response:
        headers = {} if subject is None else {"X-Subject-Token": subject}
        answer = self._http.request(method, self._url + path, json=body, headers=headers, timeout=60)
        if not answer.ok:
            raise PeerError(f"Keystone answered {answer.status_code} to {method} {path}: {answer.text[:500]}")
        return answer
