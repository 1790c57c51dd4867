# SPDX-License-Identifier: Apache-2.0
"""What people get wrong in their first rule: the finding says what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from hpa_discovery.packs.lint import lint_paths
from packs.lint_examples import write_example

NBSP = "\N{NO-BREAK SPACE}"


def _let(path: str, kind: str = "string") -> str:
    return f"let:\n  x: {{path: {path}, type: {kind}}}\n"


def _attribute(entry: str, feature: str = "cpuPinning") -> str:
    return (
        f"emit:\n  feature: {feature}\n  version: v1\n  architecture: generic\n  attributes:\n"
        f"    - {{key: logicalCpuPinningPolicy, from: policy}}\n    - {entry}\n"
    )


# name -> (what the example changes, the code, words of the message, words of the hint)
MISTAKES: dict[str, tuple[str, str, str, str]] = {
    "colon without quotes": (
        _let("flavor.extra_specs.hw:cpu_policy"),
        "expr.syntax",
        "nothing may follow here",
        'a name with a colon is quoted: flavor.extra_specs."hw:cpu_policy"',
    ),
    "single quotes round a name": (
        _let("\"flavor.extra_specs.'hw:cpu_policy'\""),
        "expr.syntax",
        "at column 20",
        'a name is quoted with double quotes: flavor.extra_specs."hw:cpu_policy"',
    ),
    "as in Python": (
        _let("'flavor[\"extra_specs\"]'"),
        "expr.syntax",
        "at column 8",
        "a member is read with a dot",
    ),
    "as in JSONPath": (_let("'$.flavor.name'"), "expr.syntax", "at column 1", "leave out the $. in front"),
    "typographic quotes": (
        _let("flavor.extra_specs.\u201chw:cpu_policy\u201d"),
        "expr.syntax",
        "at column 20",
        "type ' or \"",
    ),
    "without the root": (_let('extra_specs."hw:cpu_policy"'), "expr.unknown_name", "extra_specs", "write flavor."),
    "member without a let": (
        "when: {var: vcpus, present: true}\n",
        "condition.unknown_name",
        "there is no name vcpus",
        "read flavor.vcpus in a let",
    ),
    "comma in a flow path": (
        _let("lookup(flavor.extra_specs, 'a')"),
        "yaml.syntax",
        "without a value",
        "the comma ends the value; quote it or put path on its own line",
    ),
    "text where a number is wanted": (
        _let('flavor.extra_specs."hw:numa_nodes"', "integer"),
        "expr.type",
        "the let x is an integer, and its expression gives a text",
        "to_int()",
    ),
    "type of another language": (_let("flavor.name", "str"), "schema", "allowed: string", "did you mean string?"),
    "condition as text": ("when: policy > 0\n", "schema", "spec.when must be a mapping", "{var: NAME, <operator>"),
    "condition as a list": ("when: [{var: policy, present: true}]\n", "schema", "not a list of 1", "{all: [...]}"),
    "operator of another language": (
        "when: {var: policy, eq: shared}\n",
        "schema",
        "spec.when has no key 'eq'",
        "allowed: var, present, equals",
    ),
    "yes": ("when: {var: policy, present: yes}\n", "yaml.implicit", "yes without quotes", "write true"),
    "attributes as a mapping": (
        "emit:\n  feature: cpuPinning\n  version: v1\n  architecture: generic\n  attributes:\n    a: policy\n",
        "schema",
        "spec.emit.attributes must be a list",
        "behind a dash",
    ),
    "emit as a list": ("emit:\n  - feature: cpuPinning\n", "schema", "not a list of 1", "its keys are: feature"),
    "a dash forgotten": (
        _attribute("x").replace("- {key", "{key").replace("- x", "{key: a, value: b}"),
        "yaml.syntax",
        "not YAML",
        "a dash is missing",
    ),
    "template without quotes": (
        _attribute("{key: a, value: {{ policy }}}"),
        "yaml.syntax",
        "a key must be text",
        "quote a template: '{{ ... }}'",
    ),
    "number without quotes": (_attribute("{key: a, value: 2}"), "schema", "must be text, not 2", 'quote it: "2"'),
    "unit of other units": (
        _attribute("{key: a, value: '2', unit: MiB}"),
        "vocabulary.unit",
        "the unit is 'MiB'; OOF reads KB, MB, GB",
        "",
    ),
    "unit of other units, in a feature of one's own": (
        _attribute("{key: a, value: '2', unit: MiB}", "acmeCard"),
        "vocabulary.unit",
        "the unit is 'MiB'; OOF reads KB, MB, GB",
        "",
    ),
    "indented by a web page": (
        f"when:\n{NBSP} {{var: policy, present: true}}\n",
        "yaml.syntax",
        "U+00A0, which is no plain space, is used for indentation",
        "indent with spaces",
    ),
    "fence of Markdown": ("when:\n```\n", "yaml.syntax", "not YAML", "remove the lines of ```"),
    "version of two numbers": (
        "# pack.yaml\nmetadata: {namespace: acme.test, name: acme-test, version: 1.0, license: Apache-2.0}\n",
        "schema",
        "metadata.version must be text, not 1.0",
        "such as 1.0.0",
    ),
    "expected value without its mapping": (
        "# example.test.yaml\n- name: a\n  flavor: {}\n  expect: [{feature: cpuPinning, attributes: {a: b}}]\n",
        "schema",
        "attributes.a must be a mapping, not 'b'",
        "its keys are: value, unit",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_beginners_mistake_is_told_with_what_to_write(name: str, tmp_path: Path) -> None:
    """The finding has a file, line and column, says what is wrong and what was meant; nobody says it twice."""
    example, code, message, hint = MISTAKES[name]
    findings = lint_paths([write_example(example, tmp_path)]).findings
    told = [item for item in findings if item.code == code and message in item.message]
    assert len(told) == 1, findings
    assert hint in told[0].hint
    assert told[0].line > 1
    assert told[0].column > 0


def test_what_depends_on_a_mistake_is_not_told(tmp_path: Path) -> None:
    """A rule that cannot be opened is one finding: its tests, its feature and its parameters are not amiss for it."""
    root = write_example("", tmp_path)
    (root / "example.yaml").unlink()
    (root / "example.yaml").symlink_to(root / "nothing.yaml")
    assert [item.code for item in lint_paths([root]).findings] == ["file.unreadable"]
