# SPDX-License-Identifier: Apache-2.0
"""Packs of wheels beside the others: a wheel that is wrong is left out and told, and keeps nobody away."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hpa_discovery.discovery.driven import not_asked
from hpa_discovery.discovery.generation import Generation
from hpa_discovery.embedded.wheels import activate_with_wheels
from hpa_discovery.errors import PackError
from hpa_discovery.model import Finding
from hpa_discovery.packs.installed import Installed, InstalledPack
from packs.publishing.pack_folders import change, make_pack

SOURCE = "openstack.flavor"
DRAFTS = Path(__file__).parents[1] / "rules" / "drafts"
OVERLAY = """\
apiVersion: hpa-discovery/v1
kind: Overlay
metadata: {{id: {overlay}}}
target: {{pack: {pack}, version: ">=0"}}
disable:
  - {{rule: {rule}, reason: a test says so}}
"""
PROBLEM = Finding("wheel.unreadable", "error", "it is broken", "somewhere")


def wheel(folder: Path, namespace: str, *, broken: bool = False) -> InstalledPack:
    """A pack as if it came with a wheel."""
    root = make_pack(folder, namespace)
    if broken:
        change(root, "level: vendor", "level: none")
    return InstalledPack(namespace, "1.0", f"onap-device-driver-{namespace}", root)


def activated(*wheels: InstalledPack, names: tuple[str, ...] = (), folders: tuple[Path, ...] = ()) -> Generation:
    """The generation, with nothing left out."""
    generation, problems = activate_with_wheels(SOURCE, names, folders, Installed(wheels), ask=not_asked)
    assert problems == ()
    return generation


def spaces(generation: Generation) -> list[str]:
    """The packs in force."""
    return [pack.namespace for pack in generation.packs]


def test_packs_of_wheels_are_in_force(tmp_path: Path) -> None:
    """Beside the bundled ones; with names only where they are named."""
    one, two = wheel(tmp_path, "acme.one"), wheel(tmp_path, "acme.two")
    assert spaces(activated(one, two)) == ["acme.one", "acme.two", "onap.openstack"]
    assert spaces(activated(one, two, names=("acme.two",))) == ["acme.two"]


def test_a_wheel_with_errors_is_left_out(tmp_path: Path) -> None:
    """The finding says which wheel, and where the error is."""
    good, bad = wheel(tmp_path, "acme.good"), wheel(tmp_path, "acme.bad", broken=True)
    generation, problems = activate_with_wheels(SOURCE, (), (), Installed((good, bad), (PROBLEM,)), ask=not_asked)
    assert spaces(generation) == ["acme.good", "onap.openstack"]
    assert [problem.code for problem in problems] == ["wheel.unreadable", "wheel.refused"]
    assert "the pack acme.bad of onap-device-driver-acme.bad 1.0 is left out: schema: " in problems[1].message
    assert problems[1].file.endswith("acme.bad/pack.yaml")
    assert problems[1].line > 0


def test_a_wheel_that_is_named_must_be_right(tmp_path: Path) -> None:
    """Who names its pack does not want an answer without it; the same for one that cannot be read."""
    bad = wheel(tmp_path, "acme.bad", broken=True)
    for installed in (Installed((bad,)), Installed((), (PROBLEM,), frozenset({"acme.bad"}))):
        with pytest.raises(PackError) as caught:
            activate_with_wheels(SOURCE, ("acme.bad",), (), installed, ask=not_asked)
        assert caught.value.findings


def test_a_given_folder_hides_the_wheel_of_its_namespace(tmp_path: Path) -> None:
    """As on the command line: who works on the next version of an installed pack asks that one."""
    (tmp_path / "given").mkdir()
    given = make_pack(tmp_path / "given", "acme.one", "0.2.0")
    generation = activated(wheel(tmp_path, "acme.one"), folders=(given,))
    assert {pack.namespace: pack.version for pack in generation.packs}["acme.one"] == "0.2.0"


def test_overlays_may_name_what_is_left_out(tmp_path: Path) -> None:
    """A site's overlay for one wheel keeps no other away, whether that wheel comes later, is wrong or is unreadable."""
    good, bad, late = (wheel(tmp_path, f"acme.{name}", broken=name == "bad") for name in ("a", "bad", "late"))
    site = tmp_path / "site"
    site.mkdir()
    for name in ("bad", "late", "unreadable"):
        text = OVERLAY.format(overlay=f"site/{name}", pack=f"acme.{name}", rule=f"acme.{name}/device")
        (site / f"{name}.overlay.yaml").write_text(text, "utf-8")
    installed = Installed((good, bad, late), (PROBLEM,), frozenset({"acme.unreadable"}))
    generation, problems = activate_with_wheels(SOURCE, (), (site,), installed, ask=not_asked)
    assert spaces(generation) == ["acme.a", "acme.late", "onap.openstack"]
    assert [problem.code for problem in problems] == ["wheel.unreadable", "wheel.refused"]


