# SPDX-License-Identifier: Apache-2.0
"""Scaffolds: new packs and rules that pass every check, and CI jobs that find what is wrong."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

import hpa_discovery
from hpa_discovery.errors import DataError, PackError, UsageError
from hpa_discovery.packs.cases import run_cases
from hpa_discovery.packs.contracts import load_vocabulary
from hpa_discovery.packs.coverage import measure
from hpa_discovery.packs.lint import lint_paths
from hpa_discovery.packs.load import load_pack
from hpa_discovery.packs.mutation import mutate
from hpa_discovery.packs.scaffold import new_pack, new_rule
from hpa_discovery.packs.scaffold_values import PLACES

JOBS = (".github/workflows/hpa.yml", ".gitlab-ci.yml", ".zuul/hpa.yaml")


def complaints(root: Path) -> list[str]:
    """Whatever lint, tests, coverage and mutation say of a pack; findings by their code."""
    loaded = load_pack(root, tests=True)
    said = [finding.code for finding in lint_paths([root]).findings]
    said += [line for result in run_cases(loaded).failed for line in result.lines()]
    return said + [str(gap) for gap in measure(loaded).gaps] + [str(found) for found in mutate(loaded).survivors]


@pytest.mark.parametrize("source", PLACES)
def test_a_new_pack_passes_everything(tmp_path: Path, source: str) -> None:
    """A scaffold, for any source, is clean in lint, tests, coverage and mutation, and so is a further rule."""
    written = new_pack("acme.nic", tmp_path, source=source)
    written += new_rule("acme.nic/smart-nic", tmp_path)

    assert complaints(tmp_path / "acme.nic") == []
    names = {path.relative_to(tmp_path / "acme.nic").as_posix() for path in written}
    assert {"pack.yaml", "device.yaml", "device.test.yaml", "smart-nic.yaml", "README.md", *JOBS} <= names


@pytest.mark.parametrize("feature", [*load_vocabulary(), "acmeWidget"])
def test_every_feature_can_be_started_with(tmp_path: Path, feature: str) -> None:
    """A scaffold of any feature passes; lint only warns of one that the vocabulary does not know."""
    new_pack("acme", tmp_path, feature=feature)

    assert complaints(tmp_path / "acme") == ([] if feature in load_vocabulary() else ["vocabulary.free"])


def test_editors_find_the_schema_of_each_file(tmp_path: Path) -> None:
    """The first line of each YAML file names a schema that is there and accepts the file."""
    new_pack("acme.nic", tmp_path)
    root = tmp_path / "acme.nic"
    for file in root.glob("[a-z]*.yaml"):
        first, rest = file.read_text().split("\n", 1)
        mark, _, reference = first.partition("$schema=")
        assert mark == "# yaml-language-server: "
        schema = json.loads((file.parent / reference).read_text())
        assert list(Draft202012Validator(schema).iter_errors(yaml.safe_load(rest))) == []


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """Where one file is there already, the error names it and no file is written."""
    new_pack("acme.nic", tmp_path)
    (tmp_path / "acme.nic/pack.yaml").unlink()
    (tmp_path / "acme.nic/device.yaml").write_text("mine\n")

    with pytest.raises(DataError, match=r"device\.yaml.* already there; nothing was written"):
        new_pack("acme.nic", tmp_path)

    assert not (tmp_path / "acme.nic/pack.yaml").exists()
    assert (tmp_path / "acme.nic/device.yaml").read_text() == "mine\n"


@pytest.mark.parametrize("name", ["", "Acme", "acme/nic", "../acme", "acme nic", "acme.", "acme..nic", "a" * 101, "ä"])
def test_a_pack_name_is_checked(tmp_path: Path, name: str) -> None:
    """What can be no namespace is wrong usage, and nothing is written."""
    with pytest.raises(UsageError, match="lower-case words"):
        new_pack(name, tmp_path)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("target", ["", "rule", "acme.nic/", "/rule", "acme.nic/Rule", "acme.nic/a.b", "acme.nic/../x"])
def test_a_rule_name_is_checked(tmp_path: Path, target: str) -> None:
    """A rule is PACK/NAME."""
    new_pack("acme.nic", tmp_path)

    with pytest.raises(UsageError, match="PACK/NAME"):
        new_rule(target, tmp_path)


def test_wrong_sources_and_features_are_told(tmp_path: Path) -> None:
    """Errors name what is allowed, or the line of pack.yaml to change."""
    with pytest.raises(UsageError, match=r"openstack\.flavor, kubernetes\.node"):
        new_pack("acme.nic", tmp_path, source="vmware.host")
    with pytest.raises(UsageError, match="no pack acme"):
        new_rule("acme.nic/rule", tmp_path)
    new_pack("acme.nic", tmp_path)
    with pytest.raises(UsageError, match=r"provides\.features"):
        new_rule("acme.nic/rule", tmp_path, feature="gpu")
    with pytest.raises(UsageError, match=r"requires\.sources"):
        new_rule("acme.nic/rule", tmp_path, source="kubernetes.node")


def test_a_rule_goes_into_the_pack_at_hand(tmp_path: Path) -> None:
    """Inside the pack's own folder the pack is found too; a pack with errors gets no rule."""
    new_pack("acme.nic", tmp_path)
    root = tmp_path / "acme.nic"
    assert root / "one.yaml" in new_rule("acme.nic/one", root)

    (root / "device.yaml").write_text("kind: [")
    with pytest.raises(PackError) as caught:
        new_rule("acme.nic/two", root)
    assert caught.value.findings


