# SPDX-License-Identifier: Apache-2.0
"""A pack is good and new, and the machine cannot take it up: status and metrics say so, as the log does."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from service import daemon
from service.asking import Asking, asking
from service.runtimes import Deployment, counts, until


def problems(client: Asking) -> dict[str, Any]:
    """What GET /v1/packs says is in the way."""
    found: dict[str, Any] = client.ask("GET", "/v1/packs").json()["problems"]
    return found


def reload_is_fine(client: Asking) -> bool:
    """What Prometheus is told."""
    return "hpa_last_reload_successful 1.0" in client.ask("GET", "/metrics").text


def test_a_disk_that_takes_nothing_is_told_until_it_does(deployment: Deployment) -> None:
    """What served goes on, and neither a person nor an alert takes it for the newest."""
    with deployment.running() as runtime, asking(runtime) as client:
        assert (problems(client), reload_is_fine(client)) == ({}, True)
        spool = deployment.state_dir / "packs"
        with runtime.keeper._stepping:  # a look would lay the packs out again
            shutil.rmtree(spool)
            spool.write_text("", encoding="utf-8")
        deployment.vendor.write(count="2")
        until(lambda: problems(client))
        assert str(spool) in problems(client)["taking up packs"]
        assert (counts(runtime), reload_is_fine(client)) == (["1"], False)
        spool.unlink()
        until(lambda: counts(runtime) == ["2"])
        until(lambda: not problems(client))
        assert reload_is_fine(client)


def test_a_pack_that_cannot_say_its_name_is_told_by_its_folder(tmp_path: Path) -> None:
    """In the log as on standard output; nothing of it serves, so there is no other name."""
    folder = tmp_path / "packs" / "new"
    folder.mkdir(parents=True)
    (folder / "pack.yaml").write_text("kind: [\n", encoding="utf-8")
    with daemon.running(tmp_path / "state", "--pack-path", tmp_path / "packs") as service:
        [ready] = service.events("service.ready")
        assert ready["not_serving"] == [f"pack {folder} is held"]
        assert service.told()["held"] == f"pack {folder}: 1 finding"
