# SPDX-License-Identifier: Apache-2.0
"""What a plan does with each object, and why; unknown is not absent."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from aai.wishes import FOREIGN, actual, as_written, capability, desired, flavor, instances, plan, told
from hpa_discovery.aai.actual import Actual
from hpa_discovery.aai.desired import Instance, Ours
from hpa_discovery.aai.plan import COLUMNS

if TYPE_CHECKING:
    from hpa_discovery.aai.desired import DesiredCapability

OLD = capability("f", "hugePages", "old")
NEW = capability("f", "hugePages", "new")
NIC = capability("f", "sriovNICNetwork", "1", "physnet1")


def standing_old(*more: DesiredCapability) -> tuple[Actual, Ours]:
    """A region whose flavor has OLD and these, all ours."""
    return (
        actual(("f", [as_written(each) for each in (OLD, *more)])),
        Ours(instances(OLD, *more, flavor="f"), frozenset({"f"})),
    )


def test_a_new_flavor_is_one_action() -> None:
    """With its capabilities inside and no resource-version anywhere."""
    made = plan(desired(flavor("f", [OLD, NIC])), actual())

    [create] = made.actions
    assert (create.kind, create.capability, create.resource_version) == ("create", "", "")
    assert create.content["hpa-capabilities"] == {"hpa-capability": [OLD.content, NIC.content]}
    assert create.content["flavor-name"] == "onap.f"
    assert create.why == "A&AI has no such flavor; with 2 capabilities"
    assert plan(desired(flavor("f", [OLD])), actual()).actions[0].why == "A&AI has no such flavor; with 1 capability"


def test_a_flavor_of_which_nothing_is_to_be_said_is_not_made() -> None:
    """OOF would never choose it."""
    assert [each.kind for each in plan(desired(flavor("f", ())), actual()).actions] == ["keep"]


SAME: list[dict[str, Any]] = [
    {},
    {"resource-version": "77", "relationship-list": {"relationship": []}, "data-owner": "x", "something": {"new": 1}},
    {"hpa-feature-attributes": [dict(e, **{"resource-version": "3"}) for e in OLD.content["hpa-feature-attributes"]]},
    {"hpa-feature-attributes": OLD.content["hpa-feature-attributes"][::-1]},
]
OTHER: list[dict[str, Any]] = [
    {"hpa-feature": "hugepages"},
    {"hpa-version": "v2"},
    {"hpa-version": None},
    {"architecture": "Intel64"},
    {"hpa-feature-attributes": []},
    {"hpa-feature-attributes": OLD.content["hpa-feature-attributes"][:1]},
    {"hpa-feature-attributes": [*OLD.content["hpa-feature-attributes"], {"hpa-attribute-key": "lingers"}]},
    {"hpa-feature-attributes": [{"hpa-attribute-key": "count"}, OLD.content["hpa-feature-attributes"][1]]},
    {
        "hpa-feature-attributes": [
            {"hpa-attribute-key": "count", "hpa-attribute-value": '{"value": "old"}'},
            OLD.content["hpa-feature-attributes"][1],
        ]
    },
]


@pytest.mark.parametrize(("changes", "kind"), [*((e, "keep") for e in SAME), *((e, "change") for e in OTHER)])
def test_what_counts_in_a_comparison(changes: dict[str, Any], kind: str) -> None:
    """Feature, version, architecture, and the set of keys and texts; the text to the letter."""
    made = plan(desired(flavor("f", [OLD])), actual(("f", [as_written(OLD, **changes)])))

    assert told(made) == [(kind, OLD.id)]


def test_the_object_of_others_is_not_changed() -> None:
    """Whatever the cloud says of it; ours follows the cloud, one property at a time."""
    has, ours = standing_old()
    wanted = flavor("f", [OLD])
    wanted = replace(wanted, properties={**wanted.properties, "flavor-ram": 1})

    assert told(plan(desired(wanted), has)) == [("keep", OLD.id)]
    [change, keep] = plan(desired(wanted), has, ours).actions
    assert (change.kind, change.capability, change.content, keep.kind) == ("change", "", {"flavor-ram": 1}, "keep")


@pytest.mark.parametrize("name", ["", ".", "..", "\ud800", "a/../b", "a\\..", "./a", "a/."])
def test_an_id_that_no_path_can_hold(name: str) -> None:
    """Is left out, and told."""
    [keep] = plan(desired(flavor(name, [OLD])), actual()).actions

    assert (keep.kind, keep.why) == ("keep", f"A&AI cannot have a flavor with the id {name!r}")


def test_a_change_says_what_is_other() -> None:
    """Properties, then attributes: those that differ, are missing or linger."""
    attributes = [{"hpa-attribute-key": "old"}, OLD.content["hpa-feature-attributes"][0]]
    found = as_written(OLD, **{"hpa-version": "v0", "hpa-feature-attributes": attributes})

    [change] = plan(desired(flavor("f", [NEW])), actual(("f", [found]))).actions

    assert change.why == "A&AI says otherwise of hpa-version, count, old, size"


def test_a_change_carries_what_it_replaces() -> None:
    """The resource-version as it was read, the new content, and what stands there."""
    [change] = plan(desired(flavor("f", [NEW])), actual(("f", [as_written(OLD)]))).actions

    assert (change.kind, change.resource_version, change.content) == ("change", "2", NEW.content)
    assert change.replaces == as_written(OLD, **{"resource-version": "2"})


UNKNOWN_CASES: list[tuple[str, set[tuple[str, str]], bool]] = [
    ("another feature", {("numa", "*")}, False),
    ("another instance", {("sriovNICNetwork", "physnet2")}, False),
    ("the instance", {("sriovNICNetwork", "physnet1")}, True),
    ("any instance", {("sriovNICNetwork", "*")}, True),
]


@pytest.mark.parametrize(("_", "unknown", "kept"), UNKNOWN_CASES)
def test_an_unknown_instance_is_not_deleted(_: str, unknown: set[tuple[str, str]], kept: bool) -> None:
    """Nor when any instance of its feature is unknown."""
    has, ours = standing_old(NIC)
    wanted = desired(flavor("f", [OLD], unknown=frozenset(unknown)))

    assert told(plan(wanted, has, ours)) == [("keep", OLD.id), ("keep" if kept else "delete", NIC.id)]
    withdrawn = plan(wanted, has, ours, on_failure="withdraw")
    assert told(withdrawn) == [("keep", OLD.id), ("delete", NIC.id)]


@pytest.mark.parametrize(("_", "unknown", "kept"), UNKNOWN_CASES)
def test_an_unknown_instance_is_not_changed(_: str, unknown: set[tuple[str, str]], kept: bool) -> None:
    """What A&AI has stays."""
    has, ours = actual(("f", [as_written(NIC)])), Ours(instances(NIC, flavor="f"))
    changed = capability("f", "sriovNICNetwork", "2", "physnet1")

    made = plan(desired(flavor("f", [changed], unknown=frozenset(unknown))), has)

    assert told(made) == [("keep" if kept else "change", NIC.id)]
    withdrawn = plan(desired(flavor("f", [changed], unknown=frozenset(unknown))), has, ours, on_failure="withdraw")
    exactly = ("sriovNICNetwork", "physnet1") in unknown
    assert told(withdrawn) == [("delete" if exactly else "change", NIC.id)]


@pytest.mark.parametrize(("_", "unknown", "kept"), UNKNOWN_CASES)
@pytest.mark.parametrize("exists", [True, False])
def test_a_create_waits_only_for_the_instance_itself(
    _: str, unknown: set[tuple[str, str]], kept: bool, exists: bool
) -> None:
    """Another unknown instance of the feature takes nothing away from what is known."""
    has = actual(("f", [as_written(OLD)])) if exists else actual()

    made = plan(desired(flavor("f", [OLD, NIC], unknown=frozenset(unknown))), has)

    withheld = kept and ("sriovNICNetwork", "physnet1") in unknown
    if exists:
        assert told(made) == [("keep", OLD.id), ("keep" if withheld else "create", NIC.id)]
    else:
        [create] = made.actions
        assert len(create.content["hpa-capabilities"]["hpa-capability"]) == (1 if withheld else 2)


def test_an_adopted_instance_is_protected_by_any_doubt() -> None:
    """Nobody knows which instance it is."""
    instance = Instance("f", "sriovNICNetwork", "*")

    assert instance.is_unknown(frozenset({("sriovNICNetwork", "physnet1")}))
    assert not instance.is_unknown(frozenset({("numa", "*")}))


PRESENCE = [
    ("present", True, "delete"),
    ("present", False, "keep"),
    ("missing", True, "keep"),
    ("missing", False, "keep"),
    ("gone", True, "delete"),
    ("gone", False, "keep"),
]


@pytest.mark.parametrize(("presence", "complete", "kind"), PRESENCE)
@pytest.mark.parametrize("on_failure", ["keep", "withdraw"])
def test_deletes_need_a_complete_listing(presence: str, complete: bool, kind: str, on_failure: str) -> None:
    """And of a missing flavor a second one."""
    has, ours = standing_old()
    wanted = desired(flavor("f", (), presence=presence), complete=complete)

    made = plan(wanted, has, ours, on_failure=on_failure)

    assert told(made)[0] == (kind, OLD.id)
    objects = [each.kind for each in made.actions if not each.capability]
    assert objects == ([kind] if presence == "gone" else [])


def test_a_missing_flavor_is_left_as_it_is() -> None:
    """Nothing is created, changed or deleted before the next listing."""
    has, ours = standing_old()

    assert told(plan(desired(flavor("f", [NEW, NIC], presence="missing")), has, ours)) == [("keep", OLD.id)]
    assert plan(desired(flavor("f", [NEW], presence="missing")), actual()).actions == ()


def test_a_flavor_of_which_nothing_is_known_is_left_as_it_is() -> None:
    """Its absence was not proved."""
    has, ours = standing_old()

    assert told(plan(desired(), has, ours)) == [("keep", OLD.id)]


def test_what_is_not_ours_is_left_alone() -> None:
    """Also below a flavor that is gone, whose object then stays."""
    has = actual(("f", [as_written(OLD), FOREIGN]))
    ours = Ours(instances(OLD, flavor="f"), frozenset({"f"}))

    assert told(plan(desired(flavor("f", ())), has, ours)) == [("delete", OLD.id), ("keep", "theirs")]
    gone = plan(desired(flavor("f", presence="gone")), has, ours)
    assert told(gone) == [("delete", OLD.id), ("keep", "theirs"), ("keep", "")]


def test_a_flavor_object_in_use_stays() -> None:
    """A&AI would refuse to delete what a vserver is related to."""
    relation = {"relationship": [{"related-to": "vserver"}, {"related-to": "vserver"}]}
    has = actual(("f", [as_written(OLD)]), **{"relationship-list": relation})
    _, ours = standing_old()

    made = plan(desired(flavor("f", presence="gone")), has, ours)

    assert told(made) == [("delete", OLD.id), ("keep", "")]
    assert made.actions[1].why == "the flavor is in use: it is related to vserver"


def test_what_became_of_a_flavor_that_was_asked_for() -> None:
    """Ours if it came with a capability of ours, somebody else's if not; what is absent may still come."""
    capabilities = instances(OLD, flavor="f") | instances(capability("g"), flavor="g")
    asked = Ours(capabilities, frozenset({"old"}), frozenset({"f", "g", "h"}))

    settled = actual(("f", [as_written(OLD)]), ("g", [as_written(OLD)]), ("old", [])).settle(asked)

    assert settled == Ours(capabilities, frozenset({"old", "f"}), frozenset({"h"}))
    marked = actual(("g", []), **{"data-owner": "hpa-discovery", "data-source": "hpa-discovery"})
    assert marked.settle(asked) == Ours(capabilities, frozenset({"old", "g"}), frozenset({"f", "h"}))


