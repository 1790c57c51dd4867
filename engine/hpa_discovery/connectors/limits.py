# SPDX-License-Identifier: Apache-2.0
"""How long, how much, how often and how many at once: the numbers of every request that goes out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConnectorLimits:
    """Seconds, bytes and counts.

    `total_seconds` is for a request with all its tries, pauses and waiting for a place.
    `body_bytes` counts after decompression; so `at_once` times `body_bytes` is the most
    that answers hold, twice that while each is put together. The breaker opens after `breaker_failures` tries in a
    row without an answer from the server itself, and lets one through after
    `breaker_seconds`. `retries` are the further tries of a GET; before the n-th of
    them stands a random pause of up to `first_pause_seconds` * 2**(n-1). A longer
    Retry-After than `retry_after_seconds` is not waited for: the caller gets the
    answer that asked for it. `channels` are the origins whose connections and breaker
    are remembered, `etag_bytes` the bodies kept because they have an ETag.
    """

    connect_seconds: float = 5.0
    read_seconds: float = 60.0
    total_seconds: float = 300.0
    body_bytes: int = 64 * 1024 * 1024
    at_once: int = 32
    at_once_each: int = 8
    breaker_failures: int = 5
    breaker_seconds: float = 30.0
    retries: int = 2
    first_pause_seconds: float = 0.5
    retry_after_seconds: float = 30.0
    channels: int = 1000
    etag_bytes: int = 16 * 1024 * 1024
