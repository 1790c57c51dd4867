# SPDX-License-Identifier: Apache-2.0
"""What ONAP's plugin tells of packs, wheels and other plugins: each once, and of the right rule."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from hpa_discovery.embedded import onap
from hpa_discovery.embedded.onap import HPADiscovery
from hpa_discovery.embedded.settings import Settings
from onap.onap_inputs import data

Told = list[tuple[str, str, dict[str, Any]]]
PACK = """\
apiVersion: hpa-discovery/v1
kind: Pack
metadata:
  {namespace: acme.tell, name: tell, version: 1.0.0, license: MIT, maintainers: [{name: A, email: a@example.com}]}
level: vendor
activation: default
requires: {engine: ">=0.1.0", sources: [openstack.flavor]}
provides: {features: [pciePassthrough, gpu]}
"""
RULE = """\
apiVersion: hpa-discovery/v1
kind: Rule
metadata: {{id: acme.tell/{name}, title: Tells, maturity: sandbox}}
spec:
  source: openstack.flavor
  let: {{asked: {{path: 'flavor.extra_specs."acme:tell"', type: string}}}}
  when: {{var: asked, present: true}}
  require:
    - {{var: asked, equals: nothing, code: acme.warned, level: warning, message: "take care"}}
    - {{var: asked, equals: nothing, code: acme.failed, level: error, message: "no"}}
  emit:
    feature: {feature}
    version: v1
    architecture: generic
    discriminator: tell
    attributes: [{{key: {key}, value: "1"}}]
"""


def plugin(settings: Settings) -> tuple[HPADiscovery, Told]:
    """A plugin, and what it calls back, without other plugins."""
    told: Told = []
    made = HPADiscovery(settings=settings)
    made.on_issue = lambda *issue: told.append(issue)
    return made, told


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """Two rules that tell the same of two features."""
    (tmp_path / "pack.yaml").write_text(PACK, "utf-8")
    for name, feature, key in (("cards", "pciePassthrough", "pciCount"), ("graphics", "gpu", "gpuCount")):
        (tmp_path / f"{name}.yaml").write_text(RULE.format(name=name, feature=feature, key=key), "utf-8")
    return tmp_path


def test_an_issue_names_what_its_own_rule_hides(pack: Path) -> None:
    """Not what another rule hides with the same code, nor what the same rule hides with another one."""
    made, told = plugin(Settings(pack_path=(pack,)))
    made.get_hpa_capabilities(data({"acme:tell": "x"}))
    assert [(code, fields["rule"], fields["unknown"]) for code, _, fields in told] == [
        ("acme.warned", "acme.tell/cards", []),
        ("acme.failed", "acme.tell/cards", ["pciePassthrough"]),
        ("acme.warned", "acme.tell/graphics", []),
        ("acme.failed", "acme.tell/graphics", ["gpu"]),
    ]


def test_of_many_errors_the_first_three_are_told(pack: Path) -> None:
    """With the number of the others; where there are no more, none is told."""
    for count, more in ((2, ""), (5, "; 2 more")):
        for number in range(count):
            (pack / f"bad{number}.yaml").write_text("kind: [\n", "utf-8")
        made, told = plugin(Settings(pack_path=(pack,) * count))
        assert made.get_hpa_capabilities(data()) == []
        [(code, message, _)] = told
        assert code == "onap.packs"
        shown = message.removesuffix(more)
        assert shown.count("bad") == message.count("bad") >= min(count, 3)
        assert message.endswith(more)
        assert ("more" in message.rpartition("; ")[2]) is bool(more)


def test_nothing_is_told_twice_of_a_flavor_that_cannot_be_read() -> None:
    """That nothing was found in it is no news then."""
    made, told = plugin(Settings())
    made.get_hpa_capabilities(data(flavor={"id": "1", "name": object()}))
    assert [code for code, _, _ in told] == ["subject.type"]


def test_a_wheel_that_is_left_out_is_told_to_each_plugin_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """And loudly logged once a process."""
    info = tmp_path / "acme-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text("[hpa_discovery.packs]\nacme.nic = acme\n", "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "context.json").write_text("{}", "utf-8")
    settings = Settings(context=tmp_path / "context.json")  # which nobody has loaded yet
    for _ in range(2):
        made, told = plugin(settings)
        for _ in range(2):
            assert made.get_hpa_capabilities(data())
        assert [(code, fields["file"]) for code, _, fields in told] == [("wheel.unreadable", str(info))]
    loud = [each for each in caplog.records if each.levelno >= logging.WARNING and "onap.rival" not in each.message]
    assert [each.message.split(":")[0] for each in loud] == ["wheel.unreadable"]


def test_another_plugin_is_told_to_each_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """ONAP's own package is installed beside these tests, and registers the same name."""
    onap._LOGGED.clear()
    caplog.set_level(logging.DEBUG)
    for level in ("WARNING", "DEBUG"):
        told: Told = []
        HPADiscovery(lambda *issue, told=told: told.append(issue), Settings())
        [(code, message, fields)] = told
        assert (code, fields) == ("onap.rival", {"level": "warning", "distribution": "onaphpadriver"})
        assert "pip uninstall onaphpadriver" in message
        assert caplog.records[-1].levelname == level


def test_what_goes_wrong_while_others_are_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plugin is made all the same, and the fault is told."""

    def broken() -> None:
        raise LookupError

    monkeypatch.setattr(onap, "_rivals", broken)
    told: Told = []
    made = HPADiscovery(lambda *issue: told.append(issue), Settings())
    assert [code for code, _, _ in told] == ["onap.fault"]
    assert made.get_hpa_capabilities(data())
