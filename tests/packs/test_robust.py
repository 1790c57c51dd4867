# SPDX-License-Identifier: Apache-2.0
"""Whatever stands in a pack's files, loading gives findings or a pack, never an exception."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hpa_discovery.discovery.generation import compile_packs
from hpa_discovery.language.yaml_reader import read_yaml
from hpa_discovery.packs.contracts import load_contracts
from hpa_discovery.packs.load import LoadedPack, load_pack
from packs.lint_examples import files_of

HERE = Path(__file__).parent
LONG = os.environ.get("HPA_PROVE") == "1"
RULES = sorted(path for path in (HERE / "good").rglob("*.yaml") if path.name != "pack.yaml")
SETTINGS = settings(
    max_examples=2000 if LONG else 150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

_WORDS = """
apiVersion kind metadata spec let when emit each path type var equals all policy flavor 0 hpa-discovery/v1 Rule Pack
string size
"""
_PARTS = """
flavor . extra_specs "hw:cpu_policy" [? ] [] [*] .* | || && ! ( ) == < 'a' `1` `[]` `{}` @ & $flavor $policy policy
entries( match( , lookup( to_int( range( sort_by( map( not_null( max( [0] [1:2] {a: } tables
"""
WORDS = st.sampled_from(_WORDS.split())
SCALARS = st.one_of(WORDS, st.text(max_size=12), st.integers(), st.floats(allow_nan=False), st.booleans(), st.none())
TREES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.one_of(WORDS, st.text(max_size=6)), inner, max_size=5)
    ),
    max_leaves=20,
)
EXPRESSIONS = st.one_of(
    st.text(alphabet="abfnt.[]{}()'\"`?@&|!<>=*,:$ 0123456789_-", max_size=40),
    st.lists(st.sampled_from(_PARTS.split()), max_size=14).map("".join),
)


def _load(files: dict[str, str | bytes], folder: Path) -> LoadedPack:
    for name, text in files.items():
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    loaded = load_pack(folder, tests=True)
    assert loaded.ok or any(finding.severity == "error" for finding in loaded.findings)
    for finding in loaded.findings:
        assert finding.message
        assert finding.line >= 0
    if loaded.pack is not None:
        compile_packs([loaded.pack], load_contracts())
    return loaded


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


@SETTINGS
@given(pack=TREES, rule=TREES, test=TREES)
def test_any_documents(pack: Any, rule: Any, test: Any, tmp_path: Path) -> None:
    """Arbitrary documents in place of the pack, a rule and its tests."""
    _load({"pack.yaml": _json(pack), "example.yaml": _json(rule), "example.test.yaml": _json(test)}, tmp_path)
    _load({**files_of(""), "example.yaml": _json(rule), "example.test.yaml": _json(test)}, tmp_path)


@SETTINGS
@given(text=st.one_of(st.text(max_size=200), st.binary(max_size=200)))
def test_any_text(text: str | bytes, tmp_path: Path) -> None:
    """Arbitrary text and bytes in place of a rule."""
    _load({**files_of(""), "example.yaml": text}, tmp_path)


@SETTINGS
@given(text=EXPRESSIONS, kind=st.sampled_from(["string", "integer", "boolean", "size", "list", "object"]))
def test_any_expression(text: str, kind: str, tmp_path: Path) -> None:
    """Arbitrary expressions; a rule that lint lets pass compiles."""
    example = f"let:\n  value: {{path: {json.dumps(text)}, type: {kind}}}\nwhen: {{var: value, present: true}}\n"
    _load(dict(files_of(example)), tmp_path)


@SETTINGS
@given(text=st.one_of(st.text(alphabet="{}%|. 'ifelsndpoicyt()[]=<>0123", max_size=40), st.text(max_size=20)))
def test_any_template(text: str, tmp_path: Path) -> None:
    """Arbitrary templates as a value, a message and a key; a rule that lint lets pass compiles."""
    example = (
        f"require:\n  - {{var: policy, present: true, code: a.b, level: info, message: {json.dumps(text)}}}\n"
        "emit:\n  feature: cpuPinning\n  version: v1\n  architecture: generic\n  attributes:\n"
        f"    - {{key: {json.dumps(text)}, value: {json.dumps(text)}}}\n"
    )
    _load(dict(files_of(example)), tmp_path)


@pytest.mark.parametrize("seed", range(400 if LONG else 60))
def test_mutated_rules(seed: int, tmp_path: Path) -> None:
    """Good rules with a value replaced, a key removed or added, or characters changed."""
    chance = random.Random(seed)
    path = chance.choice(RULES)
    text = path.read_text(encoding="utf-8")
    document = read_yaml(text, "x").value
    for _ in range(chance.randint(1, 3)):
        _mutate(document, chance)
    for changed in (_json(document), _scratched(text, chance)):
        _load({**files_of(""), path.name: changed}, tmp_path)


_ODD = [None, True, 0, -1, 10**17, 1.5, "", "x", "flavor", "{{ x }}", "[?a]", [], {}, ["a"], {"a": 1}, "a" * 600, "v1"]

_KEYS = ["each", "let", "when", "not", "all", "equals", "unit", "from", "max"]


def _mutate(value: Any, chance: random.Random) -> None:
    """Change one place of the tree."""
    while isinstance(value, dict | list) and value:
        place = chance.choice(list(value) if isinstance(value, dict) else range(len(value)))
        if not isinstance(value[place], dict | list) or chance.random() < 0.25:
            action = chance.randrange(3)
            if action == 0:
                value[place] = chance.choice(_ODD)
            elif action == 1:
                del value[place]
            elif isinstance(value, dict):
                value[chance.choice(_KEYS)] = value[place]
            else:
                value.append(value[place])
            return
        value = value[place]


def _scratched(text: str, chance: random.Random) -> str:
    characters = list(text)
    for _ in range(chance.randint(1, 4)):
        characters[chance.randrange(len(characters))] = chance.choice(":,[]{}'\"&*#!|>%@`\t\n \u2028x0")
    return "".join(characters)
