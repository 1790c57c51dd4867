# SPDX-License-Identifier: Apache-2.0
"""The one place for the limits of the HTTP service; docs/api.md shows them.

Timeouts for headers and for connections that wait are the server's (server.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Rate:
    """So many a second in the long run, and so many at once."""

    per_second: float
    burst: int


@dataclass(frozen=True, slots=True)
class ServiceLimits:
    """What one request, one token and one client address may ask of the service."""

    body_bytes: int = field(default=16 * MIB, metadata={"says": "bytes of a request's body; 413 above"})
    body_seconds: float = field(default=30.0, metadata={"says": "seconds in which a body must arrive; 408 after"})
    values: int = field(
        default=512 * 1024, metadata={"says": "commas and opening brackets in a request's body; 413 above"}
    )
    buffered_bytes: int = field(default=256 * MIB, metadata={"says": "bytes of all bodies in memory; 503 above"})
    subjects: int = field(default=1000, metadata={"says": "subjects in one request; 422 above"})
    explained: int = field(default=50, metadata={"says": "subjects in one request to explain; 422 above"})
    in_flight: int = field(default=256, metadata={"says": "requests at once; 503 above"})
    evaluators: int = field(default=4, metadata={"says": "threads that answer large requests and ask drivers"})
    waiting: int = field(default=64, metadata={"says": "requests that wait for one of these threads; 503 above"})
    answer_seconds: float = field(default=60.0, metadata={"says": "seconds in which all subjects are answered; 503"})
    rate: Rate = field(default=Rate(2000.0, 4000), metadata={"says": "requests a second of one token; 429 above"})
    failed_logins: Rate = field(default=Rate(0.2, 10), metadata={"says": "unknown tokens a second of one address; 429"})
    refusals: Rate = field(default=Rate(0.2, 10), metadata={"says": "refusals a second of one token for its role; 429"})
    inline_bytes: int = field(default=32 * 1024, metadata={"says": "bytes up to which a request needs no thread"})
    inline_subjects: int = field(default=16, metadata={"says": "subjects up to which a request needs no thread"})


DEFAULT = ServiceLimits()


@dataclass(frozen=True, slots=True)
class StoreThreads:
    """The threads that use the store, each with one connection at most: so the store is opened with that many.

    Then none of them waits for another. callers: those that look for tokens, of their own so that waiting for the
    store for other reasons keeps nobody out. drivers: one of those that answer reads which drivers may run.
    """

    routes: int = 12
    callers: int = 4
    readiness: int = 1
    watching: int = 2
    drivers: int = 1
    housekeeping: int = 1

    @property
    def all(self) -> int:
        """Their number."""
        return sum(getattr(self, each.name) for each in fields(self))


STORE_THREADS = StoreThreads()
