# SPDX-License-Identifier: Apache-2.0
"""Which packs are in force for a source."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hpa_discovery.errors import PackError, UsageError
from hpa_discovery.model import Finding
from hpa_discovery.packs.activate import PackFolder, activate, look_at
from hpa_discovery.packs.installed import Installed, InstalledPack
from hpa_discovery.resources import bundled

PACKS = Path(__file__).parent.parent / "cli" / "packs"
DRAFTS = Path(__file__).parent.parent / "rules" / "drafts"


def names(source: str = "openstack.flavor", packs: tuple[str, ...] = (), folders: tuple[Path, ...] = ()) -> list[str]:
    """The namespaces in force."""
    return [pack.namespace for pack in activate(source, packs, folders).packs]


def test_bundled_packs_are_in_force_unless_they_are_optional() -> None:
    """onap.openstack answers by default; what ONAP's driver writes is only for whoever asks."""
    assert names() == ["onap.openstack"]
    assert names(packs=("onap.openstack-compat",)) == ["onap.openstack-compat"]


def test_given_packs_are_in_force_even_when_they_are_optional() -> None:
    """Whoever names a folder wants what is in it."""
    assert names(folders=(PACKS,)) == ["acme.extra", "acme.mini", "onap.openstack"]
    assert names(folders=(PACKS / "acme.extra",)) == ["acme.extra", "onap.openstack"]


def test_names_leave_nothing_else_in_force() -> None:
    """Named packs come from either place."""
    assert names(packs=("acme.mini",), folders=(PACKS,)) == ["acme.mini"]
    assert names(packs=("acme.mini", "onap.openstack"), folders=(PACKS,)) == ["acme.mini", "onap.openstack"]


def test_a_pack_for_another_source_is_not_loaded() -> None:
    """A pack says in `requires` which sources it reads."""
    assert names("kubernetes.node", folders=(PACKS, DRAFTS)) == ["onap.kubernetes"]


def test_a_source_that_no_pack_reads_is_refused() -> None:
    """An answer without capabilities would say that the hardware can do nothing."""
    with pytest.raises(UsageError, match=r"no pack reads kubernetes.node: there are acme.mini \(openstack.flavor\)"):
        names("kubernetes.node", packs=("acme.mini",), folders=(PACKS,))


def test_a_bundled_pack_given_as_a_folder_is_there_once() -> None:
    """Trying out the bundled packs by their path is no conflict of a pack with itself."""
    assert names(folders=(bundled("rules") / "onap.openstack",)) == ["onap.openstack"]


def test_unknown_names_are_refused_with_the_known_ones() -> None:
    """A typo in a namespace or source is wrong usage."""
    with pytest.raises(UsageError, match=r"unknown pack 'acme.min'; known are acme.extra, acme.mini, onap"):
        names(packs=("acme.min",), folders=(PACKS,))
    with pytest.raises(UsageError, match=r"unknown source 'nova'; known are .*openstack.flavor"):
        names("nova")


def test_two_packs_of_one_namespace_are_refused(tmp_path: Path) -> None:
    """Nobody could tell which one answered."""
    for folder in ("one", "two"):
        shutil.copytree(PACKS / "acme.mini", tmp_path / folder)

    with pytest.raises(PackError) as caught:
        names(folders=(tmp_path,))

    assert caught.value.findings


def test_all_refused_packs_are_told_at_once(tmp_path: Path) -> None:
    """The findings of every pack come together."""
    for name in ("acme.mini", "acme.extra"):
        shutil.copytree(PACKS / name, tmp_path / name)
        (tmp_path / name / "broken.yaml").write_text("a: [")

    with pytest.raises(PackError) as caught:
        names(folders=(tmp_path,))

    assert {Path(finding.file).parent.name for finding in caught.value.findings} == {"acme.mini", "acme.extra"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", PackFolder(Path(), "")),
        ("a: [", PackFolder(Path(), "")),
        ("metadata: {namespace: [1]}\nrequires: {sources: openstack}", PackFolder(Path(), "")),
        ("metadata: 1\nrequires: 2\nactivation: 3", PackFolder(Path(), "")),
        ("metadata: {namespace: a.b}\nactivation: optional", PackFolder(Path(), "a.b", True)),
        ("requires: {sources: [openstack.flavor, 7]}", PackFolder(Path(), "", False, ("openstack.flavor",))),
    ],
)
def test_a_pack_is_looked_at_whatever_its_file_says(text: str, expected: PackFolder, tmp_path: Path) -> None:
    """What cannot be read there is left for the loader to refuse."""
    root = tmp_path / "x"
    root.mkdir()
    (root / "pack.yaml").write_text(text)

    found = look_at(root)

    assert (found.namespace, found.optional, found.sources) == (
        expected.namespace,
        expected.optional,
        expected.sources,
    )


