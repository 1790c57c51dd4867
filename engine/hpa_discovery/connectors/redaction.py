# SPDX-License-Identifier: Apache-2.0
"""What may be told of a request: its method, origin and path, and reasons in words of our own.

User names, queries, headers and bodies are told to nobody. What requests and urllib3
write into their errors holds URLs and header values, so none of it is passed on.
"""

from __future__ import annotations

import logging
import ssl
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hpa_discovery.connectors.attempt import CURRENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LONGEST = 300
_SHORTEST_SECRET = 4  # hiding a shorter one would only spoil the text
_LOGGERS = ("urllib3.connection", "urllib3.connectionpool", "urllib3.response", "urllib3.util.retry")
_UNKNOWN_CA = frozenset((18, 19, 20, 21))  # X509_V_ERR_* of OpenSSL
_NAME_MISMATCH = frozenset((62, 64))


def shown(url: str) -> str:
    """The URL without user name, query and fragment, and not longer than a message can bear."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "a URL that cannot be read"
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()[:_LONGEST]


def without(text: str, secrets: Iterable[str]) -> str:
    """The text of another system without what it was sent in secret: it may repeat that."""
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "***")
    return text


def tls_reason(error: BaseException) -> str:
    """Why TLS failed, with what can be done about it."""
    for each in causes(error):
        if isinstance(each, ssl.SSLCertVerificationError):
            code, said = each.verify_code, each.verify_message
            if code in _UNKNOWN_CA:
                return f"its certificate is not trusted ({said}); give the certificate of its CA as PEM text"
            if code in _NAME_MISMATCH:
                return f"its certificate is for another name ({said}); check the host of the URL"
            return f"its certificate is refused ({said})"
        if isinstance(each, ssl.SSLError):
            return f"TLS failed ({each.reason or type(each).__name__}); check that the port speaks TLS"
    return "TLS failed"


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all that it wraps: requests and urllib3 keep what they wrap among their arguments."""
    waiting, seen = [error], set[int]()
    while waiting:
        each = waiting.pop(0)
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        inner = (*each.args, getattr(each, "reason", None), each.__cause__, each.__context__)
        waiting += [cause for cause in inner if isinstance(cause, BaseException)]


def silence() -> None:
    """Keep urllib3 from logging our requests, whose queries it would write; others' requests it may still log."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_not_ours)


def _not_ours(_: logging.LogRecord) -> bool:
    return CURRENT.get(None) is None
