# SPDX-License-Identifier: Apache-2.0
"""Reading a request's body: of the right kind, within its size and time, and all of them together within memory."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, cast

from starlette.requests import Request

from hpa_discovery.service.json_text import Malformed, read_json
from hpa_discovery.service.limits import ServiceLimits
from hpa_discovery.service.passage import ClientGone, Message, Passage, passage_of
from hpa_discovery.service.problems import BUSY, MALFORMED, MEDIA, TIMEOUT, TOO_LARGE, Problem, retry_after

JSON = "application/json"
_USUAL = JSON.encode("ascii")
_MOST_DIGITS = 15


class Bodies:
    """Reads bodies, and knows what they take in memory until they are released. For the event loop."""

    def __init__(self, limits: ServiceLimits) -> None:
        self._limits = limits
        self._buffered = 0

    async def read(self, request: Request, most: int | None = None) -> bytes:
        """The body, of at most `most` bytes where that is said. Problem 408, 413, 415, 503."""
        most = self._limits.body_bytes if most is None else most
        headers = dict(request.scope["headers"])
        if headers.get(b"content-type") != _USUAL or b"content-encoding" in headers:
            _check_kind(request.headers)
        declared = headers.get(b"content-length", b"0")
        if not declared.isdigit() or len(declared) > _MOST_DIGITS or int(declared) > most:
            raise _too_large(most)
        first = await self._part(request, most)
        if not first.get("more_body", False):
            return cast("bytes", first.get("body", b""))
        try:
            # Only now: a body that comes in one piece, as nearly all do, costs no timer.
            async with asyncio.timeout(self._limits.body_seconds):
                return await self._rest(request, first, most)
        except TimeoutError:
            detail = f"the body did not arrive within {self._limits.body_seconds:g} seconds"
            raise Problem(TIMEOUT, detail, headers={"Connection": "close"}) from None

    async def small_json(self, request: Request) -> Any:
        """The JSON value of a body that is read at once, and may have no more bytes than such. As `read`, and 400."""
        return value_of(await self.read(request, self._limits.inline_bytes), self._limits.values)

    async def small_json_if_any(self, request: Request) -> Any:
        """As `small_json`; an empty object for a request without a body."""
        headers = request.headers
        if headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers:
            return {}
        return await self.small_json(request)

    def release(self, passage: Passage) -> None:
        """The request is over: its body takes no memory any more."""
        self._buffered -= passage.buffered
        passage.buffered = 0

    async def _rest(self, request: Request, first: Message, most: int) -> bytes:
        message, chunks = first, [first.get("body", b"")]
        while message.get("more_body", False):
            message = await self._part(request, most)
            chunks.append(message.get("body", b""))
        return b"".join(chunks)

    async def _part(self, request: Request, most: int) -> Message:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        passage, size = passage_of(request.scope), len(message.get("body", b""))
        passage.buffered += size
        self._buffered += size
        if passage.buffered > most:
            raise _too_large(most)
        if self._buffered > self._limits.buffered_bytes:
            raise Problem(BUSY, "too many large bodies are in memory", headers=retry_after(1))
        return message


def value_of(body: bytes, most: int) -> Any:
    """The JSON value of a body that has at most so many commas and opening brackets. Problem 400, 413.

    What a body becomes in memory, and how long nothing else runs while it is read, depends less on its size than on
    the number of its values, of which each but the first comes after one of them.
    """
    if len(body) > most and (count := len(body) - len(body.translate(None, b",[{"))) > most:
        raise Problem(TOO_LARGE, f"the body has {count} commas and opening brackets, also in texts; {most} are allowed")
    try:
        return read_json(body)
    except Malformed as error:
        why = str(error)
    # Not in the block above: the problem would keep the error, and with it the whole text, for a while.
    raise Problem(MALFORMED, f"reading the body: {why}")


def _too_large(most: int) -> Problem:
    return Problem(TOO_LARGE, f"the body has more than {most} bytes, which is the most")


def _check_kind(headers: Mapping[str, str]) -> None:
    accept = {"Accept-Post": JSON}
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding != "identity":
        detail = f"the body has Content-Encoding {encoding[:40]!r}; it must be sent as it is"
        raise Problem(MEDIA, detail, headers={"Accept-Encoding": "identity"})
    kind, _, rest = headers.get("content-type", "").partition(";")
    if kind.strip().lower() != JSON:
        raise Problem(MEDIA, f"the body is {kind.strip()[:80] or 'of no type'!r}; it must be {JSON}", headers=accept)
    charset = rest.replace(" ", "").replace('"', "").lower()
    if charset not in {"", "charset=utf-8"}:
        raise Problem(MEDIA, f"the body is said to be {rest.strip()[:80]!r}; it must be UTF-8", headers=accept)
