# SPDX-License-Identifier: Apache-2.0
"""What the plugin tells beside its answer: codes, fields, log lines, and no secrets."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from hpa_discovery.embedded.onap import HPADiscovery
from hpa_discovery.embedded.settings import Settings
from onap.onap_inputs import PASSWORD, TOKEN, data, flavor, viminfo

Issue = tuple[str, str, dict[str, Any]]
TELLTALE = """\
apiVersion: hpa-discovery/v1
kind: Pack
metadata:
  {namespace: acme.tell, name: tell, version: 1.0.0, license: MIT, maintainers: [{name: A, email: a@example.com}]}
level: vendor
activation: default
requires: {engine: ">=0.1.0", sources: [openstack.flavor]}
provides: {features: [pciePassthrough]}
"""
RULE = """\
apiVersion: hpa-discovery/v1
kind: Rule
metadata: {id: acme.tell/all, title: Tells all that it sees, maturity: sandbox}
spec:
  source: openstack.flavor
  let:
    seen: {path: to_string(context), type: string}
    asked: {path: 'flavor.extra_specs."acme:tell"', type: string}
  when: {var: asked, present: true}
  require:
    - {var: asked, equals: nothing, code: acme.told, level: error, message: "the context is {{ seen }}"}
  emit:
    feature: pciePassthrough
    version: v1
    architecture: generic
    discriminator: tell
    attributes: [{key: pciCount, value: "1"}]
"""


def ask(asked: Any, settings: Settings | None = None) -> tuple[list[dict[str, Any]], list[Issue]]:
    """The answer, and what was called back."""
    issues: list[Issue] = []
    plugin = HPADiscovery(settings=settings or Settings())
    plugin.on_issue = lambda *told: issues.append(told)
    return plugin.get_hpa_capabilities(asked), issues


def test_a_part_that_is_unknown_keeps_the_rest() -> None:
    """The other features are answered; the fields say which one is unknown, of what, and by which rule."""
    answer, issues = ask(data({"pci_passthrough:alias": "QAT:1", "hw:cpu_policy": "dedicated"}))

    assert "cpuPinning" in [each["hpa-feature"] for each in answer]
    [(code, message, fields)] = issues
    assert code == "pci.alias_unknown"
    assert "QAT" in message
    assert fields == {
        "level": "error",
        "flavor": flavor()["id"],
        "name": "onap.upf",
        "owner": "CloudOwner",
        "region": "RegionOne",
        "rule": "onap.openstack/pcie-passthrough",
        "unknown": ["pciePassthrough"],
    }


def test_every_diagnostic_is_an_issue_with_what_it_hides() -> None:
    """Two requests of one extra spec that are wrong in different ways, and one that is wrong as the first."""
    _, issues = ask(data({"pci_passthrough:alias": "QAT:1,NVME:2,card:x"}))
    assert [(code, fields["unknown"]) for code, _, fields in issues] == [
        ("pci.alias_unknown", ["pciePassthrough"]),
        ("pci.alias_unknown", ["pciePassthrough"]),
        ("pci.alias_form", ["pciePassthrough"]),
    ]


def test_the_file_of_the_deployment_tells_what_no_cloud_does(tmp_path: Path) -> None:
    """HPA_CONTEXT brings the operator's PCI aliases, which ONAP does not know."""
    file = tmp_path / "context.json"
    file.write_text(json.dumps({"pci_aliases": {"QAT": {"vendor_id": "8086", "product_id": "37c8"}}}), "utf-8")

    answer, issues = ask(data({"pci_passthrough:alias": "QAT:1"}), Settings(context=file))

    assert issues == []
    assert "pciePassthrough" in [each["hpa-feature"] for each in answer]
    assert "ovsDpdk" in [each["hpa-feature"] for each in answer]  # viminfo counts, too


def test_viminfo_goes_before_the_file_of_the_deployment(tmp_path: Path) -> None:
    """What the file says of the region fills what ONAP does not say."""
    file = tmp_path / "context.json"
    said = {"ovsDpdk": {"libname": "dataProcessingAccelerationLibrary", "libversion": "99"}}
    file.write_text(json.dumps({"vim": {"cloud_extra_info": said}}), "utf-8")

    for given, version in ((viminfo(), "12.1"), (viminfo(cloud_extra_info=None), "99")):
        answer, _ = ask(data(viminfo=given), Settings(context=file))
        [dpdk] = [each for each in answer if each["hpa-feature"] == "ovsDpdk"]
        assert version in dpdk["hpa-feature-attributes"][0]["hpa-attribute-value"]


