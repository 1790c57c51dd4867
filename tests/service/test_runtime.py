# SPDX-License-Identifier: Apache-2.0
"""A runtime over a real store and real folders: what is written serves, and what serves survives."""

from __future__ import annotations

import shutil
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from hpa_discovery.errors import DataError, UsageError
from hpa_discovery.service.commands import history
from hpa_discovery.service.limits import STORE_THREADS
from hpa_discovery.service.runtime import Runtime
from hpa_discovery.service.settings import Settings
from hpa_discovery.store import activations, allowances
from hpa_discovery.store.opening import open_store
from packs.live.sites import Events
from service.mischief import Mischief
from service.runtimes import Deployment, counts, until


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    """A deployment whose vendor has written version 1.0.0 with count 1."""
    made = Deployment(tmp_path)
    made.vendor.write()
    return made


def test_a_change_serves_without_a_restart(deployment: Deployment) -> None:
    """What a vendor writes while the service runs is what it answers a moment later."""
    with deployment.running() as runtime:
        assert counts(runtime) == ["1"]
        deployment.vendor.write(count="2")
        until(lambda: counts(runtime) == ["2"])
        told = deployment.events.named("generation.serving")
        assert [fields["sequence"] for fields in told] == [1, 2]
        assert all(0 < fields["seconds"] < 60 for fields in told)


def test_a_broken_pack_keeps_its_last_good_version(deployment: Deployment) -> None:
    """A pack that fails goes on as it was accepted; its status has the finding with file and line."""
    with deployment.running() as runtime:
        (deployment.vendor.folder / "device.yaml").write_text("spec: [\n", encoding="utf-8")
        until(lambda: {status.state for status in runtime.keeper.status()} == {"held", "serving"})
        assert counts(runtime) == ["1"]
        held = next(status for status in runtime.keeper.status() if status.state == "held")
        assert held.serving is not None
        assert held.serving.version == "1.0.0"
        assert [(item.code, item.file) for item in held.findings] == [
            ("yaml.syntax", str(deployment.vendor.folder / "device.yaml"))
        ]
        deployment.vendor.write(count="3")
        until(lambda: counts(runtime) == ["3"])


def test_a_restart_serves_what_was_accepted(deployment: Deployment) -> None:
    """The folder may be broken or gone when the service starts: the store has what was accepted."""
    with deployment.running() as runtime:
        digest = runtime.live.digest
    (deployment.vendor.folder / "device.yaml").write_text("garbage", encoding="utf-8")
    with deployment.running() as runtime:
        assert (runtime.live.digest, counts(runtime)) == (digest, ["1"])
    shutil.rmtree(deployment.packs)
    with deployment.running() as runtime:
        assert (runtime.live.digest, counts(runtime)) == (digest, ["1"])
        assert runtime.keeper.problems().keys() == {str(deployment.packs)}


def test_a_rollback_stays_until_it_is_unpinned(deployment: Deployment) -> None:
    """After a rollback new content waits, over a restart too, and serves when the pin is taken away."""
    with deployment.running() as runtime:
        first = runtime.live.digest
        deployment.vendor.write(count="2")
        until(lambda: counts(runtime) == ["2"])
        runtime.activate(first, "token:night", "2 counts wrong")
        assert (runtime.live.digest, counts(runtime)) == (first, ["1"])
        deployment.vendor.write(count="3")
        until(lambda: "waiting" in {status.state for status in runtime.keeper.status()})
        assert counts(runtime) == ["1"]
    with deployment.running() as runtime:
        assert (runtime.live.digest, counts(runtime)) == (first, ["1"])
        runtime.unpin("token:day", "3 is right")
        assert counts(runtime) == ["3"]
        told = [(row.action, row.made_by, row.reason) for row in history(runtime.store, 10)]
        assert told[:3] == [
            ("activate", "service", "3 is right; acme.nic 1.0.0 changed"),
            ("unpin", "token:day", "3 is right"),
            ("pin", "token:night", "2 counts wrong"),
        ]


def test_unpinning_nothing_is_an_error(deployment: Deployment) -> None:
    """Whoever takes a pin away that is not there is told."""
    with deployment.running() as runtime, pytest.raises(DataError, match="none is pinned"):
        runtime.unpin("token:day", "")


def test_a_removed_pack_stays_out_until_it_changes(deployment: Deployment) -> None:
    """A pack that is removed by command does not come back from a folder that still holds it, or by a restart."""
    with deployment.running() as runtime:
        assert runtime.remove("acme.nic", "token:admin")
        assert counts(runtime) == []
    with deployment.running() as runtime:
        assert counts(runtime) == []
        deployment.vendor.write(count="2")
        until(lambda: counts(runtime) == ["2"])
        with pytest.raises(DataError, match=r"removing acme.other: there is no such pack .* serves is acme.nic, onap"):
            runtime.remove("acme.other", "token:admin")


def test_a_revoked_driver_ends_in_a_second(deployment: Deployment) -> None:
    """A driver that is not allowed any more has no process a second later, though nobody asks it anything."""
    driver = Mischief(deployment, (store := open_store(deployment.state_dir, Events())), seed=1)
    driver.begin()
    with deployment.running() as runtime:
        until(lambda: [status.state for status in runtime.fleet.status()] == ["ready"])
        with store.write("revoking") as transaction:
            allowances.revoke(transaction, "driven.nic/cards")
        begun = time.monotonic()
        until(lambda: runtime.fleet.status() == [])
        assert time.monotonic() - begun < 30  # a second on a machine without other work
    store.close()


def test_two_hosts_serve_the_same(deployment: Deployment, tmp_path: Path) -> None:
    """What one host accepts serves on the other one, which never saw the folder."""
    other = Runtime(Settings(deployment.state_dir), Events())
    with deployment.running() as runtime:
        other.start()
        try:
            assert (other.live.digest, counts(other)) == (runtime.live.digest, ["1"])
            deployment.vendor.write(count="2")
            until(lambda: counts(other) == ["2"])
            other.activate(other.live.digest, "token:other", "")
            until(lambda: runtime.live.active.pinned)
        finally:
            other.end()


def test_no_thread_waits_for_another_to_use_the_store(deployment: Deployment) -> None:
    """The store has a connection for each thread that may use it."""
    with deployment.running() as runtime, ExitStack() as held:
        begun = time.monotonic()
        for _ in range(STORE_THREADS.all):
            transaction = held.enter_context(runtime.store.read("looking"))
            assert activations.active(transaction).generation == runtime.live.digest
        assert time.monotonic() - begun < 20


def test_a_file_cannot_be_watched(tmp_path: Path) -> None:
    """A pack path that is a file is refused at start, with its name, before a database is made or changed."""
    file = tmp_path / "pack.yaml"
    file.write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match=f"cannot watch {file}: it is not a folder"):
        Runtime(Settings(tmp_path / "state", pack_path=(file,)), Events())
    assert not (tmp_path / "state").exists()
