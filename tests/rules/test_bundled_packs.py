# SPDX-License-Identifier: Apache-2.0
"""Every pack that ships: clean, tested in every corner, served by the index."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from hpa_discovery.discovery.bindings import parse_rule_expression
from hpa_discovery.discovery.triggers import rule_needs
from hpa_discovery.language.rule import Rule
from hpa_discovery.packs.cases import run_cases, usable
from hpa_discovery.packs.coverage import measure
from hpa_discovery.packs.files import find_packs
from hpa_discovery.packs.lint import lint_paths
from hpa_discovery.packs.load import LoadedPack, load_pack
from hpa_discovery.packs.mutation import mutate
from hpa_discovery.resources import bundled

ROOTS = tuple(find_packs(Path(bundled("rules"))))
every_pack = pytest.mark.parametrize("root", ROOTS, ids=lambda root: root.name)


@cache
def loaded(root: Path) -> LoadedPack:
    """The pack with its test cases."""
    return load_pack(root, tests=True)


def every_rule() -> list[Rule]:
    """The rules of all packs."""
    return [rule for root in ROOTS for rule in usable(loaded(root)).rules]


def test_clean() -> None:
    """Lint has nothing to say of any of them, alone or together, not even a warning."""
    assert lint_paths([Path(bundled("rules"))]).findings == ()


@every_pack
def test_cases_pass(root: Path) -> None:
    """Every case of every rule is as expected."""
    run = run_cases(loaded(root))
    assert not run.failed, "\n".join(line for result in run.failed for line in result.lines())


@every_pack
def test_coverage(root: Path) -> None:
    """Every condition is seen true and false, and every attribute written."""
    assert measure(loaded(root)).gaps == ()


@every_pack
def test_no_mutant_survives(root: Path) -> None:
    """Whatever is changed in a rule, a case notices."""
    mutation = mutate(loaded(root))
    assert mutation.complete, "\n".join(map(str, mutation.survivors))


@pytest.mark.parametrize("rule", every_rule(), ids=lambda rule: rule.id)
def test_served_by_the_index(rule: Rule) -> None:
    """No rule has to be asked about every flavor."""
    assert rule_needs(rule, parse_rule_expression) is not None


@every_pack
def test_features_provided_are_those_written(root: Path) -> None:
    """What a pack says it provides is what its rules write."""
    pack = usable(loaded(root))
    assert {rule.emit.feature for rule in pack.rules} == set(pack.features)


@every_pack
def test_file_names_are_rule_ids(root: Path) -> None:
    """A rule is found under its own name, with its tests beside it."""
    for rule in usable(loaded(root)).rules:
        name = rule.id.partition("/")[2]
        assert (root / f"{name}.yaml").is_file()
        assert (root / f"{name}.test.yaml").is_file()
