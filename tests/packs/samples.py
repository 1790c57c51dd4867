# SPDX-License-Identifier: Apache-2.0
"""A small pack with every construct of the rule language, whose tests are complete; tests change it and look."""

from __future__ import annotations

from pathlib import Path

from hpa_discovery.packs.load import LoadedPack, load_pack

PACK = """\
apiVersion: hpa-discovery/v1
kind: Pack
metadata: {namespace: acme.test, name: acme-test, version: 1.2.3, license: Apache-2.0}
level: vendor
activation: default
provides: {features: [cpuPinning, numa, pciePassthrough]}
params:
  architecture: {default: generic, description: What to write as architecture}
tables:
  devices: tables/devices.yaml
"""

DEVICES = """\
card: {vendor: "8086", device: "37c8"}
"""

PINNING = """\
apiVersion: hpa-discovery/v1
kind: Rule
metadata: {id: acme.test/pinning, title: CPU pinning, maturity: stable}
spec:
  source: openstack.flavor
  let:
    policy:
      path: flavor.extra_specs."hw:cpu_policy"
      type: string
      enum: [dedicated, shared, mixed]
    thread:
      path: flavor.extra_specs."hw:cpu_thread_policy"
      type: string
      enum: [prefer, isolate, require]
  when: {any: [{var: policy, present: true}, {var: thread, present: true}]}
  emit:
    feature: cpuPinning
    version: v1
    architecture: "{{ params.architecture }}"
    attributes:
      - {key: logicalCpuThreadPinningPolicy, from: thread, optional: true}
      - {key: logicalCpuPinningPolicy, from: policy, optional: true}
"""

PINNING_TEST = """\
- name: dedicated CPUs
  flavor: {extra_specs: {"hw:cpu_policy": dedicated}}
  expect:
    - feature: cpuPinning
      version: v1
      architecture: generic
      attributes:
        logicalCpuPinningPolicy: {value: dedicated}
- name: threads only, on another architecture
  flavor: {extra_specs: {"hw:cpu_thread_policy": isolate}}
  params: {architecture: Intel64}
  expect:
    - feature: cpuPinning
      version: v1
      architecture: Intel64
      attributes:
        logicalCpuThreadPinningPolicy: {value: isolate}
- name: nothing asked
  flavor: {extra_specs: {}}
  expect: []
- name: a policy that Nova does not have
  flavor: {extra_specs: {"hw:cpu_policy": pinned}}
  expect: []
  diagnostics: [let.type]
- name: a thread policy that Nova does not have
  flavor: {extra_specs: {"hw:cpu_thread_policy": avoid}}
  expect: []
  diagnostics: [let.type]
"""

NUMA = """\
apiVersion: hpa-discovery/v1
kind: Rule
metadata: {id: acme.test/numa, title: NUMA nodes, maturity: stable}
spec:
  source: openstack.flavor
  let:
    nodes:
      path: to_int(flavor.extra_specs."hw:numa_nodes")
      type: integer
      minimum: 1
      maximum: 8
  when: {var: nodes, present: true}
  emit:
    feature: numa
    version: v1
    architecture: generic
    attributes:
      - {key: numaNodes, from: nodes}
      - each:
          as: i
          in: range(nodes)
          max: 8
        let:
          memory:
            path: lookup(flavor.extra_specs, 'hw:numa_mem.', i)
            type: string
            pattern: "[0-9]+"
        when: {var: memory, present: true}
        attributes:
          - {key: "numaMem-{{ i }}", from: memory, unit: MB}
"""

NUMA_TEST = """\
- name: two nodes, memory of the second only
  flavor: {extra_specs: {"hw:numa_nodes": "2", "hw:numa_mem.1": "512"}}
  expect:
    - feature: numa
      version: v1
      architecture: generic
      attributes:
        numaNodes: {value: "2"}
        numaMem-1: {value: "512", unit: MB}
- name: one node
  flavor: {extra_specs: {"hw:numa_nodes": "1"}}
  expect:
    - {feature: numa, version: v1, architecture: generic, attributes: {numaNodes: {value: "1"}}}
- name: eight nodes
  flavor: {extra_specs: {"hw:numa_nodes": "8"}}
  expect:
    - {feature: numa, version: v1, architecture: generic, attributes: {numaNodes: {value: "8"}}}
- name: nothing asked
  flavor: {extra_specs: {}}
  expect: []
- name: no node at all
  flavor: {extra_specs: {"hw:numa_nodes": "0"}}
  expect: []
  diagnostics: [let.type]
- name: nine nodes
  flavor: {extra_specs: {"hw:numa_nodes": "9"}}
  expect: []
  diagnostics: [let.type]
- name: memory that is no number
  flavor: {extra_specs: {"hw:numa_nodes": "1", "hw:numa_mem.0": much}}
  expect: []
  unknown: [{feature: numa, code: let.type}]
  diagnostics: [let.type]
"""

