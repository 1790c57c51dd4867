# SPDX-License-Identifier: Apache-2.0
"""A small Keystone and Nova over HTTP, whose flavors a test changes while others list them."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, urlsplit

from connectors.speaking import Asked, answer, speaking

if TYPE_CHECKING:
    import socket

PAGE = 20
SLOWNESS = 0.02  # seconds a page: of real Novas it is more
CREDENTIAL = {"username": "hpa", "password": "s3cret", "user_domain_name": "Default", "project_id": "p1"}


def told(status: int, body: Any, **headers: str) -> bytes:
    """An answer in JSON."""
    return answer(status, json.dumps(body).encode(), Content_Type="application/json", **headers)


class SmallCloud:
    """`flavors` by name, each as Nova lists it; `coordinates` are those of a region."""

    def __init__(self) -> None:
        self.flavors: dict[str, dict[str, Any]] = {}
        self._kept = ExitStack()

    def __enter__(self) -> Self:
        self._nova = self._kept.enter_context(speaking(self._answer))
        self._keystone = self._kept.enter_context(speaking(self._token()))
        return self

    def __exit__(self, *_: object) -> None:
        self._kept.close()

    @property
    def coordinates(self) -> dict[str, str]:
        """Where Keystone is."""
        return {"auth_url": f"http://127.0.0.1:{self._keystone.port}/v3", "region_name": "one"}

    def add(self, name: str, **specs: str) -> None:
        """A flavor with these extra specs, where _ stands for a colon."""
        told_specs = {key.replace("_", ":"): value for key, value in specs.items()}
        self.flavors[name] = {"id": name, "name": f"onap.{name}", "vcpus": 4, "ram": 512, "disk": 0, "swap": ""}
        self.flavors[name]["extra_specs"] = told_specs

    def _token(self) -> bytes:
        url = f"http://127.0.0.1:{self._nova.port}/v2.1"
        endpoint = {"id": "e", "interface": "public", "region": "one", "region_id": "one", "url": url}
        service = {"id": "s", "type": "compute", "name": "nova", "endpoints": [endpoint]}
        token = {"methods": ["password"], "expires_at": "2999-01-01T00:00:00.000000Z", "catalog": [service]}
        token |= {"user": {"id": "u", "name": "hpa", "domain": {"id": "d", "name": "Default"}}}
        return told(201, {"token": token}, X_Subject_Token="the-token")  # noqa: S106 - of nobody

    def _answer(self, wire: socket.socket, asked: Asked) -> None:
        path, query = urlsplit(asked.target).path, parse_qs(urlsplit(asked.target).query)
        if path.endswith("/flavors/detail"):
            wire.sendall(told(200, self._page(query.get("marker", [""])[0])))
            return
        links = [{"rel": "self", "href": f"http://{asked.headers['host']}/v2.1/"}]
        version = {"id": "v2.1", "status": "CURRENT", "version": "2.96", "min_version": "2.1", "links": links}
        wire.sendall(told(200, {"version": version}))

    def _page(self, marker: str) -> dict[str, Any]:
        time.sleep(SLOWNESS)
        after = [self.flavors[name] for name in sorted(self.flavors) if name > marker]
        links = [{"rel": "next", "href": "http://169.254.169.254/"}] if len(after) > PAGE else []
        return {"flavors": after[:PAGE], "flavors_links": links}
