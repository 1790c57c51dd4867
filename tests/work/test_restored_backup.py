# SPDX-License-Identifier: Apache-2.0
"""A backup is restored that is older than what stands in A&AI: the next rounds end right, and nothing foreign goes."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from aai.wishes import REGION, standing
from hpa_discovery.store.opening import open_store

if TYPE_CHECKING:
    from pathlib import Path

    from work.deployments import Deployment

THEIRS = "8d3a4a3c-6a49-4d3e-9b5c-0d4f0a0f9a11"
FOREIGN = {"flavor-name": "theirs", "flavor-selflink": "s"}
Standing = dict[str, dict[str, dict[str, str]]]


def flavor(name: str) -> str:
    """Where a flavor object is."""
    return f"{REGION}/flavors/flavor/{name}"


@contextmanager
def lost_afterwards(deployment: Deployment, folder: Path) -> Iterator[None]:
    """What the database learns in the block is lost with it: then it is the backup from before."""
    _reopen(deployment, folder, lambda: shutil.copy(folder / "hpa.db", folder / "backup.db"))
    yield
    _reopen(deployment, folder, lambda: shutil.copy(folder / "backup.db", folder / "hpa.db"))


def _reopen(deployment: Deployment, folder: Path, meanwhile: Callable[[], object]) -> None:
    deployment.store.close()
    for beside in folder.glob("hpa.db-*"):
        beside.unlink()
    meanwhile()
    deployment.store = open_store(folder, deployment)
    deployment.workplace = deployment.using(store=deployment.store)


def load_foreign(deployment: Deployment) -> None:
    """Others have a flavor, and a capability below one of ours."""
    theirs = (f"{flavor(name)}/hpa-capabilities/hpa-capability/{THEIRS}-{name}" for name in ("theirs", "changes"))
    below = [(uri, {"hpa-feature": "theirs"}) for uri in theirs]
    deployment.aai.control.load([(flavor("theirs"), FOREIGN), *below])


def without_foreign(found: Standing) -> Standing:
    """What stands beside that, which must be whole."""
    assert found.pop("theirs") == {f"{THEIRS}-theirs": {}}
    assert found["changes"].pop(f"{THEIRS}-changes") == {}
    return found


def test_what_was_written_since_the_backup_comes_right(deployment: Deployment, tmp_path: Path) -> None:
    """What came, changed and went since then is as the cloud has it, and a round after that writes nothing."""
    deployment.cloud.add("stays", "changes", "goes", hw_pages="1")
    deployment.round()
    with lost_afterwards(deployment, tmp_path):
        load_foreign(deployment)
        deployment.cloud.add("changes", "comes", hw_pages="2")
        del deployment.cloud.flavors["goes"]
        deployment.round(2)
        right = without_foreign(standing(deployment.aai))
        assert right.keys() == {"stays", "changes", "comes"}
    deployment.aai.control.forget()

    deployment.round(2)

    assert without_foreign(standing(deployment.aai)) == right
    assert not [uri for uri in deployment.deletes() if "/goes" not in uri]
    deployment.aai.control.forget()
    deployment.round()
    assert deployment.aai.control.writes() == []
    assert deployment.alarms() == {}


def test_what_came_after_the_backup_is_ours_again(deployment: Deployment, tmp_path: Path) -> None:
    """Ids are computed, so a capability that is found as it is wanted is ours; the object above it may be anyone's."""
    deployment.cloud.add("stays", "changes", hw_pages="1")
    deployment.round()
    with lost_afterwards(deployment, tmp_path):
        load_foreign(deployment)
        deployment.cloud.add("comes", hw_pages="2")
        deployment.round()
    deployment.round()
    del deployment.cloud.flavors["comes"]
    deployment.round(2)

    left = without_foreign(standing(deployment.aai))
    assert left.pop("comes") == {}
    assert left.keys() == {"stays", "changes"}


def test_what_came_and_went_after_the_backup_stays(deployment: Deployment, tmp_path: Path) -> None:
    """Nothing that is left knows whose it was."""
    deployment.cloud.add("stays", "changes", hw_pages="1")
    deployment.round()
    with lost_afterwards(deployment, tmp_path):
        load_foreign(deployment)
        deployment.cloud.add("comes")
        deployment.round()
        del deployment.cloud.flavors["comes"]
    deployment.round(3)

    left = without_foreign(standing(deployment.aai))
    assert len(left.pop("comes")) == 1
    assert left.keys() == {"stays", "changes"}
    assert deployment.alarms() == {}
