# SPDX-License-Identifier: Apache-2.0
"""Changes that fail on a full disk: the caller hears why, also where it cannot be noted."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from hpa_discovery.errors import DataError, HpaError, StoreError
from hpa_discovery.model import Part
from hpa_discovery.packs.live.state import Live
from hpa_discovery.service.changes import Change, changing
from hpa_discovery.service.problems import FORBIDDEN, Problem
from hpa_discovery.service.runtime import Runtime
from packs.live.sites import Events
from service.asking import asking, told
from service.runtimes import Deployment

CHANGE = Change("pack.remove", "acme.nic", "first-admin", "r1")
FULL = "the database /x/hpa.db says: database or disk is full"


def no_space(path: str = "/x/packs/acme") -> OSError:
    """What the system says of a full disk."""
    return OSError(errno.ENOSPC, "No space left on device", path)


class FullDisk(Runtime):
    """A runtime whose disk has no room from when it is said to be full."""

    def __init__(self, runtime: Runtime) -> None:
        self.__dict__ |= vars(runtime)
        self.observer: Events = Events()
        self.store: Any = self
        self.read = runtime.store.read
        self.shared = False
        self._write = runtime.store.write
        self.full = False

    @contextmanager
    def write(self, doing: str) -> Iterator[Any]:
        """As the store, while there is room."""
        if self.full:
            raise StoreError(f"{doing}: {FULL}")
        with self._write(doing) as transaction:
            yield transaction

    def remove(self, name: str, by: str, request_id: str | None = None) -> tuple[Part, ...]:
        """Nothing can be written."""
        raise no_space()

    def activate(self, digest: str, by: str, reason: str, request_id: str | None = None) -> Live:
        """Nothing can be unpacked."""
        raise no_space()


@pytest.mark.parametrize(
    ("first", "raised", "says"),
    [
        (no_space(), Problem, "pack.remove acme.nic: /x/packs/acme: No space left on device"),
        (OSError("the service ends"), Problem, "pack.remove acme.nic: the service ends"),
        (StoreError(f"removing a pack: {FULL}"), StoreError, f"removing a pack: {FULL}"),
        (DataError("it is broken"), Problem, "it is broken"),
        (Problem(FORBIDDEN, "no"), Problem, "no"),
    ],
)
def test_the_first_error_is_told(
    deployment: Deployment, first: Exception, raised: type[HpaError | Problem], says: str
) -> None:
    """That it could not be noted is an event, which names what was not noted; the first error is what is raised."""
    with deployment.running() as runtime:
        full = FullDisk(runtime)
        full.full = True
        with pytest.raises(raised) as caught, changing(full, CHANGE):
            raise first
    error = caught.value
    assert (error.detail if isinstance(error, Problem) else str(error)) == says
    assert error is first or error.__cause__ is first
    [event] = full.observer.named("store.unwritten")
    assert event["message"] == f"noting what was not done: {FULL}; not noted: {says}"


def test_a_pack_cannot_be_removed_on_a_full_disk(deployment: Deployment) -> None:
    """DELETE is 503 with the file and the reason, which is no fault of ours."""
    with deployment.running() as runtime:
        full = FullDisk(runtime)
        with asking(full) as client:
            full.full = True
            problem = told(client.ask("DELETE", "/v1/packs/acme.nic", role="admin"), 503, "unavailable")
            refused = told(client.ask("DELETE", "/v1/packs/acme.nic", role="viewer"), 403, "forbidden")
    assert problem["detail"] == "pack.remove acme.nic: /x/packs/acme: No space left on device"
    assert problem["missing"] == ["disk"]
    assert refused["detail"].startswith("this needs the role admin")
    noted = [event["message"].partition("; not noted: ")[2] for event in full.observer.named("store.unwritten")]
    assert [each for each in noted if each] == [problem["detail"], refused["detail"]]


def test_nothing_is_rolled_back_on_a_full_disk(deployment: Deployment) -> None:
    """What cannot be unpacked here may be good elsewhere: 503 with the file and the reason."""
    with deployment.running() as runtime:
        full = FullDisk(runtime)
        with asking(full) as client:
            digest = runtime.live.digest
            problem = told(client.post(f"/v1/generations/{digest}/activate", {}, role="operator"), 503, "unavailable")
    assert problem["detail"] == f"generation.pin {digest}: /x/packs/acme: No space left on device"
