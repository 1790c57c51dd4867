# SPDX-License-Identifier: Apache-2.0
"""What an operator says when a service is started."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from hpa_discovery.connectors.egress_rules import Allowed, Kind
from hpa_discovery.service.housekeeping import KEPT
from hpa_discovery.service.listening import DEFAULT_HOST, DEFAULT_PORT
from hpa_discovery.service.logs import Form

DEFAULT_GRACE = 20


@dataclass(frozen=True, slots=True)
class Settings:
    """Where a service keeps its state, and where its packs come from.

    `database` is a URL, None for a file in the state directory. `pack_path` are
    watched folders, `sites` the site folders whose wheels are looked at, and
    `enabled` optional bundled packs that serve as well. `secret_key_file` is None for a
    key in the state directory. `egress` says which networks may be asked. After `retention`
    what is over is deleted.
    """

    state_dir: Path
    database: str | None = None
    pack_path: tuple[Path, ...] = ()
    sites: tuple[Path, ...] = ()
    enabled: frozenset[str] = frozenset()
    require_isolation: bool = False
    secret_key_file: Path | None = None
    egress: Mapping[Kind, tuple[Allowed, ...]] = field(default_factory=dict)
    retention: timedelta = KEPT


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """All of it. `grace` is seconds for requests under way when the service is stopped.

    `legacy_basic` lets callers of ONAP Multicloud's paths send a token as the password of Basic.
    """

    settings: Settings
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    tls: tuple[Path, Path] | None = None
    insecure_http: bool = False
    legacy_basic: bool = False
    log_form: Form = "json"
    grace: int = DEFAULT_GRACE