@pytest.fixture
def hpa(tmp_path: Path) -> dict[str, str]:
    """An environment in which `hpa` is this checkout's."""
    folder = tmp_path / "bin"
    folder.mkdir()
    command = folder / "hpa"
    engine = Path(hpa_discovery.__file__).parents[1]
    python = f"PYTHONPATH={shlex.quote(str(engine))} exec {shlex.quote(sys.executable)}"
    command.write_text(f'#!/bin/sh\n{python} -m hpa_discovery.cli "$@"\n')
    command.chmod(0o755)
    return {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}


def commands(root: Path, file: str) -> list[str]:
    """The commands of a CI job that call hpa, read out of its file."""
    value = yaml.safe_load((root / file).read_text())
    found = [text.strip() for text in _texts(value)]
    return [text for text in found if text.startswith("hpa ") and "\n" not in text]


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for key in value for text in _texts(value[key])]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return [value] if isinstance(value, str) else []


BAD = [
    pytest.param(("device.yaml", "path: to_int(", "path: to_integer("), "lint", id="unknown function"),
    pytest.param(("device.test.yaml", 'pciCount: {value: "1"}', 'pciCount: {value: "2"}'), "test", id="wrong case"),
    pytest.param(
        (
            "device.yaml",
            "  when: {var: value, present: true}",
            "  when: {any: [{var: value, present: true}, {var: value, equals: 7}]}",
        ),
        "test",
        id="not covered",
    ),
]


@pytest.mark.parametrize("file", JOBS)
def test_ci_jobs_pass_a_good_pack(tmp_path: Path, hpa: dict[str, str], file: str) -> None:
    """Every job runs lint, then tests with coverage, and builds the wheel, and all of it passes."""
    new_pack("acme.nic", tmp_path)
    root = tmp_path / "acme.nic"
    found = commands(root, file)

    assert [command.split()[1] for command in found] == ["lint", "test", "pack"]
    assert "--coverage" in found[1]
    for command in found:
        ran = subprocess.run(shlex.split(command), cwd=root, env=hpa, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr
    assert list((root / "dist").glob("*.whl"))


def test_the_readme_of_a_new_pack_tells_how_to_publish_it(tmp_path: Path, hpa: dict[str, str]) -> None:
    """Every command of the README runs as it stands, but for the installation; building twice changes nothing."""
    new_pack("acme.nic", tmp_path)
    root = tmp_path / "acme.nic"
    shown = re.findall(r"^hpa .*$", (root / "README.md").read_text(), re.MULTILINE)
    assert [line.split()[1] for line in shown] == ["lint", "test", "new", "pack", "pack"]
    for line in [*shown[:3], shown[3], *shown[3:]]:
        ran = subprocess.run(["sh", "-c", line], cwd=root, env=hpa, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert "not published" not in ran.stderr


@pytest.mark.parametrize(("change", "verb"), BAD)
@pytest.mark.parametrize("file", JOBS)
def test_ci_jobs_fail_a_bad_pack(
    tmp_path: Path, hpa: dict[str, str], file: str, change: tuple[str, str, str], verb: str
) -> None:
    """Each job fails, with exit code 1, at the command that has to find the fault."""
    name, old, new = change
    new_pack("acme.nic", tmp_path)
    root = tmp_path / "acme.nic"
    text = (root / name).read_text()
    assert text.count(old) == 1
    (root / name).write_text(text.replace(old, new))

    (command,) = (command for command in commands(root, file) if command.split()[1] == verb)
    ran = subprocess.run(shlex.split(command), cwd=root, env=hpa, capture_output=True, text=True, check=False)
    assert ran.returncode == 1, ran.stdout
    assert "Traceback" not in ran.stderr
    assert name.split(".", maxsplit=1)[0] in ran.stdout + ran.stderr


def test_zuul_runs_the_playbook_that_is_there(tmp_path: Path) -> None:
    """The Zuul job names its playbook, and the project runs the job."""
    new_pack("acme.nic", tmp_path)
    job, project = yaml.safe_load((tmp_path / "acme.nic/.zuul.yaml").read_text())

    assert (tmp_path / "acme.nic" / job["job"]["run"]).is_file()
    assert project["project"]["check"]["jobs"] == [job["job"]["name"]]
