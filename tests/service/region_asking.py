# SPDX-License-Identifier: Apache-2.0
"""A service for regions, and short ways to register and change one over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hpa_discovery.connectors.egress_rules import read_rules
from hpa_discovery.service.runtime import Runtime
from hpa_discovery.service.settings import Settings
from hpa_discovery.store.tables import REGION
from packs.live.sites import Events
from peers.aai.running import Aai
from service.asking import Asking

ONE = "/v1/regions/acme/RegionOne"
SECRET = "keystone-pass-word"  # noqa: S105 - of nobody
BODY: dict[str, Any] = {
    "owner": "acme",
    "region": "RegionOne",
    "coordinates": {"auth_url": "https://keystone.example:5000/v3", "region_name": "RegionOne"},
    "credential": {"username": "hpa", "password": SECRET, "user_domain_name": "Default", "project_name": "hpa"},
}
AAI = {"url": "https://aai.example:8443", "user": "AAI", "password": "aai-pass-word"}


@contextmanager
def with_key(folder: Path, url: str | None = None) -> Iterator[Runtime]:
    """A started runtime with a key of its own, on this database or a file."""
    key = folder / "secret.key"
    key.write_text("A" * 43 + "=\n", "ascii")
    key.chmod(0o600)
    with _started(Settings(folder / "state", url, secret_key_file=key)) as runtime:
        yield runtime


@contextmanager
def beside(aai: Aai, state: Path) -> Iterator[Runtime]:
    """A started runtime that may ask this double of A&AI."""
    with _started(Settings(state, egress=read_rules([f"aai=127.0.0.0/8:{urlsplit(aai.url).port}"]))) as runtime:
        yield runtime


@contextmanager
def _started(settings: Settings) -> Iterator[Runtime]:
    started = Runtime(settings, Events())
    try:
        started.start()
        yield started
    finally:
        started.end()


def add(client: Asking, **changes: Any) -> dict[str, Any]:
    """Register the region, with these members different."""
    answer = client.post("/v1/regions", {**BODY, **changes}, role="admin")
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def remove_all(runtime: Runtime) -> None:
    """There are no regions any more."""
    with runtime.store.write("removing all regions") as transaction:
        transaction.execute(REGION.delete())


def patch(client: Asking, value: dict[str, Any], path: str = ONE, **request: Any) -> Any:
    """Change a region."""
    return client.ask("PATCH", path, json=value, **{"role": "admin", **request})