DEVICE = """\
apiVersion: hpa-discovery/v1
kind: Rule
metadata: {id: acme.test/device, title: PCI devices by alias, maturity: stable}
spec:
  source: openstack.flavor
  each:
    as: request
    in: split(flavor.extra_specs."pci_passthrough:alias", ',')
    max: 16
  let:
    name:
      path: trim(split(request, ':')[0])
      type: string
    count:
      path: to_int(split(request, ':')[1])
      type: integer
      default: 1
    device:
      path: lookup(context.pci_aliases, name) || lookup(tables.devices, name)
      type: object
    vendor:
      path: device.vendor
      type: string
      pattern: "[0-9a-f]{4}"
    product:
      path: device.device
      type: string
      pattern: "[0-9a-f]{4}"
  when: {not: {var: name, startsWith: "vgpu-"}}
  require:
    - var: device
      present: true
      code: pci.alias
      level: error
      message: the alias {{ name }} is not in the table of devices
  emit:
    feature: pciePassthrough
    version: v1
    architecture: generic
    discriminator: "{{ name }}"
    attributes:
      - {key: pciCount, from: count}
      - {key: pciVendorId, from: vendor}
      - {key: pciDeviceId, from: product}
"""

DEVICE_TEST = """\
- name: two cards
  flavor: {extra_specs: {"pci_passthrough:alias": "card:2, vgpu-a:1"}}
  expect:
    - feature: pciePassthrough
      version: v1
      architecture: generic
      discriminator: card
      attributes:
        pciCount: {value: "2"}
        pciVendorId: {value: "8086"}
        pciDeviceId: {value: 37c8}
- name: a card without a number
  flavor: {extra_specs: {"pci_passthrough:alias": card}}
  expect:
    - feature: pciePassthrough
      version: v1
      architecture: generic
      discriminator: card
      attributes:
        pciCount: {value: "1"}
        pciVendorId: {value: "8086"}
        pciDeviceId: {value: 37c8}
- name: nothing asked
  flavor: {extra_specs: {}}
  expect: []
- name: an alias of the operator's table
  flavor: {extra_specs: {"pci_passthrough:alias": "card:1"}}
  context: {pci_aliases: {card: {vendor: 10de, device: 1eb8}}}
  expect:
    - feature: pciePassthrough
      version: v1
      architecture: generic
      discriminator: card
      attributes:
        pciCount: {value: "1"}
        pciVendorId: {value: 10de}
        pciDeviceId: {value: 1eb8}
- name: a vendor that is no PCI id
  flavor: {extra_specs: {"pci_passthrough:alias": card}}
  context: {pci_aliases: {card: {vendor: nvidia, device: 1eb8}}}
  expect: []
  diagnostics: [let.type]
- name: a device that is no PCI id
  flavor: {extra_specs: {"pci_passthrough:alias": card}}
  context: {pci_aliases: {card: {vendor: 10de, device: tesla}}}
  expect: []
  diagnostics: [let.type]
- name: no vendor
  flavor: {extra_specs: {"pci_passthrough:alias": card}}
  context: {pci_aliases: {card: {device: 1eb8}}}
  expect: []
  diagnostics: [emit.missing]
- name: no device
  flavor: {extra_specs: {"pci_passthrough:alias": card}}
  context: {pci_aliases: {card: {vendor: 10de}}}
  expect: []
  diagnostics: [emit.missing]
- name: an alias that nobody knows
  flavor: {extra_specs: {"pci_passthrough:alias": "gpu:1"}}
  expect: []
  unknown: [{feature: pciePassthrough, discriminator: gpu}]
  diagnostics: [pci.alias]
"""

FILES = {
    "pack.yaml": PACK,
    "tables/devices.yaml": DEVICES,
    "pinning.yaml": PINNING,
    "pinning.test.yaml": PINNING_TEST,
    "numa.yaml": NUMA,
    "numa.test.yaml": NUMA_TEST,
    "device.yaml": DEVICE,
    "device.test.yaml": DEVICE_TEST,
}


def write_pack(folder: Path, *changes: tuple[str, str, str], **files: str) -> Path:
    """The pack in `folder`; each change is (file, old text, new text), and the old text must be there once."""
    texts = {**FILES, **files}
    for name, old, new in changes:
        assert texts[name].count(old) == 1, f"{old!r} is not once in {name}"
        texts[name] = texts[name].replace(old, new)
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def load(folder: Path, *changes: tuple[str, str, str]) -> LoadedPack:
    """The pack written and loaded; it must be without errors."""
    loaded = load_pack(write_pack(folder, *changes), tests=True)
    assert loaded.ok, loaded.findings
    return loaded
