# SPDX-License-Identifier: Apache-2.0
"""Answers HTTP on sockets until it is told to stop: what is under way is finished first, for a while."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FrameType

import uvicorn

from hpa_discovery.errors import DataError
from hpa_discovery.service.certificate import Certificate
from hpa_discovery.service.connection import Connection, bounded
from hpa_discovery.service.gate import Gate
from hpa_discovery.service.limits import CONNECTIONS, ConnectionLimits
from hpa_discovery.service.listening import is_anybody_waiting, turn_away

LOG = logging.getLogger("hpa.service")
_HANDSHAKE_SECONDS = 0.05  # for who has begun to connect
_TICK = 0.01
_TICKS = 600  # of a tenth of a second: how often the files of the certificate are looked at


@dataclass(frozen=True, slots=True)
class Stopping:
    """At the first signal it leaves for `leave` seconds, then has `grace` seconds for what is under way.

    `on_ready` is called when the service is up, `on_stopping` when it begins to leave.
    """

    grace: int
    on_ready: Callable[[], None]
    on_stopping: Callable[[], None]
    leave: float = CONNECTIONS.leave_seconds


class Server(uvicorn.Server):
    """Serves one application; SIGTERM or SIGINT stops it, a second one at once; SIGHUP reads the certificate again."""

    def __init__(self, config: uvicorn.Config, stopping: Stopping, certificate: Certificate | None) -> None:
        super().__init__(config)
        self._stopping = stopping
        self._certificate = certificate
        self._reload = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        signal.signal(signal.SIGHUP, self._on_hangup)
        if self.started and not self.should_exit:
            self._stopping.on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell everybody to go, let nobody in, and finish what is under way, for a while."""
        LOG.info("service.stopping", extra={"fields": {"grace": self._stopping.grace}})
        self._stopping.on_stopping()
        self._tell_to_go()
        await asyncio.sleep(self._stopping.leave)
        await self._close(sockets or [])
        await self._hear_the_last()
        await super().shutdown(sockets)

    async def on_tick(self, counter: int) -> bool:
        """Look after the certificate; whether to stop."""
        if self._certificate is not None and (self._reload or counter % _TICKS == _TICKS - 1):
            self._renew(self._certificate)
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop in order; when asked again, at once."""
        del frame  # not by the library's own way, which raises the signal once more at the end
        if self.should_exit:
            # Drivers end with us, and what the store holds is whole at any moment.
            os._exit(128 + sig)
        self.should_exit = True

    def _tell_to_go(self) -> None:
        # The list that answers under way have, too.
        self.server_state.default_headers.append((b"connection", b"close"))
        for each in self._connections():
            each.leave()

    async def _close(self, sockets: Sequence[socket.socket]) -> None:
        turn_away(sockets)
        await asyncio.sleep(_HANDSHAKE_SECONDS)
        end = time.monotonic() + self._stopping.leave
        while is_anybody_waiting(sockets) and time.monotonic() < end:
            await asyncio.sleep(_TICK)
        for server in self.servers:
            server.close()

    async def _hear_the_last(self) -> None:
        """Whoever was let in last has not asked yet, or is still agreeing on how to encrypt."""
        end = time.monotonic() + self._stopping.leave
        while time.monotonic() < end and (self._certificate or any(each.is_silent for each in self._connections())):
            await asyncio.sleep(_TICK)

    def _connections(self) -> list[Connection]:
        return [each for each in self.server_state.connections if isinstance(each, Connection)]

    def _on_hangup(self, sig: int, frame: FrameType | None) -> None:
        del sig, frame
        self._reload = True

    def _renew(self, certificate: Certificate) -> None:
        asked, self._reload = self._reload, False
        if not asked and not certificate.changed():
            return
        try:
            certificate.reload()
        except DataError as error:
            LOG.error("certificate.refused", extra={"fields": {"message": str(error)}})
        else:
            LOG.info("certificate.read", extra={"fields": {"until": certificate.validity.until.isoformat()}})


def run(
    app: Gate,
    sockets: list[socket.socket],
    stopping: Stopping,
    certificate: Certificate | None = None,
    limits: ConnectionLimits = CONNECTIONS,
) -> None:
    """Answer until a signal ends it. Only in the main thread of a process."""
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=bounded(limits, app.note),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        # Whoever is in front may say in a header who asks; a client could as well.
        proxy_headers=False,
        timeout_keep_alive=int(limits.idle_seconds),
        timeout_graceful_shutdown=stopping.grace,
    )
    config.load()
    config.ssl = None if certificate is None else certificate.context
    server = Server(config, stopping, certificate)
    server.run(sockets)
