# SPDX-License-Identifier: Apache-2.0
"""Plans that would delete much, what is taken over from ONAP's own driver, and what unregistering deletes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from aai.wishes import FOREIGN, PLACE, RANDOM, actual, as_written, capability, desired, flavor, plan, told
from hpa_discovery.aai import plan as plans
from hpa_discovery.aai.actual import Actual
from hpa_discovery.aai.adopting import adoptable
from hpa_discovery.aai.desired import Instance, Ours, intended
from hpa_discovery.aai.unregister import unregister_plan

if TYPE_CHECKING:
    from hpa_discovery.aai.desired import Desired

OLD = capability("f", "hugePages", "old")


def region(count: int, keep: int) -> tuple[Desired, Actual, Ours]:
    """Flavors with ten capabilities of ours each; only the first `keep` of all are still so."""
    names = [f"f{number}" for number in range(count // 10)]
    all_of = {name: [capability(name, f"feature{n}") for n in range(10)] for name in names}
    left = keep
    flavors = []
    for name in names:
        flavors.append(flavor(name, all_of[name][:left]))
        left = max(0, left - 10)
    has = actual(*((name, [as_written(each) for each in all_of[name]]) for name in names))
    everything = desired(*(flavor(name, all_of[name]) for name in names))
    return desired(*flavors), has, Ours(intended(everything), frozenset(names))


@pytest.mark.parametrize(
    ("count", "deletes", "allowed", "held"),
    [
        (100, 20, 0, False),
        (100, 21, 0, True),
        (100, 21, 20, True),
        (100, 21, 21, False),
        (210, 21, 0, False),
        (200, 21, 0, True),
        (20, 20, 0, False),
        (300, 300, 299, True),
    ],
)
def test_a_plan_that_would_delete_much_is_held(count: int, deletes: int, allowed: int, held: bool) -> None:
    """More than 20, and more than 10% of what is ours; until that many are allowed."""
    wanted, has, ours = region(count, count - deletes)

    made = plan(wanted, has, ours, allow_deletes=allowed)

    assert made.deletes == deletes
    assert bool(made.held) is held
    assert not held or f"delete {deletes} of {count} capabilities" in made.held


def test_a_plan_that_would_write_more_than_can_be_read_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or nobody could ever correct it; whatever deletes are allowed."""
    wanted = desired(flavor("f", [capability("f", value="\u00e4" * 20)]))
    size = plan(wanted, actual(), Ours()).size
    assert size > 40
    monkeypatch.setattr(plans, "MOST_BYTES", size)
    assert plan(wanted, actual(), Ours()).held == ""

    monkeypatch.setattr(plans, "MOST_BYTES", size - 1)

    assert f"takes {size} bytes in A&AI" in plan(wanted, actual(), Ours(), allow_deletes=100).held


def test_the_capabilities_of_others_do_not_make_room_for_deletes() -> None:
    """The share is of what is ours."""
    wanted, has, ours = region(100, 70)
    others = {f"g{n}": [dict(FOREIGN, **{"hpa-capability-id": f"{n}-{m}"}) for m in range(9)] for n in range(100)}

    crowded = Actual({**has.flavors, **actual(*others.items()).flavors})

    assert plan(wanted, crowded, ours).held


def test_one_capability_replaces_one() -> None:
    """A pack that says three versions of each and then one loses what nothing stands for: such a plan is held, too."""
    names = [f"f{number}" for number in range(30)]
    said = {name: [capability(name, version=f"v{number}") for number in (1, 2, 3)] for name in names}
    everything = desired(*(flavor(name, said[name]) for name in names))
    has = actual(*((name, [as_written(each) for each in said[name]]) for name in names))

    made = plan(desired(*(flavor(name, said[name][2:]) for name in names)), has, Ours(intended(everything)))

    assert made.counts()["delete"] == 60
    assert made.deletes == 30
    assert made.held


def test_what_is_desired_counts_as_ours() -> None:
    """Recorded or not: its id can only be ours."""
    wanted, has, ours = region(300, 279)
    forgotten = Ours({key: each for key, each in ours.capabilities.items() if key not in intended(wanted)})

    made = plan(wanted, has, forgotten)

    assert (made.deletes, made.of_ours, made.held) == (21, 300, "")


def test_losing_sight_of_private_flavors_holds_the_plan() -> None:
    """40% of the flavors seem gone from two complete listings: nothing is deleted before somebody allows it."""
    wanted, has, ours = region(100, 100)
    seen = tuple(replace(each, presence="gone") if n < 4 else each for n, each in enumerate(wanted.flavors))

    assert plan(replace(wanted, flavors=seen), has, ours).held


def adopted(*features: str, wanted: Desired | None = None, key: str = RANDOM, **more: str) -> dict[str, Instance]:
    """What may be adopted of a flavor that has these features with such an id; underscores in names become dashes."""
    members = {name.replace("_", "-"): value for name, value in more.items()}
    written = [dict(FOREIGN, **members, **{"hpa-feature": each, "hpa-capability-id": key}) for each in features]
    return adoptable(wanted or desired(flavor("f", [OLD])), Ours(), actual(("f", written)))


def test_what_onaps_driver_wrote_can_be_adopted() -> None:
    """Same flavor, same feature and a random id; its discriminator is not known."""
    assert adopted("hugePages") == {RANDOM: Instance("f", "hugePages", "*")}


@pytest.mark.parametrize(
    "found",
    [
        adopted("numa"),
        adopted("hugePages", key="theirs"),
        adopted("hugePages", key=OLD.id),
        adopted("hugePages", key="5b0c1d0e-6f0a-5d3c-9a55-3c1f6c1b7e10"),
        adopted("hugePages", data_owner="an inventory"),
        adopted("hugePages", data_source="an inventory"),
        adopted("hugePages", wanted=desired(flavor("g", [OLD]))),
        adopted("hugePages", wanted=desired(flavor("f", [OLD], presence="missing"))),
    ],
)
def test_nothing_else_is_adopted(found: dict[str, Instance]) -> None:
    """Another feature, another sort of id, what says whose it is, another flavor, one that is missing."""
    assert found == {}


def test_adopted_capabilities_are_replaced_by_ours() -> None:
    """Ours is written first; it does not count as a loss."""
    theirs = dict(FOREIGN, **{"hpa-capability-id": RANDOM})
    has = actual(("f", [theirs]))
    wanted = desired(flavor("f", [OLD]))

    made = plan(wanted, has, Ours(adoptable(wanted, Ours(), has)))

    assert told(made) == [("create", OLD.id), ("delete", RANDOM)]
    assert made.actions[1].why == "another one says it instead"
    assert made.deletes == 0


def test_unregister_deletes_what_is_ours() -> None:
    """Never held, whatever was listed; flavor objects with what others have below them stay."""
    _, has, ours = region(100, 100)
    crowded = Actual({**has.flavors, **actual(("theirs", [FOREIGN])).flavors})

    made = unregister_plan(PLACE, ours, crowded)

    assert made.counts() == {"create": 0, "change": 0, "delete": 110, "keep": 2}
    assert not made.held
