# SPDX-License-Identifier: Apache-2.0
"""Others who write meanwhile, and writes that come late: in the end all is right, and it is known whose it is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from aai.wishes import (
    REGION,
    SLOW,
    Caller,
    as_standing,
    as_written,
    capability,
    desired,
    flavor,
    flavors,
    standing,
)
from hpa_discovery.aai import sending
from hpa_discovery.aai.applying import apply_region
from hpa_discovery.errors import DataError
from peers.aai.asking import Asking
from peers.aai.journal import needless

if TYPE_CHECKING:
    from hpa_discovery.aai.desired import Ours
    from peers.aai.running import Aai


def test_a_create_that_landed_between_read_and_write(aai: Aai, region: Caller) -> None:
    """Answers 412; read and planned again, it is what was wanted, and the flavor object is ours."""
    wanted = flavors(3)
    landed = wanted.flavors[1]
    body = {**landed.properties, "hpa-capabilities": {"hpa-capability": [dict(e.content) for e in landed.capabilities]}}
    late = [(f"{REGION}/flavors/flavor/f1", body)]

    def commit(_: object, ours: Ours) -> None:
        region.commit(_, ours)
        if late:
            aai.control.load([late.pop()])

    region.ours = replace(region.ours, asked=frozenset({"f1"}))
    applied = apply_region(region.target, wanted, region.ours, commit=commit)

    assert applied.complete
    assert applied.rounds == 2
    assert standing(aai) == as_standing(wanted)
    assert needless(aai.control.writes()) == []
    assert (applied.ours.flavors, applied.ours.asked) == ({"f0", "f1", "f2"}, set())


def test_a_flavor_that_is_refused_may_still_come_of_an_earlier_try(aai: Aai, region: Caller) -> None:
    """What A&AI says of this try it does not say of the one that had no answer."""
    aai.control.fail("poison", path="f1")
    region.ours = replace(region.ours, asked=frozenset({"f1"}))

    applied = region.apply(flavors(3))

    assert [each.action.flavor for each in applied.refused] == ["f1"]
    assert (applied.ours.flavors, applied.ours.asked) == ({"f0", "f2"}, {"f1"})


def test_a_flavor_that_somebody_else_made_meanwhile(aai: Aai, region: Caller) -> None:
    """Gets our capabilities, and is not ours to delete."""
    theirs = [(f"{REGION}/flavors/flavor/f1", {"flavor-name": "theirs", "flavor-selflink": "s"})]

    def commit(_: object, ours: Ours) -> None:
        region.commit(_, ours)
        if theirs:
            aai.control.load([theirs.pop()])

    applied = apply_region(region.target, flavors(3), region.ours, commit=commit)

    assert applied.complete
    assert standing(aai) == as_standing(flavors(3))
    assert (applied.ours.flavors, applied.ours.asked) == ({"f0", "f2"}, set())
    assert region.committed[1].asked == frozenset()


def test_a_create_that_lands_when_it_is_not_wanted_any_more(aai: Aai, impatient: Caller) -> None:
    """What we gave up on is still ours: it is deleted, with the flavor object that came with it."""
    aai.control.fail("slow", method="PUT", seconds=SLOW, times=1)
    assert len(impatient.apply(flavors(1)).silent) == 1
    gone = desired(replace(flavors(1).flavors[0], presence="gone"))

    at_once = impatient.apply(gone)

    assert at_once.complete
    assert at_once.absent == {each.id for each in flavors(1).flavors[0].capabilities}
    aai.control.settle()
    assert "f0" in standing(aai)
    assert impatient.apply(gone).complete
    assert standing(aai) == {}


def test_a_create_that_aai_gave_up_on(aai: Aai, region: Caller) -> None:
    """It is there all the same, and ours: it goes with the flavor object when it is not wanted any more."""
    aai.control.fail("gave_up", method="PUT", times=1)
    assert len(region.apply(flavors(1)).silent) == 1

    assert region.apply(desired(replace(flavors(1).flavors[0], presence="gone"))).complete

    assert standing(aai) == {}


def test_a_change_that_lands_after_the_next_one(aai: Aai, impatient: Caller) -> None:
    """Is refused by A&AI, as the resource-version is another one."""
    impatient.apply(flavors(1))
    aai.control.fail("slow", method="bulk", seconds=SLOW, times=1)
    assert len(impatient.apply(flavors(1, "2")).silent) == 1

    assert impatient.apply(flavors(1, "3")).complete

    assert standing(aai) == as_standing(flavors(1, "3"))
    aai.control.settle()
    assert aai.control.counts()["bulk"] == 2
    assert standing(aai) == as_standing(flavors(1, "3"))


def test_a_delete_that_lands_when_it_is_wanted_again(aai: Aai, impatient: Caller) -> None:
    """Is repaired by the apply after it."""
    impatient.apply(flavors(1))
    aai.control.fail("slow", method="DELETE", seconds=SLOW, times=1)
    assert len(impatient.apply(desired(flavor("f0", ()))).silent) == 1

    assert impatient.apply(flavors(1)).complete
    aai.control.settle()
    assert standing(aai) == {"f0": {}}

    assert impatient.apply(flavors(1)).complete
    assert standing(aai) == as_standing(flavors(1))


def test_somebody_else_deleted_it_first(aai: Aai, region: Caller) -> None:
    """A delete of what is not there any more is done."""
    region.apply(flavors(2))
    one = flavors(1).flavors[0].capabilities[0]
    uri = f"{REGION}/flavors/flavor/f0/hpa-capabilities/hpa-capability/{one.id}"

    def commit(_: object, ours: Ours) -> None:
        region.commit(_, ours)
        aai.control.change(implied_delete=["*"])
        aai.control.load([(f"{REGION}/flavors/flavor/f0", _without_capabilities(aai))])

    applied = apply_region(region.target, desired(flavor("f0", ())), region.ours, commit=commit)

    assert applied.complete
    assert applied.rounds == 1
    assert aai.control.tree(uri) is None


def test_what_somebody_deleted_before_it_was_changed_is_made_anew(aai: Aai, region: Caller) -> None:
    """A DELETE that finds nothing is what was wanted only where nothing was to follow it."""
    region.apply(flavors(1))
    wanted = flavors(1, "2")
    path = f"{REGION}/flavors/flavor/f0/hpa-capabilities/hpa-capability/{wanted.flavors[0].capabilities[0].id}"

    def commit(plan: Any, ours: Ours) -> None:
        region.commit(plan, ours)
        if aai.control.tree(path) is not None:
            with Asking(aai) as other:
                assert other.delete(path.lstrip("/"), other.version_of(path.lstrip("/"))).status == 204

    applied = apply_region(region.target, wanted, region.ours, commit=commit)

    assert (applied.rounds, applied.complete) == (2, True)
    assert standing(aai) == as_standing(wanted)


def _without_capabilities(aai: Aai) -> dict[str, Any]:
    tree = aai.control.tree(f"{REGION}/flavors/flavor/f0")
    assert tree is not None
    return {**tree, "hpa-capabilities": {"hpa-capability": []}}


def test_a_capability_that_cannot_be_deleted_keeps_its_flavor(aai: Aai, region: Caller) -> None:
    """The flavor object is not even tried, so there is one refusal, not two."""
    region.apply(flavors(2))
    gone = desired(*(replace(each, presence="gone") for each in flavors(2).flavors))
    aai.control.fail("poison", path=flavors(1).flavors[0].capabilities[0].id)

    applied = region.apply(gone)

    assert [refusal.action.flavor for refusal in applied.refused] == ["f0"]
    assert [action.key for action in applied.left] == [("f0", "")]
    assert list(standing(aai)) == ["f0"]
    aai.control.heal()
    assert region.apply(gone).complete
    assert standing(aai) == {}


def test_a_process_that_died_after_its_writes(aai: Aai, region: Caller) -> None:
    """What was committed before them is enough: nothing is written twice, and our flavor objects are ours."""
    wanted = flavors(3)
    region.apply(wanted)
    region.ours = region.committed[-1]
    assert (region.ours.flavors, region.ours.asked) == (frozenset(), frozenset({"f0", "f1", "f2"}))
    aai.control.forget()

    assert region.apply(wanted).complete

    assert aai.control.writes() == []
    gone = desired(*(replace(each, presence="gone") for each in wanted.flavors))
    assert region.apply(gone).complete
    assert standing(aai) == {}


def test_another_round_does_not_send_what_had_no_answer(aai: Aai, region: Caller) -> None:
    """It may still come; only what A&AI refused because it had changed is planned again."""
    region.apply(flavors(40))
    wanted = flavors(40, "2")
    aai.control.fail("reset_before", method="bulk", times=1)
    aai.control.fail("conflict", path=wanted.flavors[35].capabilities[0].id, times=4)  # in groups of 10, 5, 2, alone

    applied = region.apply(wanted)

    assert applied.rounds == 2
    assert [each.flavor for each in applied.silent] == [f"f{number}" for number in range(15)]
    assert (len(applied.done), applied.refused) == (25, ())
    old, new = as_standing(flavors(40)), as_standing(wanted)
    assert standing(aai) == {name: old[name] if int(name[1:]) < 15 else new[name] for name in new}


def test_another_round_does_not_delete_what_was_not_replaced(aai: Aai, region: Caller) -> None:
    """What failed in the first round is remembered in the second."""
    region.apply(flavors(5))
    newer = desired(*(flavor(f"f{n}", [capability(f"f{n}", version="v2")]) for n in range(5)))
    aai.control.fail("poison", path=newer.flavors[2].capabilities[0].id)
    aai.control.fail("conflict", path=newer.flavors[3].capabilities[0].id, times=3)

    applied = region.apply(newer)

    assert applied.rounds == 2
    assert [each.action.flavor for each in applied.refused] == ["f2"]
    assert standing(aai) == {**as_standing(newer), "f2": as_standing(flavors(5))["f2"]}


def test_what_was_left_and_then_done_by_somebody_else_is_not_left(
    aai: Aai, region: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a conflict A&AI is read again, and has all that is wanted."""
    monkeypatch.setattr(sending, "MOST_CONFLICTS", 1)
    region.apply(flavors(3))
    wanted = flavors(3, "2")

    def commit(plan: Any, ours: Ours) -> None:
        region.commit(plan, ours)
        apply_region(region.target, wanted, region.ours, commit=region.commit)

    applied = apply_region(region.target, wanted, region.ours, commit=commit)

    assert (applied.rounds, applied.done, applied.left, applied.complete) == (2, (), (), True)


