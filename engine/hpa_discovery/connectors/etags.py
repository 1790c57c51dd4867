# SPDX-License-Identifier: Apache-2.0
"""Answers kept with their ETag, so that an unchanged one need not be sent again (RFC 9110, RFC 9111).

An answer belongs to the URL and to whoever asked: another credential never gets it.
What else it depends on the server says in Vary. Credentials are kept as a hash.
"""

from __future__ import annotations

import re
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
_ENTRY_BYTES = 1024  # what an entry takes beside its body and headers, roughly
_ETAG = re.compile(r'(W/)?"[\x21\x23-\x7e\x80-\xff]*"')  # what else a server says is not said back to it

Key = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer kept, with what its question said of the headers that the server varies by."""

    reply: Reply
    etag: str
    varying: tuple[str, ...]
    variant: bytes

    @property
    def size(self) -> int:
        """Bytes, roughly."""
        head = sum(len(name) + len(value) for name, value in self.reply.headers.items())
        return len(self.reply.body) + head + _ENTRY_BYTES

    def renewed(self, said: Reply) -> Reply:
        """The answer with what a 304 says of it; what describes the body stays (RFC 9111 section 3.2)."""
        headers = CaseInsensitiveDict(self.reply.headers)
        headers.update({name: said.headers[name] for name in said.headers if not name.lower().startswith("content-")})
        return replace(self.reply, headers=headers)


def is_conditional(headers: Mapping[str, str]) -> bool:
    """Whether the caller itself asks for a part, or on a condition: such answers are the caller's."""
    return any(name in headers for name in _CONDITIONS)


class Etags:
    """The answers kept, the least used of which are dropped above `most_bytes`; for any number of threads."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, url: str, headers: Mapping[str, str]) -> Kept | None:
        """What is kept for this question."""
        key = _key(url, headers)
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or kept.variant != _hashed(headers, kept.varying):
                return None
            self._kept.move_to_end(key)
            return kept

    def keep(self, url: str, headers: Mapping[str, str], reply: Reply) -> None:
        """Keep a 200 that has an ETag and may be kept, in the place of what was kept before."""
        if reply.status != 200:
            return
        etag = reply.headers.get("ETag", "")
        varying = tuple(sorted(name.strip().lower() for name in reply.headers.get("Vary", "").split(",") if name))
        stored = "*" not in varying and "no-store" not in reply.headers.get("Cache-Control", "").lower()
        kept = Kept(reply, etag, varying, _hashed(headers, varying))
        key = _key(url, headers)
        with self._lock:
            self._drop(key)
            if not (stored and _ETAG.fullmatch(etag)) or kept.size > self._most:
                return
            self._kept[key] = kept
            self._bytes += kept.size
            while self._bytes > self._most:
                self._drop(next(iter(self._kept)))

    def _drop(self, key: Key) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._bytes -= kept.size


def _key(url: str, headers: Mapping[str, str]) -> Key:
    return url, _hashed(headers, _CREDENTIALS)


def _hashed(headers: Mapping[str, str], names: tuple[str, ...]) -> bytes:
    return sha256(repr([headers.get(name) for name in names]).encode()).digest()
