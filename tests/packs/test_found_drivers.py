# SPDX-License-Identifier: Apache-2.0
"""Which drivers there are: of packs given, installed and bundled, good and faulty, and in a folder of their own."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from hpa_discovery.drivers.folders import digest_of
from hpa_discovery.errors import DataError, PackError, UsageError
from hpa_discovery.packs.found_drivers import driver_at, find_drivers
from hpa_discovery.packs.publishing.build import build_wheel
from hpa_discovery.packs.scaffold import new_pack
from hpa_discovery.packs.scaffold_driver import new_driver
from hpa_discovery.packs.trial_question import TrialQuestions


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The folder of the driver acme.nic/cards."""
    new_pack("acme.nic", tmp_path / "packs")
    return new_driver("acme.nic/cards", tmp_path / "packs")[0].parent


def ids(*folders: Path) -> list[tuple[str, Path]]:
    """The drivers of acme that are found, each with its pack's folder."""
    found = find_drivers(folders).drivers
    return [(item.driver.id, item.root) for item in found if item.driver.id.startswith("acme")]


def test_a_pack_and_a_folder_of_packs(own: Path) -> None:
    """Either finds the driver, once."""
    root = own.parents[1]
    for folders in ([root], [root.parent], [root, root.parent]):
        assert ids(*folders) == [("acme.nic/cards", root)]
    (item,) = find_drivers([root]).named("acme.nic/cards")
    assert (item.namespace, item.version, item.driver.digest) == ("acme.nic", "0.1.0", digest_of(own))


def test_two_packs_of_one_namespace(own: Path, tmp_path: Path) -> None:
    """Both are told, so that each can be allowed by its digest."""
    other = tmp_path / "other"
    shutil.copytree(own.parents[1], other / "acme.nic")
    (other / "acme.nic/drivers/cards/cards_driver.py").write_text("")
    found = find_drivers([own.parents[2], other]).named("acme.nic/cards")
    assert len({item.driver.digest for item in found}) == 2


def test_an_installed_pack(own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wheel of a pack is at hand where it is installed, without a folder being named."""
    wheel = build_wheel(own.parents[1], tmp_path / "dist").path
    site = tmp_path / "site"
    shutil.unpack_archive(wheel, site, "zip")
    assert ids() == []
    monkeypatch.setattr(sys, "path", [*sys.path, str(site)])
    ((name, root),) = ids()
    assert name == "acme.nic/cards"
    assert root.is_relative_to(site)

    (root / "drivers/cards/driver.yaml").unlink()
    assert ids() == []
    assert any(str(site) in problem for problem in find_drivers([]).unread)


def test_a_pack_with_errors(own: Path) -> None:
    """Its drivers are found as far as they can be read; it is named."""
    root = own.parents[1]
    (root / "device.yaml").write_text("kind: [")
    found = find_drivers([root])
    assert [item.driver.id for item in found.drivers] == ["acme.nic/cards"]
    assert found.faulty == (root,)
    (own / "driver.yaml").write_text("kind: [")
    found = find_drivers([root])
    assert (found.drivers, found.faulty) == ((), (root,))
    with pytest.raises(UsageError, match="these packs have errors"):
        found.named("acme.nic/cards")


def test_an_id_that_is_not_there(own: Path) -> None:
    """The nearest is named, else all."""
    found = find_drivers([own.parents[1]])
    with pytest.raises(UsageError, match=r"did you mean acme\.nic/cards\?"):
        found.named("acme.nic/crads")
    with pytest.raises(UsageError, match=r"there are: acme\.nic/cards"):
        found.named("example/gpu")


def test_a_driver_in_a_folder(own: Path) -> None:
    """By its own folder or by its pack's; what else is wrong in the pack does not matter."""
    (own.parents[1] / "pack.yaml").write_text("kind: [")
    assert driver_at(own) == driver_at(own.parents[1])
    assert driver_at(own).id == "acme.nic/cards"
    assert driver_at(own).digest == digest_of(own)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("kind: [", PackError), ("a: 1", PackError), ("kind: Driver\nkind: Driver", PackError), (None, DataError)],
)
def test_a_driver_yaml_that_cannot_be_read(own: Path, text: str | None, kind: type[DataError]) -> None:
    """The findings say what is wrong with it."""
    path = own / "driver.yaml"
    if text is None:
        path.unlink()
        path.symlink_to("/etc/hostname")
    else:
        path.write_text(text)
    with pytest.raises(kind) as caught:
        driver_at(own)
    if isinstance(caught.value, PackError):
        assert all(finding.file.endswith("driver.yaml") for finding in caught.value.findings)
        assert caught.value.findings


def test_what_would_be_asked(own: Path) -> None:
    """Asked where all that it reads is present; the context comes parsed; a bad subject is told and not asked about."""
    questions = TrialQuestions(driver_at(own))
    there = {"name": "f", "extra_specs": {"acme.nic:cards": "1"}}
    context = {"vim": {"cloud_extra_info": '{"a": 1}'}}
    question = questions.of(there, context)
    assert (question.asked, question.problems) == (True, ())
    assert question.context["vim"]["cloud_extra_info"] == {"a": 1}
    assert questions.of({"name": "f", "extra_specs": {}}, {}).asked is False
    question = questions.of(7, {})
    assert (question.asked, [item.code for item in question.problems]) == (False, ["subject.type"])
    assert [item.code for item in questions.of(there, []).problems] == ["context.type"]
