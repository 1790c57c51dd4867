# SPDX-License-Identifier: Apache-2.0
"""One document of each kind that uses everything its schema offers."""

from __future__ import annotations

from typing import Any

from hpa_discovery.language.yaml_reader import read_yaml

RULE = """
apiVersion: hpa-discovery/v1
kind: Rule
metadata:
  id: acme.nic/queues
  title: Queues of a card
  description: How many there are.
  maturity: deprecated
  deprecated: {since: 1.2.0, removal: 2.0.0, replacedBy: acme.nic/all-queues, reason: The other knows more.}
  references: ["https://acme.example/nic#queues"]
  replaces: [acme.nic/old-queues]
spec:
  source: kubernetes.node
  each: {as: card, in: node.cards, max: 256}
  let:
    count: {path: card.queues, type: integer, minimum: 1, maximum: 64, default: 1}
    model: {path: card.model, type: string, enum: [a, b], pattern: "[ab]", sensitive: true}
    ports: {path: card.ports, type: list, pattern: "[0-9]+", default: []}
    buffer: {path: card.buffer, type: size, default: {value: "2", unit: MB}}
  when:
    all:
      - {var: count, gt: 1}
      - any: [{var: model, in: [a, b]}, {not: {var: model, startsWith: a}}]
      - {var: model, present: false}
      - {var: ports, contains: "1"}
      - {var: model, matches: "[a-c]"}
      - {var: count, equals: 2}
  require:
    - {var: model, present: true, code: acme.model, level: warning, message: "{{ card.name }} has no model"}
  emit:
    feature: acmeQueues
    version: v1
    architecture: "{{ params.architecture }}"
    discriminator: "{{ card.name }}"
    attributes:
      - {key: queues, from: count}
      - {key: bufferSize, value: "{{ count }}", unit: MB, optional: true}
      - each: {as: i, in: range(count), max: 64}
        let: {depth: {path: "lookup(card.depths, i)", type: integer}}
        when: {var: depth, present: true}
        attributes: [{key: "depth-{{ i }}", from: depth}]
"""
PACK = """
apiVersion: hpa-discovery/v1
kind: Pack
metadata:
  namespace: acme.nic
  name: acme-nic
  version: 1.2.0-rc.1
  license: Apache-2.0
  description: Cards of Acme.
  maintainers: [{name: A Person, email: person@acme.example}, {name: Another}]
level: vendor
activation: default
requires: {engine: ">=0.1,<2", sources: [kubernetes.node], drivers: [acme.nic]}
provides: {features: [acmeQueues]}
params: {architecture: {default: generic, description: What to write as architecture}}
tables: {models: tables/models.yaml, flat: flat.json}
"""
OVERLAY = """
apiVersion: hpa-discovery/v1
kind: Overlay
metadata: {id: lab1/nic}
target: {pack: acme.nic, version: ">=1.0,<2"}
disable: [{rule: acme.nic/queues, reason: The cards here lie.}]
params: {architecture: Intel64}
tables: {models: {x710: {ports: 4}}}
onConflict: [{source: kubernetes.node, feature: numa, use: acme.nic, reason: It sees more.}]
"""
TEST = """
- name: a flavor with a page size
  flavor: {extra_specs: {"hw:mem_page_size": 1GB}}
  context: {page_sizes: {}}
  params: {architecture: generic}
  expect:
    - feature: hugePages
      version: v1
      architecture: generic
      discriminator: x
      attributes: {memoryPageSize: {value: "1", unit: GB}, names: {value: [a, b]}}
  unknown: [{feature: numa}, {feature: pciePassthrough, discriminator: qat, code: let.type}]
  diagnostics: [let.type]
- name: nothing
  node: {}
  expect: []
"""
TABLE = "{x710: {ports: 4, names: [a, b], fast: true}, other: text}"


def _read(text: str) -> Any:
    document = read_yaml(text, "text.yaml")
    assert document.findings == ()
    return document.value


GOOD = {
    kind: _read(text)
    for kind, text in (("rule", RULE), ("pack", PACK), ("overlay", OVERLAY), ("rule-test", TEST), ("table", TABLE))
}
