# SPDX-License-Identifier: Apache-2.0
"""Two vendor packs and the generic one beside each other, on one flavor with three PCI aliases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hpa_discovery.model import Outcome
from packs.live.sites import PACK
from service.runtimes import Deployment

RULE = """apiVersion: hpa-discovery/v1
kind: Rule
metadata: {{id: {name}/cards, title: Cards of one vendor, maturity: sandbox}}
spec:
  source: openstack.flavor
  each:
    as: item
    in: >-
      split(flavor.extra_specs."pci_passthrough:alias", ',')[]
      .match(@, '(?P<alias>{prefix}-8086-(?P<device>[0-9a-f]{{4}})):(?P<count>[0-9]+)')
    max: 32
  let:
    alias: {{path: item.alias, type: string}}
    count: {{path: "to_int(item.count)", type: integer}}
    device: {{path: item.device, type: string}}
  when: {{var: alias, present: true}}
  emit:
    feature: pciePassthrough
    version: v1
    architecture: generic
    discriminator: "{{{{ alias }}}}"
    attributes:
      - {{key: pciCount, from: count}}
      - {{key: pciVendorId, value: "8086"}}
      - {{key: pciDeviceId, from: device}}
      - {{key: pciDeviceName, value: "{name}"}}
"""
TESTS = """- name: its alias
  flavor: {{extra_specs: {{"pci_passthrough:alias": "{prefix}-8086-1563:2"}}}}
  expect:
    - feature: pciePassthrough
      version: v1
      architecture: generic
      discriminator: {prefix}-8086-1563
      attributes:
        pciCount: {{value: "2"}}
        pciVendorId: {{value: "8086"}}
        pciDeviceId: {{value: "1563"}}
        pciDeviceName: {{value: "{name}"}}
- name: another alias
  flavor: {{extra_specs: {{"pci_passthrough:alias": "else-8086-1563:2"}}}}
  expect: []
"""


def write(folder: Path, name: str, prefix: str) -> None:
    """A vendor pack that answers the aliases that begin with `prefix`."""
    folder.mkdir(parents=True)
    said = {"version": "1.0.0", "level": "vendor", "feature": "pciePassthrough", "count": "1"}
    text = PACK.format(name=name, **said).partition("params:")[0]
    (folder / "pack.yaml").write_text(text, encoding="utf-8")
    for file, form in (("cards.yaml", RULE), ("cards.test.yaml", TESTS)):
        (folder / file).write_text(form.format(name=name, prefix=prefix), encoding="utf-8")


def asked(deployment: Deployment, aliases: str) -> Outcome:
    """What the deployment says of a flavor with these aliases."""
    flavor: dict[str, Any] = {"id": "1", "name": "f", "vcpus": 1, "ram": 1, "disk": 1, "swap": 0}
    flavor["OS-FLV-EXT-DATA:ephemeral"] = 0
    flavor["extra_specs"] = {"pci_passthrough:alias": aliases}
    with deployment.running() as runtime:
        assert {status.state for status in runtime.keeper.status()} == {"serving"}
        return runtime.live.generation.evaluate("openstack.flavor", flavor)


def owners(outcome: Outcome) -> dict[str, str]:
    """Of each PCI alias that is answered, the vendor pack that did; "" for the generic one."""
    found = [item for item in outcome.capabilities if item.feature == "pciePassthrough"]
    names = [{attribute.key: attribute.value for attribute in item.attributes} for item in found]
    return {item.discriminator: str(said.get("pciDeviceName", "")) for item, said in zip(found, names, strict=True)}


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    """One with the packs of two vendors."""
    made = Deployment(tmp_path)
    write(made.packs / "acme", "acme.cards", "acme")
    write(made.packs / "zeta", "zeta.cards", "zeta")
    return made


def test_each_alias_is_answered_by_the_right_pack(deployment: Deployment) -> None:
    """Three aliases, three capabilities: a vendor's pack goes before the generic one, and each before no other."""
    outcome = asked(deployment, "acme-8086-0001:1,zeta-8086-0002:2,qat-8086-37c8:3")
    assert owners(outcome) == {
        "acme-8086-0001": "acme.cards",
        "zeta-8086-0002": "zeta.cards",
        "qat-8086-37c8": "",
    }


def test_a_true_conflict_writes_neither(tmp_path: Path) -> None:
    """Two vendors that say different things of one alias: neither is written, and the diagnostic names both."""
    made = Deployment(tmp_path)
    write(made.packs / "acme", "acme.cards", "both")
    write(made.packs / "zeta", "zeta.cards", "both")
    outcome = asked(made, "both-8086-0001:1,qat-8086-37c8:3")
    assert owners(outcome) == {"qat-8086-37c8": ""}
    told = [item.message for item in outcome.diagnostics if item.code == "conflict.instance"]
    assert len(told) == 1
    assert "acme.cards/cards" in told[0]
    assert "zeta.cards/cards" in told[0]
    assert [(item.feature, item.discriminator) for item in outcome.unknown] == [("pciePassthrough", "both-8086-0001")]
