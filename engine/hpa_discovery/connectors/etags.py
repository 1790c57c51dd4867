# SPDX-License-Identifier: Apache-2.0
"""Answers kept with their ETag, so that an unchanged one need not be sent again (RFC 9110, RFC 9111).

An answer belongs to the URL and to whoever asked: another credential never gets it.
What else it depends on the server says in Vary. Credentials are kept as a hash.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from requests.structures import CaseInsensitiveDict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hpa_discovery.connectors.reply import Reply

_CREDENTIALS = ("Authorization", "X-Auth-Token", "X-Subject-Token", "Cookie")
_CONDITIONS = ("If-None-Match", "If-Match", "If-Modified-Since", "If-Unmodified-Since", "Range")
_ENTRY_BYTES = 1024  # what an entry takes beside its body, roughly

Key = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class _Kept:
    reply: Reply
    etag: str
    varying: tuple[str, ...]
    variant: bytes

    @property
    def size(self) -> int:
        return len(self.reply.body) + _ENTRY_BYTES


class Etags:
    """The answers kept, the least used of which are dropped above `most_bytes`; for any number of threads."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def condition(self, url: str, headers: Mapping[str, str]) -> str:
        """The ETag to ask with, or "" when there is none for this question."""
        if any(name in headers for name in _CONDITIONS):
            return ""
        kept = self._fitting(url, headers)
        return kept.etag if kept else ""

    def answered(self, url: str, headers: Mapping[str, str], reply: Reply) -> Reply:
        """The answer as if it had been sent whole: for a 304 to our condition, the body kept."""
        if reply.status == 304:
            kept = self._fitting(url, headers)
            return reply if kept is None else _renewed(kept.reply, reply)
        if reply.status == 200:
            self._keep(url, headers, reply)
        return reply

    def forget(self, url: str, headers: Mapping[str, str]) -> None:
        """Drop what is kept for this question."""
        with self._lock:
            self._drop(_key(url, headers))

    def _fitting(self, url: str, headers: Mapping[str, str]) -> _Kept | None:
        key = _key(url, headers)
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or kept.variant != _hashed(headers, kept.varying):
                return None
            self._kept.move_to_end(key)
            return kept

    def _keep(self, url: str, headers: Mapping[str, str], reply: Reply) -> None:
        etag = reply.headers.get("ETag", "")
        varying = tuple(sorted(name.strip().lower() for name in reply.headers.get("Vary", "").split(",") if name))
        lasting = bool(etag) and "*" not in varying and "no-store" not in reply.headers.get("Cache-Control", "").lower()
        kept = _Kept(reply, etag, varying, _hashed(headers, varying))
        key = _key(url, headers)
        with self._lock:
            self._drop(key)
            if not lasting or kept.size > self._most:
                return
            self._kept[key] = kept
            self._bytes += kept.size
            while self._bytes > self._most:
                self._drop(next(iter(self._kept)))

    def _drop(self, key: Key) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._bytes -= kept.size


def _renewed(kept: Reply, said: Reply) -> Reply:
    """The kept answer with what the 304 said of it; what describes the body stays (RFC 9111 section 3.2)."""
    headers = CaseInsensitiveDict(kept.headers)
    headers.update({name: said.headers[name] for name in said.headers if not name.lower().startswith("content-")})
    return replace(kept, headers=headers)


def _key(url: str, headers: Mapping[str, str]) -> Key:
    return url, _hashed(headers, _CREDENTIALS)


def _hashed(headers: Mapping[str, str], names: tuple[str, ...]) -> bytes:
    return sha256(repr([headers.get(name) for name in names]).encode()).digest()
