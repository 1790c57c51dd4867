# SPDX-License-Identifier: Apache-2.0
"""A requests.Session for libraries that need one, such as keystoneauth: the same rules for each of its requests.

Such a library goes where the other system sends it, as Keystone's catalog does. Each
new origin is checked by the rules of the kind that the session was made for.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import BaseAdapter

from hpa_discovery.errors import ConnectorError

if TYPE_CHECKING:
    from collections.abc import Callable

    from hpa_discovery.connectors.reply import Reply

STANDING_HEADERS = {"User-Agent": "hpa-discovery", "Accept-Encoding": "gzip, deflate"}


class ConnectorSession(requests.Session):
    """Sends by `send_one`, which applies all rules; verify, cert, timeout and proxies of a call count for nothing.

    Cookies that a server sets are not sent back to it: requests finds none in the answers below.
    """

    def __init__(self, send_one: Callable[[requests.PreparedRequest], Reply]) -> None:
        super().__init__()
        self.trust_env = False
        self.headers.update(STANDING_HEADERS)
        self.adapters.clear()
        self.mount("", _Adapter(send_one))  # for any scheme: `send_one` says better than requests what is wrong

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Requests' hook: a redirect is an answer like any other."""
        return None


class _Adapter(BaseAdapter):
    def __init__(self, send_one: Callable[[requests.PreparedRequest], Reply]) -> None:
        super().__init__()
        self._send_one = send_one

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """The answer, with its body already read."""
        if not isinstance(request.body, bytes | str | None):
            raise ConnectorError("protocol", "a body that is read while it is sent is not allowed")
        reply = self._send_one(request)
        response = requests.Response()
        response.status_code = reply.status
        response.headers.update(reply.headers)
        response.encoding = requests.utils.get_encoding_from_headers(response.headers)
        response.raw = BytesIO(reply.body)
        response.url = request.url or ""
        response.request = request
        return response

    def close(self) -> None:
        """Nothing: the connections are the client's."""
