# SPDX-License-Identifier: Apache-2.0
"""New drivers: in every language, for every source and feature, they pass lint and answer at once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from hpa_discovery.drivers.trial import Trial, Tried
from hpa_discovery.errors import DataError, PackError, UsageError
from hpa_discovery.language.yaml_reader import read_yaml
from hpa_discovery.packs.contracts import load_vocabulary
from hpa_discovery.packs.found_drivers import driver_at
from hpa_discovery.packs.lint import lint_paths
from hpa_discovery.packs.scaffold import new_pack
from hpa_discovery.packs.scaffold_driver import LANGUAGES, Language, new_driver
from hpa_discovery.packs.scaffold_listing import with_driver
from hpa_discovery.packs.scaffold_values import PLACES

FEATURES = ["pciePassthrough", "numa", "localStorage", "instructionSetExtensions", "ovsDpdk", "emulatorThreads"]
# To Go the other kinds are the same, and building takes long.
OF_GO = ["localStorage", "instructionSetExtensions"]
KINDS = [(language, feature) for language in LANGUAGES for feature in (OF_GO if language == "go" else FEATURES)]


def needs(language: Language) -> None:
    """Go is there in CI, and elsewhere where somebody installed it."""
    if language == "go" and shutil.which("go") is None and not os.environ.get("CI"):
        pytest.skip("Go is not installed: apt-get install golang-go")


def made(folder: Path, language: Language, source: str = "openstack.flavor", feature: str | None = None) -> Path:
    """The folder of a new driver in a new pack, built where it must be."""
    needs(language)
    new_pack("acme.nic", folder, source=source, feature=feature)
    own = new_driver("acme.nic/smart-cards", folder, language=language)[0].parent
    if language == "go":
        subprocess.run(["make", "-s", "-C", own], check=True, env={**os.environ, "GOFLAGS": "-mod=mod"})
    return own


def tried(own: Path, **changes: str) -> Tried:
    """What the driver answers about its example, with values put in."""
    subject = json.loads((own / "example.json").read_text())
    for members in (subject.get("extra_specs"), subject.get("metadata", {}).get("labels"), subject.get("Oem")):
        for key in members or ():
            members[key] = changes.get("value", members[key])
    with Trial(driver_at(own)) as trial:
        return trial.ask(subject, {})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("source", PLACES)
def test_a_new_driver_answers(tmp_path: Path, language: Language, source: str) -> None:
    """Lint finds nothing in its pack, and it answers about its example, with the value that stands there."""
    own = made(tmp_path, language, source)
    assert [finding.message for finding in lint_paths([tmp_path / "acme.nic"]).findings] == []
    answer = tried(own).answer
    assert answer is not None
    (capability,) = answer.capabilities
    assert capability.discriminator == "smart-cards"
    assert [(each.key, each.value) for each in capability.attributes] == [("pciCount", "1")]


@pytest.mark.parametrize(("language", "feature"), KINDS)
def test_values_of_every_kind(tmp_path: Path, language: Language, feature: str) -> None:
    """Whole numbers, words, texts, lists and sizes are written as the vocabulary has them."""
    answer = tried(made(tmp_path, language, feature=feature)).answer
    assert answer is not None
    (capability,) = answer.capabilities
    assert capability.feature == feature
    (attribute,) = capability.attributes
    entry = load_vocabulary()[feature]["attributes"][attribute.key]
    assert isinstance(attribute.value, tuple) is (entry["kind"] == "list")
    assert (attribute.unit in entry.get("units", ())) is (entry["kind"] == "size")
    if entry["kind"] == "list":
        assert attribute.value == ("one", "two")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_it_cannot_read_is_unknown(tmp_path: Path, language: Language) -> None:
    """Nothing is guessed: an odd value is an error of the driver, or refused since the attribute is a number."""
    own = made(tmp_path, language)
    odd = 'a "quoted" \\ value'
    answered = tried(own, value=odd)
    assert answered.fault is not None
    assert answered.fault.code == ("driver.refused" if language == "go" else "driver.error")
    with Trial(driver_at(own)) as trial:
        fault = trial.ask({"name": "no such member"}, {}).fault
        assert fault is not None
        assert fault.code == "driver.error"


def test_go_is_as_gofmt_wants_it(tmp_path: Path) -> None:
    """With and without lists."""
    for feature in ("pciePassthrough", "instructionSetExtensions"):
        own = made(tmp_path / feature, "go", feature=feature)
        assert subprocess.run(["gofmt", "-l", own], capture_output=True, check=True).stdout == b""


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """A second driver of the name is refused, and pack.yaml stays as it is."""
    own = made(tmp_path, "python")
    before = (tmp_path / "acme.nic/pack.yaml").read_text()
    (own / "driver.yaml").unlink()
    with pytest.raises((DataError, PackError)):
        new_driver("acme.nic/smart-cards", tmp_path)
    assert (tmp_path / "acme.nic/pack.yaml").read_text() == before
    assert not (own / "driver.yaml").exists()


@pytest.mark.parametrize(
    "target", ["", "cards", "acme.nic/", "/cards", "acme.nic/Cards", "acme.nic/a.b", "acme.nic/../x"]
)
def test_a_driver_name_is_checked(tmp_path: Path, target: str) -> None:
    """A driver is PACK/NAME."""
    new_pack("acme.nic", tmp_path)
    with pytest.raises(UsageError, match="PACK/NAME"):
        new_driver(target, tmp_path)


@pytest.mark.parametrize("name", ["json", "1-slot", "class", "none"])
def test_names_that_mean_something_to_python(tmp_path: Path, name: str) -> None:
    """Words of Python and modules of its own are no trouble."""
    new_pack("acme.nic", tmp_path)
    own = new_driver(f"acme.nic/{name}", tmp_path)[0].parent
    assert tried(own).answer is not None


def test_wrong_sources_and_features(tmp_path: Path) -> None:
    """The message says what the pack allows."""
    new_pack("acme.nic", tmp_path)
    with pytest.raises(UsageError, match=r"provides\.features"):
        new_driver("acme.nic/cards", tmp_path, feature="gpu")
    with pytest.raises(UsageError, match=r"requires\.sources"):
        new_driver("acme.nic/cards", tmp_path, source="kubernetes.node")
    with pytest.raises(UsageError, match="no pack acme"):
        new_driver("acme.cpu/cards", tmp_path)


HEAD = "metadata: {namespace: a}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (HEAD, f"{HEAD}requires:\n  drivers: [a/new]\n"),
        (f"requires:\n  sources: [x]\n{HEAD}", f"requires:\n  drivers: [a/new]\n  sources: [x]\n{HEAD}"),
        (
            f"requires:  # what it needs\n  # the oldest\n    engine: '1'\n{HEAD}",
            f"requires:  # what it needs\n  # the oldest\n    drivers: [a/new]\n    engine: '1'\n{HEAD}",
        ),
        (f"requires: {{engine: '1'}}  # one\n{HEAD}", f"requires: {{engine: '1', drivers: [a/new]}}  # one\n{HEAD}"),
        (f"requires:\n  drivers: [a/one, a/two]\n{HEAD}", f"requires:\n  drivers: [a/one, a/two, a/new]\n{HEAD}"),
        (f"requires:\n  drivers: []\n{HEAD}", f"requires:\n  drivers: [a/new]\n{HEAD}"),
    ],
)
def test_pack_yaml_is_changed_in_one_place(before: str, after: str) -> None:
    """The driver is listed, and all else stays as its author wrote it."""
    assert with_driver(before, "a/new") == after


@pytest.mark.parametrize(
    "before",
    [
        f"requires:\n  drivers:\n    - a/one\n    - a/two\n{HEAD}",
        f"requires:\n  engine: '1'\n  drivers:  # code\n  - a/one\n{HEAD}",
    ],
)
def test_a_list_of_lines(before: str) -> None:
    """The driver is one of the lines."""
    document = read_yaml(with_driver(before, "a/new").encode(), "pack.yaml")
    assert document.findings == ()
    assert set(document.value["requires"]["drivers"]) >= {"a/one", "a/new"}


def test_a_pack_yaml_that_cannot_be_changed() -> None:
    """It is left alone, and the message says what to write."""
    with pytest.raises(DataError, match=r"write requires: \{drivers: \[a/new\]\} there"):
        with_driver(f"requires: {{\n  engine: '1',\n  sources: [x]\n}}\n{HEAD}", "a/new")
