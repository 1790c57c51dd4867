# SPDX-License-Identifier: Apache-2.0
"""One line for each request, as a log record whose `fields` a formatter writes as JSON."""

from __future__ import annotations

import logging

from hpa_discovery.service.passage import Passage

ACCESS = logging.getLogger("hpa.access")


def log_access(passage: Passage, route: str) -> None:
    """Tell that a request ended. No query, body or header is told: they may hold what is secret."""
    if not ACCESS.isEnabledFor(logging.INFO):
        return
    caller = passage.caller
    fields = {
        "method": passage.method,
        "route": route,
        "status": passage.status,
        "ms": round(passage.seconds * 1000, 3),
        "bytes": passage.sent,
        "token": caller.name if caller is not None else None,
        "request_id": passage.request_id,
        "remote": passage.remote,
    }
    ACCESS.info("%s %s %d", passage.method, route, passage.status, extra={"fields": fields})