def test_of_two_that_contradict_each_other_the_first_answers(tmp_path: Path) -> None:
    """Each is right by itself; the other one is left out."""
    wheels = [wheel(tmp_path, "acme.one"), wheel(tmp_path, "acme.two")]
    for each in wheels:
        change(each.root, "pciePassthrough", "ovsDpdk")
        for file in each.root.glob("device*.yaml"):
            text = file.read_text("utf-8").replace("pciePassthrough", "ovsDpdk")
            file.write_text(text.replace("pciCount", "dataProcessingAccelerationLibrary"), "utf-8")
    site = tmp_path / "site"
    site.mkdir()
    text = OVERLAY.format(overlay="site/one", pack="onap.openstack", rule="onap.openstack/ovs-dpdk")
    (site / "one.overlay.yaml").write_text(text, "utf-8")
    generation, problems = activate_with_wheels(SOURCE, (), (site,), Installed(tuple(wheels)), ask=not_asked)
    assert spaces(generation) == ["acme.one", "onap.openstack"]
    assert [problem.message.split()[2] for problem in problems] == ["acme.two"]


def test_an_optional_pack_waits_to_be_named(tmp_path: Path) -> None:
    """To install its wheel does not put it in force, here as everywhere."""
    optional = wheel(tmp_path, "acme.extra")
    change(optional.root, "activation: default", "activation: optional")
    assert spaces(activated(optional)) == ["onap.openstack"]
    assert spaces(activated(optional, names=("acme.extra",))) == ["acme.extra"]


def test_an_overlay_in_a_wheel_changes_nothing(tmp_path: Path) -> None:
    """Overlays are the site's own: what a vendor ships beside its rules is for people to copy."""
    vendor = wheel(tmp_path, "acme.one")
    text = OVERLAY.format(overlay="acme.one/quiet", pack="onap.openstack", rule="onap.openstack/cpu-pinning")
    (vendor.root / "quiet.overlay.yaml").write_text(text, "utf-8")
    rules = [rule.id for pack in activated(vendor).packs for rule in pack.rules]
    assert "onap.openstack/cpu-pinning" in rules


def test_a_wheel_for_another_source_does_no_harm(tmp_path: Path) -> None:
    """It is no fault that it says nothing about Kubernetes nodes."""
    other, bad = wheel(tmp_path, "acme.other"), wheel(tmp_path, "acme.bad", broken=True)
    change(bad.root, "openstack.flavor", "kubernetes.node")
    shutil.copytree(DRAFTS / "onap.kubernetes", tmp_path / "nodes")
    change(tmp_path / "nodes", "activation: optional", "activation: default")
    nodes = InstalledPack("onap.kubernetes", "1.0", "onap-kubernetes", tmp_path / "nodes")
    installed = Installed((other, bad, nodes))
    generation, problems = activate_with_wheels("kubernetes.node", (), (), installed, ask=not_asked)
    assert spaces(generation) == ["onap.kubernetes"]
    assert [problem.code for problem in problems] == ["wheel.refused"]


def test_errors_in_given_folders_are_raised(tmp_path: Path) -> None:
    """A wheel is not to blame for them."""
    bad = wheel(tmp_path, "acme.bad", broken=True)
    for wheels in ((), (wheel(tmp_path, "acme.good"),)):
        with pytest.raises(PackError, match=r"acme\.bad"):
            activate_with_wheels(SOURCE, (), (bad.root,), Installed(wheels), ask=not_asked)
