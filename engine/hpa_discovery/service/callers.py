# SPDX-License-Identifier: Apache-2.0
"""Who asks: the token of a request, as the store knows it.

A token that was found is remembered for two seconds, so that one that is revoked
ends within that time. While the store cannot be read, or does not answer, what was
found in the last quarter of an hour stands: a host that is cut off goes on.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from starlette.concurrency import run_in_threadpool

from hpa_discovery.errors import StoreError
from hpa_discovery.model import Observer
from hpa_discovery.service.buckets import Buckets
from hpa_discovery.service.limits import STORE_THREADS, ServiceLimits
from hpa_discovery.service.onap_paths import is_onap
from hpa_discovery.service.passage import Scope, header, passage_of
from hpa_discovery.service.problems import RATE, UNAUTHENTICATED, UNAVAILABLE, Problem, retry_after
from hpa_discovery.service.sent_tokens import challenge, sent_token, why_none
from hpa_discovery.store import audit, tokens
from hpa_discovery.store.database import Store, Transaction
from hpa_discovery.store.tokens import Token

_MOST = 10_000  # tokens that are remembered; which was used longest ago is forgotten, and looked up again
NoteFailure = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Found:
    token: Token
    read: float  # when the store was asked
    until: float  # when it is to be asked again


class Callers:
    """Finds the token of each request. For the event loop; the store is read in threads.

    `legacy_basic`: on ONAP's own paths it may be the password of Basic.
    """

    def __init__(
        self,
        store: Store,
        limits: ServiceLimits,
        observer: Observer,
        failed: NoteFailure,
        clock: Callable[[], float] = time.monotonic,
        *,
        legacy_basic: bool = False,
    ) -> None:
        self._legacy_basic = legacy_basic
        self._store = store
        self._limits = limits
        self._observer = observer
        self._note_failed = failed
        self._clock = clock
        self._known: OrderedDict[bytes, _Found] = OrderedDict()
        self._threads = ThreadPoolExecutor(STORE_THREADS.callers, thread_name_prefix="callers")
        self._failures = Buckets(limits.failed_logins, clock)

    async def caller(self, scope: Scope) -> Token:
        """The token of the request; Problem 401 for none or a wrong one, 429 after many wrong ones, 503."""
        said, basic = header(scope, b"authorization"), self._takes_basic(scope)
        sent = sent_token(said, basic=basic)
        if sent is None:
            self._note_failed("missing" if said is None else "malformed")
            raise _refused(why_none(said, basic=basic), challenge("", basic=basic))
        key, now = sha256(sent).digest(), self._clock()
        found = self._known.get(key)
        if found is not None and now < found.until and not _ended(found.token):
            return found.token
        return await self._looked_up(sent.decode("ascii"), key, found, scope)

    def knows_anybody(self) -> bool:
        """Whether there is a caller who can be answered without the store."""
        now = self._clock()
        return any(
            now < each.read + self._limits.cut_off_seconds and not _ended(each.token) for each in self._known.values()
        )

    async def _looked_up(self, text: str, key: bytes, found: _Found | None, scope: Scope) -> Token:
        passage, now = passage_of(scope), self._clock()
        if found is None and (wait := self._failures.wait(passage.remote)):
            self._note_failed("limited")
            raise Problem(RATE, "too many unknown tokens came from this address", headers=retry_after(wait))
        if found is not None:  # others that come meanwhile need not ask as well
            self._known[key] = _Found(found.token, found.read, now + self._limits.remembered_seconds)
        good = found is not None and now < found.read + self._limits.cut_off_seconds and not _ended(found.token)
        try:
            token = await self._read_soon(text, key, self._limits.patience_seconds if good else None)
        except (StoreError, TimeoutError) as error:
            if found is not None and good:
                return found.token
            raise Problem(UNAVAILABLE, f"the token cannot be checked: {error}", missing=["store"]) from None
        self._learn(key, token, now)
        if token is None:
            self._failures.take(passage.remote)
            self._note_failed("unknown")
            await run_in_threadpool(self._audit, passage.remote, passage.path, passage.request_id)
            how = challenge("invalid_token", basic=self._takes_basic(scope))
            raise _refused("the token is unknown, expired or revoked", how)
        return token

    def _takes_basic(self, scope: Scope) -> bool:
        return self._legacy_basic and is_onap(scope)

    def _learn(self, key: bytes, token: Token | None, read: float) -> None:
        """Remember what the store said when it was asked at `read`; None for a token that it does not know."""
        if token is None:
            self._known.pop(key, None)
            return
        self._known[key] = _Found(token, read, read + self._limits.remembered_seconds)
        self._known.move_to_end(key)
        if len(self._known) > _MOST:
            self._known.popitem(last=False)

    async def _read_soon(self, text: str, key: bytes, patience: float | None) -> Token | None:
        """What the store says; TimeoutError when it takes longer, and then it is learned later. StoreError."""
        asked = self._clock()
        reading = asyncio.get_running_loop().run_in_executor(self._threads, self._read, text)
        done, _ = await asyncio.wait([reading], timeout=patience)
        if done:
            return reading.result()

        def learn(late: asyncio.Future[Token | None]) -> None:
            if not late.cancelled() and late.exception() is None:
                self._learn(key, late.result(), asked)

        reading.add_done_callback(learn)
        raise TimeoutError

    def end(self) -> None:
        """Let the threads end when they have read."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _read(self, text: str) -> Token | None:
        with self._store.read("looking for a token") as transaction:
            token = tokens.find(transaction, text)
        if token is not None and _used_long_ago(token):
            self._write("noting the use of a token", lambda transaction: tokens.note_use(transaction, token.id))
        return token

    def _audit(self, remote: str, path: str, request_id: str) -> None:
        act = audit.Act("-", "login", remote, "refused", {"path": path}, request_id)
        self._write("noting a refused token", lambda transaction: audit.record(transaction, act))

    def _write(self, doing: str, write: Callable[[Transaction], object]) -> None:
        """Write what no request must fail for."""
        try:
            with self._store.write(doing) as transaction:
                write(transaction)
        except StoreError as error:
            self._observer.event("store.unwritten", {"message": str(error)})


def _refused(detail: str, how: str) -> Problem:
    return Problem(UNAUTHENTICATED, detail, headers={"WWW-Authenticate": how})


def _ended(token: Token) -> bool:
    return token.expires_at is not None and token.expires_at <= datetime.now(UTC)


def _used_long_ago(token: Token) -> bool:
    last = token.last_used_at
    # A minute less, so that what the database then decides by its own clock is not missed.
    return last is None or last < datetime.now(UTC) - tokens.COARSE + timedelta(minutes=1)