def test_extra_specs_inside_the_flavor_count() -> None:
    """Nova's flavors have theirs inside since microversion 2.61."""
    inside = {**data(), "extra_specs": None, "flavor": flavor(extra_specs={"hw:cpu_policy": "dedicated"})}
    assert ask(inside) == ask(data({"hw:cpu_policy": "dedicated"}))
    assert ask({**inside, "extra_specs": {}}) == ask(data())


def test_ids_are_those_of_the_flavor_in_its_region() -> None:
    """The same on every run; others in another region, owner or flavor; version 5 of RFC 9562."""

    def ids(**more: Any) -> set[str]:
        return {each["hpa-capability-id"] for each in ask(data(**more))[0]}

    first = ids()
    assert ids() == first
    assert ids(viminfo=viminfo(password="changed", version="other")) == first  # noqa: S106 - no real one
    assert {UUID(each).version for each in first} == {5}
    for other in (
        {"viminfo": viminfo(cloud_owner="Other")},
        {"viminfo": viminfo(cloud_region_id="RegionTwo")},
        {"flavor": flavor(id="2")},
    ):
        assert ids(**other).isdisjoint(first)


@pytest.mark.parametrize("lacking", ["cloud_owner", "cloud_region_id"])
def test_owner_and_region_may_come_as_one(lacking: str) -> None:
    """The vimId holds both, as Multicloud joins them."""
    assert ask(data(viminfo=viminfo(**{lacking: None}))) == ask(data())
    joined = viminfo(**{lacking: None, "vimId": "no region"})
    assert [code for code, _, _ in ask(data(viminfo=joined))[1]] == ["onap.region"]


def test_a_flavor_without_an_id_is_told() -> None:
    """Its ids would be those of the next flavor without one."""
    asked = data()
    del asked["flavor"]["id"]
    answer, issues = ask(asked)
    assert answer
    assert [(code, fields["level"]) for code, _, fields in issues] == [("onap.flavor_id", "warning")]


def test_secrets_are_never_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A rule sees of viminfo what the input contract names; tokens inside of that are masked in messages."""
    (tmp_path / "pack.yaml").write_text(TELLTALE, "utf-8")
    (tmp_path / "all.yaml").write_text(RULE, "utf-8")
    caplog.set_level(logging.DEBUG)

    answer, issues = ask(data({"acme:tell": "all"}), Settings(pack_path=(tmp_path,)))

    told = next(message for code, message, _ in issues if code == "acme.told")
    assert '"vimtype":"titanium_cloud"' in told
    assert "***" in told
    everything = caplog.text + repr(issues) + repr(answer)
    for secret in (PASSWORD, TOKEN, "192.0.2.7"):
        assert secret not in everything


def test_a_fault_is_logged_without_secrets(caplog: pytest.LogCaptureFixture) -> None:
    """The traceback, too, may quote what was given."""

    class Quoting(dict[str, Any]):
        def get(self, name: str, *_: Any) -> Any:
            raise ValueError(f"{name} of {PASSWORD}")

    caplog.set_level(logging.DEBUG)
    unread = {**data(flavor=Quoting(flavor())), "extra_specs": None}
    for asked in (unread, Quoting(data()), data(viminfo=Quoting(viminfo()))):
        answer, issues = ask(asked)
        assert (answer, [code for code, _, _ in issues]) == ([], ["onap.fault"])
        assert PASSWORD not in caplog.text + repr(issues)
    assert "ValueError: extra_specs of ***" in caplog.text


def test_a_flavor_cannot_write_log_lines(caplog: pytest.LogCaptureFixture) -> None:
    """What a flavor is called does not begin a new line."""
    ask(data("none", flavor=flavor(name="onap.x\nERROR forged \x1b[2J")))
    [line] = [record.getMessage() for record in caplog.records if "onap.extra_specs" in record.getMessage()]
    assert "\n" not in line
    assert "\x1b" not in line


def test_levels_are_those_of_logging(caplog: pytest.LogCaptureFixture) -> None:
    """A warning is a warning, an error is an error, on the logger hpa_discovery.onap."""
    caplog.set_level(logging.DEBUG)
    ask(data(viminfo=viminfo(cloud_extra_info="{")))
    ask(None)
    records = [record for record in caplog.records if "onap.rival" not in record.getMessage()]
    assert [(each.name, each.levelname, each.getMessage().split(":")[0]) for each in records] == [
        ("hpa_discovery.onap", "WARNING", "context.json"),
        ("hpa_discovery.onap", "ERROR", "onap.data"),
    ]
