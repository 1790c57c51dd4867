# SPDX-License-Identifier: Apache-2.0
"""A small Keystone and Nova over HTTP that answers each step of a listing as a test wants."""

from __future__ import annotations

import gzip
import json
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, urlsplit

from connectors.speaking import Asked, answer, speaking

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from socket import socket

PASSWORD = "keystone-pass-word"  # noqa: S105 - of nobody
TOKEN = "the-token-of-nobody"  # noqa: S105 - of nobody
CREDENTIAL = {"username": "hpa", "password": PASSWORD, "user_domain_name": "Default", "project_id": "p1"}
# What a listing asks for, in this order; the last once for each flavor, and only of an old Nova.
TOKENS, VERSION, FIRST, SECOND, SPECS = STEPS = ("token", "version", "first page", "second page", "extra specs")
PUBLIC = "os-flavor-access:is_public"
Say = Any  # bytes, or a function of (socket, Asked)


def told(status: int, body: Any, **headers: str) -> bytes:
    """An answer in JSON."""
    return answer(status, json.dumps(body).encode(), Content_Type="application/json", **headers)


def flavor(name: str, **members: Any) -> dict[str, Any]:
    """A flavor as Nova lists it."""
    usual = {"id": name, "name": f"onap.{name}", "vcpus": 4, "ram": 512, "disk": 0, "swap": 0}
    return usual | {"extra_specs": {"hw:pages": "1"}} | members


def bomb(megabytes: int) -> bytes:
    """A small answer that decompresses to so many megabytes of JSON."""
    body = gzip.compress(b'{"flavors": [' + b" " * (megabytes * 1024 * 1024) + b"]}")
    return answer(200, body, Content_Encoding="gzip", Content_Type="application/json")


def _scheme(context: ssl.SSLContext | None) -> str:
    return "http" if context is None else "https"


class HostileCloud:
    """Four flavors in pages of two. `says` has what is answered instead at a step; `nova` what the catalog names.

    Who is no `admin` is not shown private flavors, and gets no 400 for a wrong is_public.
    An `old` Nova has no microversions, so that extra specs are asked for one by one.
    """

    def __init__(self, keystone: ssl.SSLContext | None = None, nova: ssl.SSLContext | None = None) -> None:
        """With TLS where a context is given."""
        self.says: dict[str, Say] = {}
        self.asked: list[str] = []
        self.logins: list[Any] = []
        self._kept = ExitStack()
        self._contexts = keystone, nova

    def __enter__(self) -> Self:
        keystone, nova = self._contexts
        self._nova = self._kept.enter_context(speaking(self._answer, nova))
        self._keystone = self._kept.enter_context(speaking(self._login, keystone))
        self.heal()
        return self

    def __exit__(self, *_: object) -> None:
        self._kept.close()

    def heal(self) -> None:
        """All is well again."""
        self.says.clear()
        self.flavors = {name: flavor(name) for name in "abcd"}
        self.old = False
        self.admin = True
        self.admin = True
        self.nova = f"{_scheme(self._contexts[1])}://127.0.0.1:{self._nova.port}/v2.1"

    @property
    def keystone_port(self) -> int:
        """Where Keystone listens."""
        return self._keystone.port

    @property
    def coordinates(self) -> dict[str, str]:
        """Where Keystone is."""
        auth_url = f"{_scheme(self._contexts[0])}://127.0.0.1:{self.keystone_port}/v3"
        return {"auth_url": auth_url, "region_name": "one"}

    def catalog(self) -> list[Any]:
        """As Keystone tells it."""
        endpoint = {"id": "e", "interface": "public", "region": "one", "region_id": "one", "url": self.nova}
        return [{"id": "s", "type": "compute", "name": "nova", "endpoints": [endpoint]}]

    def token(self, **changes: Any) -> bytes:
        """What Keystone answers to a login."""
        token = {"methods": ["password"], "expires_at": "2999-01-01T00:00:00.000000Z", "catalog": self.catalog()}
        token |= {"user": {"id": "u", "name": "hpa", "domain": {"id": "d", "name": "Default"}}}
        return told(201, {"token": token | changes}, X_Subject_Token=TOKEN)

    def page(self, marker: str, **links: Any) -> dict[str, Any]:
        """Two flavors after the marker."""
        shown = {name: each for name, each in self.flavors.items() if self.admin or each.get(PUBLIC, True)}
        after = list(shown.values())
        if marker:
            after = after[list(shown).index(marker) + 1 :]
        more = [{"rel": "next", "href": "http://169.254.169.254/"}] if len(after) > 2 else []
        return {"flavors": after[:2], "flavors_links": more} | links

    def _login(self, wire: socket, asked: Asked) -> None:
        self.logins.append(json.loads(asked.body))
        self._say(TOKENS, wire, asked, self.token)

    def _answer(self, wire: socket, asked: Asked) -> None:
        path, query = urlsplit(asked.target).path, parse_qs(urlsplit(asked.target).query)
        marker = query.get("marker", [""])[0]
        if path.endswith("/os-extra_specs"):
            name = path.split("/")[-2]
            self._say(SPECS, wire, asked, lambda: told(200, {"extra_specs": self.flavors[name]["extra_specs"]}))
        elif path.endswith("/flavors/detail") and self.admin and query.get("is_public", ["None"]) != ["None"]:
            wire.sendall(told(400, {"badRequest": {"code": 400, "message": "Invalid is_public filter"}}))
        elif path.endswith("/flavors/detail"):
            self._say(SECOND if marker else FIRST, wire, asked, lambda: self._listed(marker))
        else:
            self._say(VERSION, wire, asked, lambda: told(200, {"version": self.version(asked.headers["host"])}))

    def version(self, host: str) -> dict[str, Any]:
        """Nova's version document."""
        newest = {} if self.old else {"version": "2.96", "min_version": "2.1"}
        links = [{"rel": "self", "href": f"http://{host}/v2.1/"}]
        return {"id": "v2.1", "status": "CURRENT", "links": links} | newest

    def _listed(self, marker: str) -> bytes:
        page = self.page(marker)
        if self.old:
            page["flavors"] = [{key: each[key] for key in each if key != "extra_specs"} for each in page["flavors"]]
        return told(200, page)

    def _say(self, step: str, wire: socket, asked: Asked, usual: Callable[[], bytes]) -> None:
        self.asked.append(step)
        said = self.says.get(step)
        if callable(said):
            said(wire, asked)
        else:
            wire.sendall(usual() if said is None else said)