def test_a_pack_that_cannot_say_its_name_is_told_when_a_name_is_missing(tmp_path: Path) -> None:
    """Where a wanted pack is unknown and the pack.yaml of one is broken, its findings are the answer."""
    shutil.copytree(PACKS / "acme.mini", tmp_path / "acme.mini")
    (tmp_path / "acme.mini" / "pack.yaml").write_text("metadata: [\n", encoding="utf-8")
    with pytest.raises(PackError) as refused:
        activate("openstack.flavor", ["acme.mini"], [tmp_path])
    assert [finding.code for finding in refused.value.findings] == ["yaml.syntax"]
    assert names(packs=("onap.openstack",), folders=(tmp_path,)) == ["onap.openstack"]
    with pytest.raises(UsageError, match=r"unknown pack 'onap.opnstack'; .* did you mean onap.openstack\?"):
        activate("openstack.flavor", ["onap.opnstack"], [])


def test_an_overlay_for_a_pack_that_is_not_asked_for_is_passed_over(tmp_path: Path) -> None:
    """Overlays of a site are about all of its packs; `--packs` and the source leave some of these out."""
    shutil.copytree(PACKS / "acme.mini", tmp_path / "acme.mini")
    shutil.copytree(DRAFTS / "onap.kubernetes", tmp_path / "onap.kubernetes")
    head = 'apiVersion: hpa-discovery/v1\nkind: Overlay\nmetadata: {id: lab1/site}\ntarget: {version: ">=0", '
    settled = "onConflict: [{source: openstack.flavor, feature: cpuPinning, use: acme.mini, reason: x}]\n"
    (tmp_path / "mini.overlay.yaml").write_text(f"{head}pack: acme.mini}}\n{settled}")
    (tmp_path / "nodes.overlay.yaml").write_text(f"{head}pack: onap.kubernetes}}\n")
    (tmp_path / "compat.overlay.yaml").write_text(f"{head}pack: onap.openstack-compat}}\n")
    with_all = {rule.emit.feature for pack in activate("openstack.flavor").packs for rule in pack.rules}
    alone = activate("openstack.flavor", ["onap.openstack"], [tmp_path]).packs
    assert {rule.emit.feature for pack in alone for rule in pack.rules} == with_all
    assert names("kubernetes.node", folders=(tmp_path,)) == ["onap.kubernetes"]
    (tmp_path / "nodes.overlay.yaml").write_text(f"{head}pack: onap.kubernets}}\n")
    with pytest.raises(PackError) as refused:
        activate("openstack.flavor", ["onap.openstack"], [tmp_path])
    assert [finding.code for finding in refused.value.findings] == ["overlay.pack"]


def _wheel(root: Path) -> InstalledPack:
    return InstalledPack(root.name, "1.0", f"wheel-of-{root.name}", root)


def _force(installed: Installed, packs: tuple[str, ...] = (), folders: tuple[Path, ...] = ()) -> list[str]:
    made = activate("openstack.flavor", packs, folders, installed=installed)
    return [pack.namespace for pack in made.packs]


def test_installed_packs_are_in_force_unless_they_are_optional(tmp_path: Path) -> None:
    """The packs of wheels count as the bundled ones do: an optional one is there for whoever names it."""
    optional = Path(shutil.copytree(PACKS / "acme.extra", tmp_path / "acme.extra"))
    text = (optional / "pack.yaml").read_text()
    (optional / "pack.yaml").write_text(text.replace("activation: default", "activation: optional"))
    installed = Installed((_wheel(optional), _wheel(PACKS / "acme.mini")))
    assert _force(installed) == ["acme.mini", "onap.openstack"]
    assert _force(installed, packs=("acme.extra",)) == ["acme.extra"]


def test_a_given_folder_hides_the_installed_pack(tmp_path: Path) -> None:
    """Whoever works on a pack tries the folder, though an earlier version is installed; two are no conflict."""
    work = Path(shutil.copytree(PACKS / "acme.mini", tmp_path / "acme.mini"))
    text = (work / "pack.yaml").read_text()
    (work / "pack.yaml").write_text(text.replace("version: ", "version: 9"))
    installed = Installed((_wheel(PACKS / "acme.mini"),))
    (pack,) = activate("openstack.flavor", ["acme.mini"], [work], installed=installed).packs
    assert pack.version.startswith("9")


def test_an_installed_pack_that_cannot_be_read_is_told() -> None:
    """Its answers would be missing, so nothing is answered, unless others were named or a folder stands in for it."""
    problem = Finding("wheel.unreadable", "error", "RECORD cannot be read", "x.dist-info")
    doubtful = Installed(problems=(problem,), doubtful=frozenset({"acme.mini"}))
    for installed, packs in ((doubtful, ()), (doubtful, ("acme.mini",)), (Installed(problems=(problem,)), ())):
        with pytest.raises(PackError, match="errors in installed wheels") as refused:
            _force(installed, packs)
        assert refused.value.findings == (problem,)
    assert _force(doubtful, packs=("onap.openstack",)) == ["onap.openstack"]
    assert _force(doubtful, folders=(PACKS / "acme.mini",)) == ["acme.mini", "onap.openstack"]
