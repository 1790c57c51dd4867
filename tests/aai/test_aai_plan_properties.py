# SPDX-License-Identifier: Apache-2.0
"""Whatever is desired, ours and there: nothing is deleted without proof, and one apply is enough."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from aai.wishes import PLACE, capability, flavor
from hpa_discovery.aai.actual import Actual, read_flavor
from hpa_discovery.aai.desired import Desired, DesiredFlavor, Instance, Ours, intended
from hpa_discovery.aai.planning import Policy, make_plan

if TYPE_CHECKING:
    from hpa_discovery.aai.plan import Plan

EXAMPLES = 5000 if os.environ.get("HPA_PROVE") else 400
FLAVORS = ("f", "g")
FEATURES = ("hugePages", "sriovNICNetwork")
DISCRIMINATORS = ("", "a", "b")
VALUES = ("1", "2")

Region = dict[str, dict[str, dict[str, Any]]]

instance = st.tuples(st.sampled_from(FEATURES), st.sampled_from(DISCRIMINATORS))
unknown = st.frozensets(st.tuples(st.sampled_from(FEATURES), st.sampled_from((*DISCRIMINATORS, "*"))), max_size=2)
content = st.dictionaries(instance, st.sampled_from(VALUES), max_size=4)
foreign = st.dictionaries(st.sampled_from(("x", "y")), st.sampled_from(FEATURES), max_size=2)


@st.composite
def wishes(draw: st.DrawFn) -> Desired:
    """What is desired of some flavors, in any state."""
    names = draw(st.lists(st.sampled_from(FLAVORS), unique=True))
    return Desired(tuple(_wish(draw, name) for name in names), draw(st.booleans()))


def _wish(draw: st.DrawFn, name: str) -> DesiredFlavor:
    inside = [capability(name, feature, value, which) for (feature, which), value in draw(content).items()]
    presence = draw(st.sampled_from(("present", "present", "missing", "gone")))
    return flavor(name, inside, unknown=draw(unknown), presence=presence)


@st.composite
def regions(draw: st.DrawFn) -> tuple[Region, Ours]:
    """What A&AI has, and what of it, and of what it has not, is ours."""
    region: Region = {}
    ours: dict[str, Instance] = {}
    for name in draw(st.lists(st.sampled_from(FLAVORS), unique=True)):
        region[name] = {key: {"hpa-capability-id": key, "hpa-feature": f} for key, f in draw(foreign).items()}
        for (feature, which), value in draw(content).items():
            one = capability(name, feature, value, which)
            region[name][one.id] = dict(one.content)
            if draw(st.integers(0, 4)):
                ours[one.id] = Instance(name, feature, which)
    for (feature, which), value in draw(content).items():
        ours.setdefault(capability("f", feature, value, which).id, Instance("f", feature, which))
    return region, Ours(ours, draw(st.frozensets(st.sampled_from(FLAVORS))))


def read(region: Region) -> Actual:
    """As A&AI tells it."""
    told = (
        {**flavor(name).properties, "hpa-capabilities": {"hpa-capability": list(inside.values())}}
        for name, inside in region.items()
    )
    return Actual({each.id: each for each in (read_flavor(one, "test") for one in told)})


def perform(plan: Plan, region: Region) -> None:
    """Do a plan in a region as small as this; each action has to make sense where it is done."""
    for action in plan.writes:
        if action.kind == "create" and not action.capability:
            assert action.flavor not in region
            inside = action.content["hpa-capabilities"]["hpa-capability"]
            region[action.flavor] = {each["hpa-capability-id"]: each for each in inside}
        elif action.kind == "create":
            assert action.capability not in region[action.flavor]
            region[action.flavor][action.capability] = dict(action.content)
        elif action.kind == "change":
            assert action.capability in region[action.flavor]
            region[action.flavor][action.capability] = dict(action.content)
        elif action.capability:
            del region[action.flavor][action.capability]
        else:
            assert region.pop(action.flavor) == {}


@settings(max_examples=EXAMPLES, deadline=None)
@given(wishes(), regions(), st.sampled_from(("keep", "withdraw")))
def test_nothing_is_deleted_without_proof(wanted: Desired, has: tuple[Region, Ours], on_failure: str) -> None:
    """Not what is not ours, not from a listing that is incomplete, not what is unknown unless withdrawn."""
    region, ours = has
    policy = Policy(on_failure="withdraw" if on_failure == "withdraw" else "keep")
    owned = {**ours.capabilities, **intended(wanted)}
    of = {each.id: each for each in wanted.flavors}

    for action in make_plan(PLACE, wanted, ours, read(region), policy).writes:
        if action.kind not in {"delete", "change"}:
            continue
        found = of[action.flavor]
        assert action.kind == "change" or wanted.complete
        assert found.presence == "gone" or (found.presence == "present" and action.capability)
        if not action.capability:
            assert action.flavor in ours.flavors
            continue
        one = owned[action.capability]
        assert one.flavor == action.flavor
        if on_failure == "keep" and found.presence == "present":
            assert not one.is_unknown(found.unknown)


@settings(max_examples=EXAMPLES, deadline=None)
@given(wishes(), regions(), st.sampled_from(("keep", "withdraw")))
def test_one_apply_is_enough(wanted: Desired, has: tuple[Region, Ours], on_failure: str) -> None:
    """Planned again there is nothing to do, and what is known is as it is desired."""
    region, ours = has
    policy = Policy(on_failure="withdraw" if on_failure == "withdraw" else "keep")
    owned = ours.with_capabilities(intended(wanted))
    before = {name: {key for key in inside if not owned.owns(name, key)} for name, inside in region.items()}
    plan = make_plan(PLACE, wanted, ours, read(region), policy)
    perform(plan, region)
    created = frozenset(each.flavor for each in plan.writes if each.kind == "create" and not each.capability)
    ours = Ours({**ours.capabilities, **intended(wanted)}, ours.flavors | created)

    assert make_plan(PLACE, wanted, ours, read(region), policy).writes == ()
    for name, foreigners in before.items():
        assert foreigners <= region.get(name, {}).keys()
    for each in wanted.flavors:
        if each.presence == "present" and not each.unknown and wanted.complete:
            inside = region.get(each.id, {})
            assert {key: inside[key] for key in inside if ours.owns(each.id, key)} == {
                one.id: one.content for one in each.capabilities
            }
