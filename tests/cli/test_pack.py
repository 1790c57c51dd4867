# SPDX-License-Identifier: Apache-2.0
"""`hpa pack build`, `show`, `configmap` and `diff`: what they print, and their exit codes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from cli.running import hpa
from packs.publishing.pack_folders import add_driver, built, change, make_pack


@pytest.fixture
def pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new pack in the working folder; the state directory is empty."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HPA_STATE_DIR", str(tmp_path / "state"))
    return make_pack(tmp_path)


def test_build_prints_the_wheel(pack: Path) -> None:
    """Standard output is the path of the wheel; what is not published stands on standard error."""
    (pack / "notes.txt").write_text("")
    ran = hpa("pack", "build", pack)
    assert (ran.code, ran.out) == (0, "dist/onap_device_driver_acme_nic-0.1.0-py3-none-any.whl\n")
    assert ran.err == "not published: notes.txt\n"


def test_build_tells_of_failing_cases(pack: Path) -> None:
    """Cases that fail are told as hpa test tells them, and the exit code is 1."""
    change(pack, "architecture: generic", "architecture: other", "device.yaml")
    ran = hpa("pack", "build", pack)
    assert (ran.code, ran.out) == (1, "")
    assert "acme.nic/device: there\n  pciePassthrough" in ran.err
    assert "error: building a wheel: 1 of 3 cases of acme.nic fail, so nothing is made" in ran.err


def test_build_tells_of_findings(pack: Path) -> None:
    """A pack with errors is refused with the findings, and a warning of lint is told and no reason to refuse."""
    change(pack, "provides:", "params: {unused: {default: 1}}\nprovides:")
    ran = hpa("pack", "build", pack)
    assert (ran.code, "warning pack.unused" in ran.err) == (0, True)
    change(pack, "kind: Rule", "kind: Rull", "device.yaml")
    ran = hpa("pack", "build", pack)
    assert ran.code == 1
    assert "device.yaml:3" in ran.err
    assert "has errors, so nothing is made" in ran.err


def test_show_is_the_same_for_a_folder_and_its_wheel(pack: Path) -> None:
    """All that is told of a pack is in its wheel, with the digests of its drivers."""
    add_driver(pack)
    wheel = hpa("pack", "build", pack).out.strip()
    told = [json.loads(hpa("pack", "show", given, "-o", "json").out) for given in (pack, wheel)]
    assert (told[0].pop("origin"), told[1].pop("origin")) == ("folder", "wheel")
    assert (told[0].pop("from"), told[1].pop("from")) == (str(pack), wheel)
    assert told[0] == told[1]
    assert told[0]["rules"] == [
        {
            "rule": "acme.nic/device",
            "title": "Device",
            "maturity": "sandbox",
            "source": "openstack.flavor",
            "feature": "pciePassthrough",
            "cases": 3,
        }
    ]
    (driver,) = told[0]["drivers"]
    assert (driver["driver"], len(driver["digest"]), driver["allowed"]) == ("acme.nic/asic", 64, False)


def test_show_knows_what_may_run(pack: Path) -> None:
    """A driver that was allowed is shown as that."""
    add_driver(pack)
    (driver,) = json.loads(hpa("pack", "show", pack, "-o", "json").out)["drivers"]
    given = ("--digest", driver["digest"], "--pack-path", pack)
    assert hpa("driver", "allow", "acme.nic/asic", *given).code == 0
    assert f"    digest    {driver['digest']}, allowed\n" in hpa("pack", "show", pack).out


def test_show_for_people(pack: Path) -> None:
    """A bundled pack by its name, with rules, parameters and tables."""
    ran = hpa("pack", "show", "onap.openstack")
    assert ran.code == 0
    assert "  published   onap-device-driver-onap-openstack, Apache-2.0\n" in ran.out
    assert "  parameter   architecture = 'generic': The architecture of every capability." in ran.out
    assert "  rule        onap.openstack/numa: " in ran.out
    assert "  table       cpu_features, " in ran.out


def test_show_of_a_pack_with_errors(pack: Path) -> None:
    """What could be read of it is shown, with how many errors there are, and the exit code is 1."""
    change(pack, "minimum: 1", "minimum: one", "device.yaml")
    ran = hpa("pack", "show", pack)
    assert ran.code == 1
    assert ran.out.startswith("acme.nic 0.1.0\n")
    assert "error, which hpa lint tells\n" in ran.out
    (pack / "pack.yaml").write_text("what\n")
    ran = hpa("pack", "show", pack)
    assert (ran.code, "cannot be read" in ran.err) == (1, True)


def test_configmap_prints_yaml(pack: Path) -> None:
    """The ConfigMap is on standard output, ready for kubectl, whatever the locale."""
    ran = hpa("pack", "configmap", pack, "--name", "cards")
    assert ran.code == 0
    assert ran.out.startswith("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: cards\ndata:\n")
    assert (ran.out.endswith("\n"), ran.err) == (True, "")


def test_configmap_refuses(pack: Path) -> None:
    """Drivers are data that is wrong for it, a bad name is wrong usage."""
    assert hpa("pack", "configmap", pack, "--name", "No").code == 2
    add_driver(pack)
    ran = hpa("pack", "configmap", pack)
    assert (ran.code, "has drivers" in ran.err) == (1, True)


def _newer(pack: Path) -> Path:
    """A copy of the pack in which a value is allowed no more."""
    new = Path(shutil.copytree(pack, pack.parent / "new"))
    return change(new, "minimum: 1", "minimum: 2", "device.yaml")


def test_diff_says_that_a_step_is_too_small(pack: Path) -> None:
    """The changes are a table, the verdict is the last line, and the exit code is 1 until the version is right."""
    new = _newer(pack)
    ran = hpa("pack", "diff", pack, new)
    assert ran.code == 1
    assert "  major  rule acme.nic/device         the name value allows fewer values\n" in ran.out
    assert "  major  case acme.nic/device: there  lost pciePassthrough v1 generic device:\n" in ran.out
    assert ran.out.endswith("0.1.0 to 0.1.0 is the same version, needed is a major step: too small\n")
    change(new, "version: 0.1.0", "version: 0.2.0")
    ran = hpa("pack", "diff", pack, new)
    assert ran.code == 0
    assert ran.out.endswith("0.1.0 to 0.2.0 is a minor step, needed is a major step: enough\n")


def test_diff_of_nothing(pack: Path) -> None:
    """Equal packs, one of them a wheel, have no changes and need no step."""
    ran = hpa("pack", "diff", built(pack.parent), pack)
    assert ran.code == 0
    assert ran.out == (
        "acme.nic: 0.1.0 to 0.1.0\n  no changes in meaning\n"
        "0.1.0 to 0.1.0 is the same version, needed is no step: enough\n"
    )


def test_diff_over_subjects(pack: Path) -> None:
    """Recorded subjects are told by name, those that cannot be read are counted, and they count for the step."""
    new = _newer(pack)
    subjects = pack.parent / "subjects.jsonl"
    rows = [
        *({"id": str(n), "name": f"f{n}", "extra_specs": {"acme.nic:device": str(n)}} for n in (1, 2)),
        {"id": "3", "name": "plain", "extra_specs": {}},
    ]
    subjects.write_text("".join(f"{json.dumps(row)}\n" for row in rows) + "{broken\n")
    ran = hpa("pack", "diff", pack, new, "--subjects", subjects, "-o", "json")
    told = json.loads(ran.out)
    assert ran.code == 1
    assert told["step"] == {"needed": "major", "taken": "none", "enough": False}
    assert (told["subjects"]["count"], told["subjects"]["unreadable"]) == (4, 1)
    (row,) = told["subjects"]["different"]
    assert row["subject"] == {"id": "1", "name": "f1"}
    assert [(item["how"], item["step"], item["feature"]) for item in row["changes"]] == [
        ("lost", "major", "pciePassthrough")
    ]
    shown = hpa("pack", "diff", pack, new, "--subjects", subjects).out
    assert "f1:\n  major: lost pciePassthrough v1 generic device: let.type" in shown
    assert "1 subject of 4 answered differently\n1 subject could not be read\n" in shown


def test_diff_with_a_context(pack: Path) -> None:
    """The context is that of the subjects, so alone it is wrong usage."""
    (pack.parent / "context.yaml").write_text("vim: {}\n")
    ran = hpa("pack", "diff", pack, pack, "--context", pack.parent / "context.yaml")
    assert (ran.code, "--subjects" in ran.err) == (2, True)


def test_diff_of_a_pack_with_errors(pack: Path) -> None:
    """A version with errors cannot be compared, and its findings are told."""
    new = change(_newer(pack), "kind: Rule", "kind: Rull", "device.yaml")
    ran = hpa("pack", "diff", pack, new)
    assert ran.code == 1
    assert "device.yaml" in ran.err
    assert "has errors, so nobody knows what it means" in ran.err
