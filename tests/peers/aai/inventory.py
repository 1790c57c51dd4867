# SPDX-License-Identifier: Apache-2.0
"""The state of one A&AI: its graph under one lock, and transactions that take effect as a whole or not at all."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import count
from threading import RLock
from typing import TYPE_CHECKING, Any

from peers.aai.errors import AaiFault
from peers.aai.faults import Faults
from peers.aai.journal import Journal, Write
from peers.aai.operations import DELETE, PUT, Operation, prepare
from peers.aai.paths import parse
from peers.aai.reading import Reader
from peers.aai.schema import View, view
from peers.aai.vertices import Graph
from peers.aai.writing import Done, Writer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from peers.aai.paths import Address
    from peers.aai.reading import Found
    from peers.aai.settings import Settings


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks (X-FromAppId), with which transaction id."""

    app: str
    transaction: str


class Inventory:
    """What the double knows; everything here may be called from many threads."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.faults = Faults()
        self.journal = Journal()
        self.lock = RLock()
        self._graph = Graph()
        self._salts = count(1)

    def read(self, shown: View, address: Address, query: Mapping[str, str], path: str, lost: int = 0) -> Found:
        """The answer to a GET; `lost` vertices are left out of it."""
        salt = next(self._salts) if self.settings.order == "changing" else 0
        with self.lock:
            return Reader(self._graph, shown, query, salt, lost).get(address, path)

    def write(self, shown: View, operations: Sequence[Operation], client: Client) -> list[Done]:
        """Do all of them, or none. The fault of the first that is refused comes as Refused."""
        with self.lock:
            self._graph.begin()
            try:
                done, writes = self._perform(shown, operations, client)
            except Refused:
                self._graph.rollback()
                raise
            self.journal.wrote(writes)
            return done

    def _perform(self, shown: View, operations: Sequence[Operation], client: Client) -> tuple[list[Done], list[Write]]:
        call = self.journal.next_call()
        done, writes = [], []
        for number, operation in enumerate(operations):
            before = self._graph.changes
            try:
                one = operation.perform(self._writer(shown, operations, number, client), self.faults)
            except AaiFault as fault:
                raise Refused(number, fault) from fault
            changed = self._graph.changes > before
            who = (client.app, client.transaction)
            writes.append(Write(call, operation.method, operation.path, operation.sent, one.status, changed, *who))
            done.append(one)
        return done, writes

    def _writer(self, shown: View, operations: Sequence[Operation], number: int, client: Client) -> Writer:
        allowed = {"*", client.app.lower()} & {app.lower() for app in self.settings.implied_delete}
        strict = self.settings.mode == "strict"
        gone: tuple[Address, ...] = ()
        if self.settings.replace == "refuse":
            gone = tuple(each.address for each in operations[:number] if each.method == DELETE)
        return Writer(self._graph, shown, bool(allowed), strict, gone, self.settings.touched == "all")

    def load(self, version: int, objects: Sequence[tuple[str, Any]]) -> None:
        """PUT objects as if they had always been there: (URI below the version, body), all or nothing."""
        shown = view(version)
        operations = [prepare(shown, PUT, uri, "", json.dumps(body), strict=True) for uri, body in objects]
        with self.lock:
            self._graph.begin()
            writer = Writer(self._graph, shown, implied_delete=True, strict=True)
            try:
                for operation in operations:
                    assert operation.draft is not None
                    writer.put(operation.address, operation.draft, operation.path)
            except AaiFault:
                self._graph.rollback()
                raise

    def tree(self, version: int, uri: str) -> dict[str, Any]:
        """What GET with depth=all would answer, without counting as one."""
        shown = view(version)
        with self.lock:
            return Reader(self._graph, shown, {"depth": "all"}).get(parse(shown, uri), uri).body

    def empty(self) -> None:
        """Forget all vertices."""
        with self.lock:
            self._graph = Graph()


class Refused(Exception):
    """Operation `number` of a transaction was refused with `fault`; nothing was done."""

    def __init__(self, number: int, fault: AaiFault) -> None:
        super().__init__(number, fault)
        self.number = number
        self.fault = fault
