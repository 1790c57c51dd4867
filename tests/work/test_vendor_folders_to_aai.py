# SPDX-License-Identifier: Apache-2.0
"""What a vendor does in its folder, and what becomes of it in A&AI: little is written, and nothing goes in doubt."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from packs.live.sites import Vendor, World, world
from work.deployments import Serving

if TYPE_CHECKING:
    from pathlib import Path

    from hpa_discovery.packs.live.keeper import Keeper
    from hpa_discovery.packs.live.state import Live
    from work.deployments import Deployment

NAMES = ("f1", "f2", "f3")
CHANGED = ["DELETE", "PUT"] * len(NAMES)
WRITTEN = ["PUT"] * len(NAMES)
GONE = ["DELETE"] * len(NAMES)


def acme(root: Path) -> Vendor:
    """The vendor whose capabilities stand in A&AI."""
    return Vendor(root / "acme")


class Site:
    """A deployment that is served from a watched folder, and was published once."""

    def __init__(self, folder: Path, deployment: Deployment) -> None:
        self.root = folder / "packs"
        self.deployment = deployment
        acme(self.root).write()
        Vendor(self.root / "beta", "beta.nic", key="beta:nic").write()
        self.world: World = world(folder, self.root)
        self.keeper: Keeper = self.world.started()
        deployment.cloud.add(*NAMES, acme_nic="x")
        self.follow()
        deployment.assert_right()
        deployment.aai.control.forget()

    def follow(self) -> list[str]:
        """Take up what lies there, discover and publish twice; the methods of what was written."""
        self.keeper.step()
        return self.serve(self.keeper.live)

    def serve(self, live: Live) -> list[str]:
        """The same with what served at some time."""
        self.deployment.aai.control.forget()
        self.deployment.serves = Serving(live.digest, live.generation)
        self.deployment.round(2)
        return [each["method"] for each in self.deployment.aai.control.writes()]


@pytest.fixture
def site(tmp_path: Path, deployment: Deployment) -> Site:
    """Two vendors, of which one has something to say of the flavors."""
    return Site(tmp_path, deployment)


def rename(root: Path) -> None:
    """The same rule under another namespace."""
    shutil.rmtree(root / "acme")
    Vendor(root / "other", "other.name").write()


def rival(root: Path, level: str = "vendor", **members: str) -> None:
    """Another vendor answers the same instances, otherwise."""
    Vendor(root / "rival", "rival.nic", level=level, count="9", **members).write()


DOINGS: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "a new version that says the same": (lambda root: acme(root).write(version="2.0.0"), []),
    "another namespace": (rename, []),
    "another folder": (lambda root: (root / "acme").rename(root / "moved"), []),
    "a file that is no YAML": (lambda root: (root / "acme/device.yaml").write_text("{"), []),
    "a test that fails": (lambda root: acme(root).write(count="2", expected="3"), []),
    "half of its files": (lambda root: (root / "acme/device.yaml").unlink(), []),
    "all folders are gone": (lambda root: [shutil.rmtree(each) for each in root.iterdir()], []),
    "the root is gone": (lambda root: root.rename(root.with_name("away")), []),
    "a second pack of its name": (lambda root: Vendor(root / "twice", count="5").write(), []),
    "an equal contradicts": (rival, []),
    "an equal says the same": (lambda root: Vendor(root / "same", "same.nic").write(), []),
    "a site takes over": (lambda root: rival(root, "site"), CHANGED),
    "a new text": (lambda root: acme(root).write(count="2"), CHANGED),
    "another feature": (lambda root: acme(root).write(feature="sriovNICNetwork"), [*WRITTEN, *GONE]),
    "another key": (lambda root: acme(root).write(key="acme:none"), GONE),
    "its folder is gone": (lambda root: shutil.rmtree(root / "acme"), GONE),
}


@pytest.mark.parametrize("name", DOINGS)
def test_what_a_vendor_does(site: Site, name: str) -> None:
    """Only what differs is written; what cannot be taken up changes nothing. When it is undone, A&AI is as before."""
    does, methods = DOINGS[name]
    kept = site.root.with_name("kept")
    shutil.copytree(site.root, kept)

    does(site.root)
    assert sorted(site.follow()) == sorted(methods)

    shutil.rmtree(site.root, ignore_errors=True)
    shutil.copytree(kept, site.root)
    back = site.follow()
    assert sorted(back) == sorted({"another key": WRITTEN, "its folder is gone": WRITTEN}.get(name, methods))
    site.deployment.assert_right()
    assert site.deployment.alarms() == {}
    assert site.follow() == []


def test_a_rollback_brings_back_what_was_said_then(site: Site) -> None:
    """One change each; and when what lies there serves again, another one."""
    before = site.keeper.live
    acme(site.root).write(count="2", version="2.0.0")
    assert site.follow() == CHANGED
    assert site.serve(before) == CHANGED
    assert site.serve(before) == []
    assert site.follow() == CHANGED
    site.deployment.assert_right()
