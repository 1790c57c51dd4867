# SPDX-License-Identifier: Apache-2.0
"""URLs of other systems: what a registered one may look like, and paths that stay on it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from hpa_discovery.errors import ConnectorError

_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")
_PATH = re.compile(r"(/[^/?#\\\x00-\x20\x7f][^?#\\\x00-\x20\x7f]*|/)?")


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host (lower case, an IPv6 address without brackets) and port."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def read_url(url: str) -> tuple[Origin, str]:
    """The origin and the path of a URL that others may give; ConnectorError `protocol` for any other.

    http or https, a host in ASCII, no user name, query or fragment. The path has no
    slash at its end.
    """
    if not url.isprintable():  # urlsplit drops such characters, and then others would read another URL than this one
        raise _refused("it holds a character that cannot be printed")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _refused("it cannot be read") from None
    if parts.scheme not in _DEFAULT_PORTS:
        raise _refused(f"its scheme is {parts.scheme[:20]!r}; allowed are http and https")
    if "@" in parts.netloc:
        raise _refused("it holds a user name; credentials are given apart from the URL")
    if "?" in url or "#" in url:
        raise _refused("it has a query or a fragment; give the URL without them")
    host = (parts.hostname or "").lower()
    if not _HOST.fullmatch(host):
        raise _refused(f"its host {host[:100]!r} is not a name in ASCII or an IP address")
    origin = Origin(parts.scheme, host, _DEFAULT_PORTS[parts.scheme] if port is None else port)
    return origin, checked_path(parts.path).rstrip("/")


def checked_path(path: str) -> str:
    """The path, if it can only mean something below the registered URL; ConnectorError `protocol`."""
    segments = unquote(path).replace("\\", "/").split("/")
    if not _PATH.fullmatch(path) or "." in segments or ".." in segments:
        raise ConnectorError(
            "protocol",
            f"the path {path.partition('?')[0][:200]!r} is refused: it begins with one slash and has no "
            "'.' or '..' segment, query, fragment, backslash or space",
        )
    return path


def _refused(reason: str) -> ConnectorError:
    return ConnectorError("protocol", f"the URL of another system is refused: {reason}")
