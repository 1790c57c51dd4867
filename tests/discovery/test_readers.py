# SPDX-License-Identifier: Apache-2.0
"""Which rules are blind where a source could not read a member: whoever reads it, directly or as part of something."""

from __future__ import annotations

from typing import Any

import pytest

from discovery.small_packs import CONTRACTS, SOURCE, ask, codes, emit, lets, pack, unknowns
from hpa_discovery.discovery.contract import Contract
from hpa_discovery.discovery.readers import readers

HIDDEN = ("extra_specs",)


def blind(contract: Contract = CONTRACTS[SOURCE], **spec: Any) -> bool:
    """Whether a rule of this spec cannot answer without what the contract names."""
    (rule,) = pack(spec).rules
    found = readers(rule, contract)
    assert found in (frozenset(), frozenset(contract.unknown_when_absent))
    return bool(found)


PATHS: dict[str, bool] = {
    'flavor.extra_specs."hw:cpu_policy"': True,
    "flavor.extra_specs": True,
    "entries(flavor.extra_specs, 'trait:')": True,
    "lookup(flavor.extra_specs, flavor.name)": True,
    "flavor | extra_specs.x": True,
    "@.flavor.extra_specs.x": True,
    "flavor.[extra_specs.x]": True,
    "flavor.name || flavor.extra_specs.x": True,
    "context.list[?@ == $flavor.extra_specs.x]": True,
    # The whole subject holds it as well.
    "flavor": True,
    "values(flavor)": True,
    "flavor.*": True,
    "lookup(flavor, 'extra_specs')": True,
    "[flavor][0].extra_specs": True,
    "@": True,
    "*.extra_specs": True,
    "flavor.name": False,
    "flavor.extra": False,
    "flavor.links[].extra_specs": False,
    "context.extra_specs.x": False,
    "extra_specs.x": False,
    "'flavor.extra_specs'": False,
    "tables.x.extra_specs": False,
}


@pytest.mark.parametrize(("path", "expected"), PATHS.items(), ids=PATHS)
def test_paths(path: str, expected: bool) -> None:
    """An expression is blind when its value may hang on the member, in a let or as the list of an `each`."""
    assert blind(let=lets(x=path)) is expected
    assert blind(each={"as": "i", "in": path, "max": 2}, emit=emit({"key": "k", "value": "v"})) is expected


def require(message: str) -> list[dict[str, Any]]:
    """A requirement with this message."""
    return [{"var": "x", "present": True, "code": "a.b", "level": "warning", "message": message}]


TEMPLATE = "{{ flavor.extra_specs.x }}"
GROUP = {"each": {"as": "i", "in": "flavor.extra_specs.*", "max": 2}, "attributes": [{"key": "k", "value": "v"}]}
LET_GROUP = {
    "each": {"as": "i", "in": "range(`2`)", "max": 2},
    "let": lets(y="flavor.extra_specs.x"),
    "attributes": [{"key": "k", "value": "v"}],
}
PLACES: dict[str, dict[str, Any]] = {
    "a later let": {"let": lets(x="flavor.name", y="flavor.extra_specs.x")},
    "a let of a let": {"let": lets(x=("flavor", "object"), y="x.extra_specs.y")},
    "a group's items": {"emit": emit(GROUP)},
    "a group's let": {"emit": emit(LET_GROUP)},
    "a key": {"emit": emit({"key": TEMPLATE, "value": "v"})},
    "a value": {"emit": emit({"key": "k", "value": TEMPLATE})},
    "a unit": {"emit": emit({"key": "k", "value": "1", "unit": TEMPLATE})},
    "a condition in a template": {"emit": emit({"key": "k", "value": "{% if flavor.extra_specs.x %}a{% endif %}"})},
    "the architecture": {"emit": emit(architecture=TEMPLATE)},
    "the discriminator": {"emit": emit(discriminator=TEMPLATE)},
    "a message": {"require": require(TEMPLATE)},
    "a key of a group": {"emit": emit({**GROUP, "each": LET_GROUP["each"], "attributes": [{"key": TEMPLATE}]})},
}


@pytest.mark.parametrize("spec", PLACES.values(), ids=PLACES)
def test_places(spec: dict[str, Any]) -> None:
    """Wherever in the rule the member is read, the rule is blind without it."""
    assert blind(**{"let": lets(x="flavor.name"), **spec})


def test_deeper_members() -> None:
    """A contract may name members further down: what is beside them is not blind."""
    contract = Contract(SOURCE, "flavor", ("id",), ("name",), unknown_when_absent=(("status", "capacity"),))
    for path, expected in {
        "flavor.status": True,
        "flavor.status.capacity": True,
        "flavor.status.capacity.cpu": True,
        "flavor.status.phase": False,
        "flavor.capacity": False,
    }.items():
        assert blind(contract, let=lets(x=path)) is expected


@pytest.mark.parametrize(
    "path", ["flavor.extra_specs.a", "[flavor][0].extra_specs.a", "values(@)[].extra_specs.a | [0]"]
)
@pytest.mark.parametrize("hidden", [{}, {"extra_specs": None}, {"extra_specs": "text"}, {"extra_specs": ["a"]}])
def test_unknown_is_not_absent(path: str, hidden: dict[str, Any]) -> None:
    """What hangs on extra specs that could not be read is unknown and not asked; the other rules answer."""
    spec = {"let": lets(x=path), "when": {"var": "x", "present": True}}
    outcome = ask(spec, {"let": lets(x="flavor.name")}, flavor={"name": "n", **hidden})
    assert [found.feature for found in outcome.capabilities] == ["f-b"]
    assert codes(outcome) == ["subject.unreadable"]
    assert outcome.diagnostics[0].level == "warning"
    assert "flavor.extra_specs" in outcome.diagnostics[0].message
    assert unknowns(outcome) == [("f-a", "*", "subject.unreadable")]
