# SPDX-License-Identifier: Apache-2.0
"""What happened: each write that took effect, in order, and how many requests there were."""

from __future__ import annotations

import time
from collections import Counter, deque
from dataclasses import asdict, dataclass
from threading import Lock
from typing import Any

KEPT_REQUESTS = 20_000
CREATED = 201


@dataclass(frozen=True, slots=True)
class Write:
    """One operation that was committed; `changed` is False where A&AI had all of it already.

    `call` numbers the HTTP request: operations of one bulk call share it.
    """

    call: int
    method: str
    uri: str
    content: Any
    status: int
    changed: bool
    app: str
    transaction: str


def needless(writes: list[dict[str, Any]]) -> list[str]:
    """What the writes of a journal did twice: PUTs that changed nothing, or brought back what was deleted before."""
    found, deleted = [], {}
    standing: dict[str, Any] = {}
    for write in writes:
        uri = write["uri"].strip("/")
        if write["method"] == "DELETE":
            deleted[uri] = standing.pop(uri, None)
            continue
        content = _without_versions(write["content"])
        if not write["changed"]:
            found.append(f"{write['method']} {uri} changed nothing")
        elif write["status"] == CREATED and deleted.get(uri) == content:
            found.append(f"{write['method']} {uri} brought back what was deleted")
        standing[uri] = content
    return found


def _without_versions(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_versions(each) for name, each in value.items() if name != "resource-version"}
    return [_without_versions(each) for each in value] if isinstance(value, list) else value


class Journal:
    """Kept until it is cleared; many threads may write."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._writes: list[Write] = []
        self._counts: Counter[str] = Counter()
        self._requests: deque[dict[str, Any]] = deque(maxlen=KEPT_REQUESTS)
        self._calls = 0
        self._in_hand = 0

    def begin(self) -> None:
        """A request has come."""
        with self._lock:
            self._in_hand += 1

    def end(self) -> None:
        """It has its answer, or will have none."""
        with self._lock:
            self._in_hand -= 1

    def in_hand(self) -> int:
        """How many requests came and have not ended."""
        with self._lock:
            return self._in_hand

    def next_call(self) -> int:
        """The number of a new HTTP request."""
        with self._lock:
            self._calls += 1
            return self._calls

    def wrote(self, writes: list[Write]) -> None:
        """Keep what one request committed."""
        with self._lock:
            self._writes += writes
            self._counts["writes"] += len(writes)

    def asked(self, method: str, target: str, status: int) -> None:
        """Count a request; `method` is "bulk" for a bulk call, status 0 where no answer was sent."""
        with self._lock:
            self._counts[method] += 1
            self._requests.append({"method": method, "target": target, "status": status, "at": time.time()})

    def told(self) -> dict[str, Any]:
        """Everything: writes, requests, counts by method."""
        with self._lock:
            return {
                "writes": [asdict(write) for write in self._writes],
                "requests": list(self._requests),
                "counts": dict(self._counts),
            }

    def counts(self) -> dict[str, int]:
        """How many requests by method, and how many operations were committed (`writes`)."""
        with self._lock:
            return dict(self._counts)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._writes.clear()
            self._requests.clear()
            self._counts.clear()
