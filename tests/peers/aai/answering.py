# SPDX-License-Identifier: Apache-2.0
"""A&AI's HTTP, without the sockets: headers, login, versions, methods, and which answer each request gets."""

from __future__ import annotations

import base64
import binascii
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from peers.aai import bulk
from peers.aai.errors import AaiFault
from peers.aai.inventory import Client, Refused
from peers.aai.operations import DELETE, PATCH, PUT, prepare
from peers.aai.paths import parse
from peers.aai.schema import View, view

if TYPE_CHECKING:
    from peers.aai.inventory import Inventory

_APP = ("x-fromappid", "x-onap-partnername", "x-sourceoftruth")
_TRANSACTION = ("x-transactionid", "x-onap-requestid", "x-requestid", "x-ecomp-requestid")
_ACCEPTED = {"*/*", "application/*", "application/json", "application/xml"}
_TARGET = re.compile(r"/aai/(?P<version>[^/?]*)/(?P<path>[^?]*)(?:\?(?P<query>.*))?", re.DOTALL)
_LOSE = frozenset({"lose"})
_WRITES = {"PUT": PUT, "PATCH": PATCH, "DELETE": DELETE}
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; the names of the headers are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: str = ""

    def header(self, names: tuple[str, ...]) -> str:
        """The first of these headers that is not empty, or ""."""
        return next((found for name in names if (found := self.headers.get(name, ""))), "")

    @property
    def kind(self) -> str:
        """The method for counts and faults: "bulk" for a bulk call, PATCH also where POST stands for it."""
        if self.target.partition("?")[0].rstrip("/").endswith(bulk.PATH):
            return "bulk"
        patches = self.headers.get("x-http-method-override", "").upper() == "PATCH"
        return "PATCH" if self.method == "POST" and patches else self.method


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent; `body` None is an empty one."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Place:
    """A request whose headers were in order: which schema it speaks, and of what."""

    request: Request
    view: View
    path: str
    query: dict[str, str]


class Api:
    """Answers for one inventory."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory

    def answer(self, request: Request) -> Answer:
        """What A&AI says, errors included."""
        path = request.target.partition("?")[0].removeprefix("/aai/")
        try:
            answer = self._route(self._checked(request))
        except Refused as refused:
            below = path.partition("/")[2]
            answer = _told(refused.fault, request, below)
        except AaiFault as fault:
            answer = _told(fault, request, path)
        answer.headers["X-AAI-TXID"] = f"0-aai-resources-{time.strftime('%y%m%d-%H:%M:%S')}:000-{next(_numbers):05}"
        return answer

    def _checked(self, request: Request) -> _Place:
        if not request.header(_APP):
            raise AaiFault(4009)
        if not request.header(_TRANSACTION):
            raise AaiFault(4010)
        accepted = {each.partition(";")[0].strip() for each in request.headers.get("accept", "*/*").split(",")}
        if not accepted & _ACCEPTED:
            raise AaiFault(4014)
        if self._login(request.headers.get("authorization", "")) is False:
            raise AaiFault(3300)
        found = _TARGET.fullmatch(request.target)
        if found is None or not re.fullmatch(r"v[1-9]\d*", found["version"]):
            raise AaiFault(3017)
        version = int(found["version"][1:])
        if version not in self._inventory.settings.versions:
            raise AaiFault(3016)
        return _Place(request, view(version), found["path"], dict(parse_qsl(found["query"] or "", True)))

    def _login(self, told: str) -> bool:
        kind, _, secret = told.partition(" ")
        try:
            pair = base64.b64decode(secret, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return False
        settings = self._inventory.settings
        return kind.lower() == "basic" and pair == f"{settings.user}:{settings.password}"

    def _route(self, place: _Place) -> Answer:
        kind = place.request.kind
        if kind == "GET":
            return self._get(place)
        if kind == "bulk" and place.request.method == "POST":
            return self._bulk(place)
        if kind in _WRITES:
            return self._write(place, _WRITES[kind])
        raise AaiFault(3012)

    def _get(self, place: _Place) -> Answer:
        address = parse(place.view, place.path)
        fault = self._inventory.faults.take(_LOSE, "GET", place.request.target)
        try:
            found = self._inventory.read(place.view, address, place.query, place.path, fault.items if fault else 0)
        except AaiFault as refused:
            raise Refused(0, refused) from refused
        headers = {"vertex-id": str(found.vertex_id)}
        if found.totals and self._inventory.settings.totals:
            headers |= {"total-results": str(found.totals[0]), "total-pages": str(found.totals[1])}
        return Answer(200, found.body, headers)

    def _write(self, place: _Place, method: str) -> Answer:
        request = place.request
        content = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        wanted = "application/merge-patch+json" if method == PATCH else "application/json"
        if method != DELETE and content != wanted:
            raise AaiFault(3018, f"{content or 'none'}, not {wanted}")
        version = place.query.get("resource-version", "")
        path = place.path.strip("/")
        operation = prepare(place.view, method, path, version, request.body, strict=self._strict)
        [done] = self._inventory.write(place.view, [operation], _client(request))
        return Answer(done.status, None, {} if method == DELETE else {"vertex-id": str(done.vertex.number)})

    @property
    def _strict(self) -> bool:
        return self._inventory.settings.mode == "strict"

    def _bulk(self, place: _Place) -> Answer:
        items = bulk.read(place.request.body, self._inventory.settings.bulk_limit)
        operations = []
        for number, item in enumerate(items):
            try:
                operations.append(item.prepare(place.view, strict=self._strict))
            except AaiFault as fault:
                raise AaiFault(fault.number, f"Error with operation {number}: {fault}") from fault
        try:
            done = self._inventory.write(place.view, operations, _client(place.request))
        except Refused as refused:
            said = bulk.failed(refused.number, operations[refused.number], refused.fault)
            return Answer(refused.fault.code.status, said.body("POST", f"v{place.view.version}/{place.path}"))
        told = [item.answer(one.status) for item, one in zip(items, done, strict=True)]
        return Answer(201, {"operation-responses": told})


def _client(request: Request) -> Client:
    return Client(request.header(_APP), request.header(_TRANSACTION))


def _told(fault: AaiFault, request: Request, path: str) -> Answer:
    method = "MERGE_PATCH" if request.kind == "PATCH" else request.method
    return Answer(fault.code.status, fault.body(method, path))
