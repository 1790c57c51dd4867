# SPDX-License-Identifier: Apache-2.0
"""requests' adapter, with connections that go where the try says, and to nobody else.

The name stays the name for SNI, the certificate and the Host header; only the socket
is opened by `attempt.Attempt`. Proxies, netrc and CA files of the environment are the
work of requests' Session, which is not used, or of the arguments that are left out
here. Nothing is tried again by urllib3, and an answer with Location is an answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, Retry
from urllib3.connection import HTTPConnection, HTTPSConnection

from hpa_discovery.connectors.attempt import CURRENT

if TYPE_CHECKING:
    import ssl

    import requests

    from hpa_discovery.connectors.attempt import PatientSocket


class _PlainConnection(HTTPConnection):
    def _new_conn(self) -> PatientSocket:
        return CURRENT.get().connect(self.host, int(self.port))


class _TlsConnection(HTTPSConnection):
    def _new_conn(self) -> PatientSocket:
        return CURRENT.get().connect(self.host, int(self.port))


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class PinnedAdapter(HTTPAdapter):
    """Sends to one origin, of which `connections` are kept open; `context` may be None where there is no TLS."""

    def __init__(self, context: ssl.SSLContext | None, connections: int) -> None:
        self._context = context
        super().__init__(pool_connections=1, pool_maxsize=connections, max_retries=Retry(total=False))

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: Any) -> None:
        """Requests' hook: pools whose connections are ours."""
        self.poolmanager = PoolManager(num_pools=connections, maxsize=maxsize, block=block, **pool_kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> tuple[Any, Any]:
        """Requests' hook: always our own TLS context, whatever the call says of verify."""
        host, _ = super().build_connection_pool_key_attributes(request, True)
        if host["scheme"] != "https":
            return host, {}
        return host, {"ssl_context": self._context, "cert_reqs": "CERT_REQUIRED"}

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Requests' hook, left empty: it would add requests' own CAs to those that are trusted."""
