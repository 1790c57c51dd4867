# SPDX-License-Identifier: Apache-2.0
"""Answers HTTP on sockets until it is told to stop: what is under way is finished first, for a while."""

from __future__ import annotations

import logging
import os
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

import uvicorn

from hpa_discovery.errors import DataError
from hpa_discovery.service import connection
from hpa_discovery.service.certificate import Certificate
from hpa_discovery.service.connection import ConnectionLimits, bounded
from hpa_discovery.service.passage import Asgi

LOG = logging.getLogger("hpa.service")
_TICKS = 600  # of a tenth of a second: how often the files of the certificate are looked at


@dataclass(frozen=True, slots=True)
class Stopping:
    """`grace` seconds for what is under way at the first signal; what to do when the service is up, and at its end."""

    grace: int
    on_ready: Callable[[], None]
    on_stopping: Callable[[], None]


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
        """Finish what is under way, for a while."""
        LOG.info("service.stopping", extra={"fields": {"grace": self._stopping.grace}})
        self._stopping.on_stopping()
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
    app: Asgi,
    sockets: list[socket.socket],
    stopping: Stopping,
    certificate: Certificate | None = None,
    limits: ConnectionLimits = connection.DEFAULT,
) -> None:
    """Answer until a signal ends it. Only in the main thread of a process."""
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=bounded(limits),
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
