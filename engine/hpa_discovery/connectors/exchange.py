# SPDX-License-Identifier: Apache-2.0
"""One request sent and its answer read, whole and bounded; what requests and urllib3 raise ends here."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from requests import exceptions as failed
from urllib3.exceptions import DecodeError, HTTPError, ReadTimeoutError

from hpa_discovery.connectors.attempt import CURRENT
from hpa_discovery.connectors.redaction import causes, shown, tls_reason
from hpa_discovery.connectors.reply import Reply
from hpa_discovery.errors import ConnectorError, EgressError

if TYPE_CHECKING:
    import requests

    from hpa_discovery.connectors.attempt import Attempt
    from hpa_discovery.connectors.pinned import PinnedAdapter

_CHUNK = 65536
_LONGEST_NUMBER = 18  # digits; int() of thousands of them is an error


def exchange(adapter: PinnedAdapter, request: requests.PreparedRequest, attempt: Attempt) -> Reply:
    """The answer to one try; ConnectorError of any kind but `busy` and `open`.

    After any error the connection is closed, as nobody knows what still comes on it.
    """
    token = CURRENT.set(attempt)
    try:
        ended = _ended(adapter, request, attempt)
    finally:
        CURRENT.reset(token)
    if isinstance(ended, ConnectorError):
        raise ended  # here, where no error of a library is its context, with URLs, headers and sockets in it
    return ended


def _ended(adapter: PinnedAdapter, request: requests.PreparedRequest, attempt: Attempt) -> Reply | ConnectorError:
    try:
        response = _response(adapter, request, attempt)
        with closing(response):
            body = _body(response, attempt)
        return Reply(response.status_code, response.headers, body, doing(request))
    except EgressError as error:
        return EgressError(f"{doing(request)}: {error}")
    except ConnectorError as error:
        return ConnectorError(error.kind, f"{doing(request)}: {error}", sent=attempt.sent)
    except (failed.RequestException, HTTPError, OSError, ValueError) as error:  # ValueError: http.client, a header
        return _translated(error, request, attempt)


def _response(adapter: PinnedAdapter, request: requests.PreparedRequest, attempt: Attempt) -> requests.Response:
    try:
        return adapter.send(request, stream=True)
    except BaseException:
        attempt.hang_up()
        raise


def doing(request: requests.PreparedRequest) -> str:
    """How messages call the request."""
    return f"{request.method} {shown(request.url or '')}"


def _body(response: requests.Response, attempt: Attempt) -> bytes:
    announced = response.headers.get("Content-Length", "")
    has_body = announced.isdecimal() and response.request.method != "HEAD"
    if has_body and (len(announced) > _LONGEST_NUMBER or int(announced) > attempt.body_bytes):
        raise attempt.too_large()
    body = bytearray()
    for chunk in response.raw.stream(_CHUNK, decode_content=True):
        body += chunk
        if len(body) > attempt.body_bytes:
            raise attempt.too_large()
    return bytes(body)


def _translated(error: Exception, request: requests.PreparedRequest, attempt: Attempt) -> ConnectorError:
    start = f"{doing(request)}: "
    if isinstance(error, failed.SSLError) and not attempt.sent:
        return ConnectorError("tls", start + tls_reason(error))
    if any(isinstance(each, failed.Timeout | ReadTimeoutError | TimeoutError) for each in causes(error)):
        over = attempt.deadline.left() <= 0
        time = f"within {attempt.deadline.seconds:g} s in all" if over else "in time"
        return ConnectorError("timeout", f"{start}no whole answer {time}", sent=attempt.sent)
    if isinstance(error, ValueError) and not attempt.sent:
        return ConnectorError("protocol", f"{start}a header or the URL holds what HTTP does not allow")
    if not attempt.sent:
        return ConnectorError("connect", f"{start}the connection was closed before anything was sent")
    if isinstance(error, DecodeError | failed.ContentDecodingError):
        return ConnectorError("protocol", f"{start}the answer cannot be decompressed", sent=True)
    return ConnectorError("protocol", f"{start}the connection ended before a whole HTTP answer came", sent=True)
