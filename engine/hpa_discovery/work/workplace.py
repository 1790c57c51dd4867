# SPDX-License-Identifier: Apache-2.0
"""What every step works with: one for a process."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from hpa_discovery.alarms.raising import Alarms
from hpa_discovery.work.reading import READERS, Reader

if TYPE_CHECKING:
    from hpa_discovery.connectors.client import HttpClient
    from hpa_discovery.model import Observer
    from hpa_discovery.store.database import Store
    from hpa_discovery.store.secret_values import Secrets
    from hpa_discovery.work.serving import Serves

LEASE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where rows are, what judges, and the ways outside.

    `name` says in claims who works, such as "<host>:<pid>". After `lease` without a sign
    of life another process takes over. Once `left` is set, no lease is renewed any more.
    """

    store: Store
    secrets: Secrets
    serves: Serves
    http: HttpClient
    observer: Observer
    name: str
    alarms: Alarms = field(default_factory=Alarms)
    readers: Mapping[str, Reader] = field(default_factory=lambda: READERS)
    lease: timedelta = LEASE
    left: threading.Event = field(default_factory=threading.Event)
