# SPDX-License-Identifier: Apache-2.0
"""The one place for the limits of the HTTP service that callers meet; docs/api.md shows them."""

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
    at_aai: int = field(
        default=4,
        metadata={"says": "plans, applies, unregistrations and imports at once, which wait for A&AI; 503 above"},
    )
    rate: Rate = field(default=Rate(2000.0, 4000), metadata={"says": "requests a second of one token; 429 above"})
    failed_logins: Rate = field(default=Rate(0.2, 10), metadata={"says": "unknown tokens a second of one address; 429"})
    refusals: Rate = field(default=Rate(0.2, 10), metadata={"says": "refusals a second of one token for its role; 429"})
    remembered_seconds: float = field(
        default=2.0, metadata={"says": "seconds for which a token that was found is not looked up again"}
    )
    cut_off_seconds: float = field(
        default=900.0, metadata={"says": "seconds for which a token that was found counts while the database is away"}
    )
    patience_seconds: float = field(
        default=1.0, metadata={"says": "seconds in which a slow database may say whether such a token still counts"}
    )
    inline_bytes: int = field(default=32 * 1024, metadata={"says": "bytes up to which a request needs no thread"})
    inline_subjects: int = field(default=16, metadata={"says": "subjects up to which a request needs no thread"})


DEFAULT = ServiceLimits()


@dataclass(frozen=True, slots=True)
class FormLimits:
    """What the members of a request may hold. They stand in the routes' description, so there is one for all."""

    text: int = field(default=2000, metadata={"says": "characters of a source, owner, region, rule or reason; 422"})
    name: int = field(
        default=500, metadata={"says": "characters of a region, subject, feature or alarm in a path or query; 422"}
    )
    generations: int = field(default=500, metadata={"says": "generations in one answer; 422 above"})
    findings: int = field(default=1000, metadata={"says": "findings in one answer; 422 above"})
    page: int = field(
        default=200,
        metadata={"says": "regions, subjects, capabilities, changes, operations or alarms in one answer; 422 above"},
    )
    actions: int = field(default=1000, metadata={"says": "actions of a plan in one answer; `more` counts the rest"})
    region_bytes: int = field(default=MIB, metadata={"says": "bytes of a body that describes a region; 413 above"})


FORMS = FormLimits()


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What a connection may take."""

    head: int = field(
        default=32 * 1024,
        metadata={"says": "bytes of the request line and headers; 431. As many after a body end the connection"},
    )
    head_seconds: float = field(default=10.0, metadata={"says": "seconds in which they must arrive; 408 after"})
    request_seconds: float = field(
        default=60.0, metadata={"says": "seconds in which the whole request must arrive; the connection ends after"}
    )
    idle_seconds: float = field(default=15.0, metadata={"says": "seconds between two requests of a connection"})
    answer_seconds: float = field(
        default=30.0, metadata={"says": "seconds in which a client must take a part of its answer"}
    )
    connections: int = field(default=1000, metadata={"says": "connections at once; one more ends at once"})
    leave_seconds: float = field(
        default=0.25, metadata={"says": "seconds for which a service that is told to stop still lets clients in"}
    )


CONNECTIONS = ConnectionLimits()


WORKERS = 4  # regions at once
STANDBYS = 4  # more of them, while as many take long


@dataclass(frozen=True, slots=True)
class StoreThreads:
    """The threads that use the store, each with one connection at most: so the store is opened with that many.

    Then none of them waits for another. callers: those that look for tokens, of their own so that waiting for the
    store for other reasons keeps nobody out. drivers: one of those that answer reads which drivers may run. work: one
    that looks for due steps, WORKERS and STANDBYS that do them, and as many that renew their leases. leases: those
    that renew them for routes that are at an A&AI.
    """

    routes: int = 12
    callers: int = 4
    readiness: int = 1
    watching: int = 2
    drivers: int = 1
    housekeeping: int = 1
    work: int = 1 + 2 * (WORKERS + STANDBYS)
    leases: int = DEFAULT.at_aai

    @property
    def all(self) -> int:
        """Their number."""
        return sum(getattr(self, each.name) for each in fields(self))


STORE_THREADS = StoreThreads()