def test_our_flavor_object_goes_last() -> None:
    """After its capabilities; one that is not ours stays."""
    has, ours = standing_old()
    gone = desired(flavor("f", presence="gone"))

    assert told(plan(gone, has, ours)) == [("delete", OLD.id), ("delete", "")]
    assert told(plan(gone, has, replace(ours, flavors=frozenset()))) == [("delete", OLD.id), ("keep", "")]


def test_what_is_new_comes_before_what_goes() -> None:
    """A new version of a rule has new ids: OOF never finds the feature missing, and nothing counts as lost."""
    has, ours = standing_old()
    newer = capability("f", "hugePages", "old", version="v2")

    made = plan(desired(flavor("f", [newer])), has, ours)

    assert told(made) == [("create", newer.id), ("delete", OLD.id)]
    assert made.deletes == 0


def test_a_plan_tells_itself() -> None:
    """As JSON and as rows for a table."""
    has, ours = standing_old(NIC)
    made = plan(desired(flavor("f", [NEW])), has, ours)

    rows = [dict(zip(COLUMNS, row, strict=True)) for row in made.table()]
    data = json.loads(json.dumps(made.as_json()))

    assert [(row["action"], row["flavor"], row["feature"], row["why"]) for row in rows] == [
        ("change", "onap.f", "hugePages", "A&AI says otherwise of count"),
        ("delete", "onap.f", "sriovNICNetwork", "it is no more so"),
    ]
    assert data["counts"] == {"create": 0, "change": 1, "delete": 1, "keep": 0}
    assert (data["owner"], data["region"]) == ("owner", "region one")
    assert (data["deletes"], data["held"]) == (1, "")
    assert [data["actions"][1][name] for name in ("flavor_name", "capability")] == ["onap.f", NIC.id]
