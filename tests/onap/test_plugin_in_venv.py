# SPDX-License-Identifier: Apache-2.0
"""ONAP's plugin as stevedore loads it from the built wheel, in virtual environments of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from onap.onap_inputs import PASSWORD, data
from onap.plugin_venvs import PluginVenv
from packs.publishing.pack_folders import built, install, pip

OURS = "hpa_discovery.embedded.onap:HPADiscovery"
PACKS = Path(__file__).parents[1] / "cli" / "packs"
ACME = "onap-device-driver-acme-nic"
WORKING_RIVAL = {
    "acme_plugin.py": "class Plugin:\n    pass\n",
    "acme_plugin-1.2.dist-info/METADATA": "Metadata-Version: 2.1\nName: acme-plugin\nVersion: 1.2\n",
    "acme_plugin-1.2.dist-info/entry_points.txt": "[hpa.discovery]\ndiscovery = acme_plugin:Plugin\n",
    "acme_plugin-1.2.dist-info/RECORD": "",
}


def features(answer: list[dict[str, str]]) -> list[str]:
    """The features of an answer."""
    return [capability["hpa-feature"] for capability in answer]


@pytest.mark.parametrize("manager", ["driver", "extension"])
def test_stevedore_loads_the_plugin_and_it_answers(alone: PluginVenv, manager: str) -> None:
    """By group `hpa.discovery` and name `discovery`, and nothing is wrong."""
    said = alone.ask(data({"hw:cpu_policy": "dedicated"}), manager=manager)

    assert said.answer["classes"] == [OURS]
    assert features(said.answer["answers"][0]) == ["basicCapabilities", "cpuPinning", "localStorage", "ovsDpdk"]
    assert (said.answer["issues"], said.log) == ([], "")


def test_what_cannot_be_answered_is_logged_and_called_back(alone: PluginVenv) -> None:
    """An empty list, one log line, one call; the next flavor is answered."""
    said = alone.ask(data(extra_specs="none"), data())

    assert said.answer["answers"][0] == []
    assert features(said.answer["answers"][1]) == ["basicCapabilities", "localStorage", "ovsDpdk"]
    assert [code for code, _, _ in said.answer["issues"]] == ["onap.extra_specs"]
    assert said.log.startswith("ERROR hpa_discovery.onap onap.extra_specs: ")
    assert said.log.count("\n") == 1
    assert PASSWORD not in said.log + str(said.answer)


def test_the_environment_chooses_the_packs(alone: PluginVenv) -> None:
    """HPA_PACKS names the packs in force, HPA_PACK_PATH folders with more."""
    asked = data({"acme:crypto_cards": "2"})
    compat = alone.ask(asked, HPA_PACKS="onap.openstack-compat")
    assert [each["architecture"] for each in compat.answer["answers"][0]] == ["generic", "generic", "Intel64"]

    with_more = alone.ask(asked, HPA_PACK_PATH=str(PACKS))
    assert "acmeCrypto" in features(with_more.answer["answers"][0])


def test_ids_are_the_same_in_every_process(alone: PluginVenv) -> None:
    """A&AI is not rewritten on every run."""
    first, second = (alone.ask(data()).answer["answers"] for _ in range(2))
    assert first == second


def test_packs_of_installed_wheels_answer(wheel: Path, tmp_path: Path) -> None:
    """To install a vendor's wheel is all it takes, and to uninstall it takes it back."""
    venv = PluginVenv(tmp_path / "venv", wheel, ["stevedore"])
    asked = data({"acme.nic:device": "4"})
    assert "pciePassthrough" not in features(venv.ask(asked).answer["answers"][0])
    install(venv.python, built(tmp_path))
    assert "pciePassthrough" in features(venv.ask(asked).answer["answers"][0])

    (venv.site / "onap_device_driver_acme_nic" / "device.yaml").write_text("kind: Rule\n", "utf-8")
    broken = venv.ask(asked)
    assert features(broken.answer["answers"][0]) == ["basicCapabilities", "localStorage", "ovsDpdk"]
    assert [code for code, _, _ in broken.answer["issues"]] == ["wheel.refused"]
    assert broken.log.count("wheel.refused") == 1

    pip(venv.python, "uninstall", "--yes", "--quiet", ACME)
    assert "pciePassthrough" not in features(venv.ask(asked).answer["answers"][0])


def test_a_second_package_is_named(beside_theirs: PluginVenv) -> None:
    """ONAP's own package registers the same name; whoever loads all plugins is warned once and answered by ours."""
    said = beside_theirs.ask(data(), data(), manager="extension")

    assert said.answer["classes"] == [OURS]
    assert all(said.answer["answers"])
    warnings = [line for line in said.log.splitlines() if "onap.rival" in line]
    assert len(warnings) == 1
    assert "onaphpadriver 1.0" in warnings[0]
    assert "pip uninstall onaphpadriver" in warnings[0]


def test_beside_the_other_package_a_driver_manager_fails(beside_theirs: PluginVenv) -> None:
    """Its entry point names a class that does not exist, and stevedore gives up: why docs/onap.md says it must go."""
    said = beside_theirs.ask(data())

    assert said.answer == {"error": "AttributeError: module 'hpa.hpa_discovery' has no attribute 'HPA_Discovery'"}


def test_beside_a_package_that_works_both_are_named(wheel: Path, tmp_path: Path) -> None:
    """Then stevedore refuses to choose; our warning says what to uninstall."""
    venv = PluginVenv(tmp_path / "venv", wheel, ["stevedore"])
    for name, text in WORKING_RIVAL.items():
        (venv.site / name).parent.mkdir(exist_ok=True)
        (venv.site / name).write_text(text, "utf-8")

    said = venv.ask(data())

    assert "MultipleMatches" in said.answer["error"]
    assert "acme-plugin 1.2 registers the plugin hpa.discovery discovery too, as acme_plugin:Plugin" in said.log