def test_a_conflict_before_the_end(aai: Aai, region: Caller) -> None:
    """There is no other round when sending had to stop, so it is told as refused."""
    region.apply(flavors(40))
    wanted = flavors(40, "2")
    aai.control.fail("conflict", path=wanted.flavors[0].capabilities[0].id)
    aai.control.fail("status", status=401, method="bulk", skip=7)  # after what the first group was halved to

    applied = region.apply(wanted)

    assert [each.action.flavor for each in applied.refused] == ["f0"]
    assert len(applied.done) + len(applied.left) == 39
    assert applied.left
    assert applied.stopped is not None


def test_what_a_commit_raises_ends_the_apply(aai: Aai, region: Caller) -> None:
    """Nothing was written, as nothing was kept."""

    def refuse(_: object, __: Ours) -> None:
        raise DataError("another process has this region now")

    with pytest.raises(DataError, match="another process"):
        apply_region(region.target, flavors(1), region.ours, commit=refuse)

    assert aai.control.writes() == []


def test_commit_comes_before_the_first_write(aai: Aai, region: Caller) -> None:
    """With everything that the plan is going to write."""
    seen: list[tuple[set[str], set[str], int]] = []

    def commit(_: object, ours: Ours) -> None:
        seen.append((set(ours.capabilities), set(ours.asked), len(aai.control.writes())))

    wanted = flavors(3)
    apply_region(region.target, wanted, region.ours, commit=commit)

    assert seen == [({e.id for f in wanted.flavors for e in f.capabilities}, {"f0", "f1", "f2"}, 0)]


def test_the_same_id_below_another_flavor_is_not_ours(aai: Aai, region: Caller) -> None:
    """Somebody copied it; it is left alone."""
    region.apply(flavors(1))
    copied = as_written(flavors(1).flavors[0].capabilities[0])
    body = {"flavor-name": "n", "flavor-selflink": "s", "hpa-capabilities": {"hpa-capability": [copied]}}
    aai.control.load([(f"{REGION}/flavors/flavor/other", body)])

    assert region.apply(desired(flavor("f0", ()), flavor("other", ()))).complete

    assert standing(aai) == {"f0": {}, "other": as_standing(flavors(1))["f0"]}
