# SPDX-License-Identifier: Apache-2.0
"""Others who write meanwhile, and writes that come late: in the end all is right, and it is known whose it is."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from aai.wishes import (
    REGION,
    SLOW,
    Caller,
    as_standing,
    as_written,
    caller,
    capability,
    desired,
    flavor,
    flavors,
    standing,
)
from hpa_discovery.aai.applying import apply_region
from hpa_discovery.errors import DataError
from peers.aai.journal import needless

if TYPE_CHECKING:
    from collections.abc import Callable

    from hpa_discovery.aai.desired import Ours
    from hpa_discovery.connectors.client import HttpClient
    from peers.aai.running import Aai


def until(true: Callable[[], bool]) -> None:
    """Wait for what still happens at the other end."""
    for _ in range(100):
        if true():
            return
        time.sleep(0.05)
    pytest.fail("it did not happen")


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
    until(lambda: "f0" in standing(aai))
    assert impatient.apply(gone).complete
    assert standing(aai) == {}


def test_a_change_that_lands_after_the_next_one(aai: Aai, impatient: Caller) -> None:
    """Is refused by A&AI, as the resource-version is another one."""
    impatient.apply(flavors(1))
    aai.control.fail("slow", method="bulk", seconds=SLOW, times=1)
    assert len(impatient.apply(flavors(1, "2")).silent) == 1

    assert impatient.apply(flavors(1, "3")).complete

    assert standing(aai) == as_standing(flavors(1, "3"))
    until(lambda: aai.control.counts()["bulk"] == 2)
    assert standing(aai) == as_standing(flavors(1, "3"))


def test_a_delete_that_lands_when_it_is_wanted_again(aai: Aai, impatient: Caller) -> None:
    """Is repaired by the apply after it."""
    impatient.apply(flavors(1))
    aai.control.fail("slow", method="DELETE", seconds=SLOW, times=1)
    assert len(impatient.apply(desired(flavor("f0", ()))).silent) == 1

    assert impatient.apply(flavors(1)).complete
    until(lambda: standing(aai) == {"f0": {}})

    assert impatient.apply(flavors(1)).complete
    assert standing(aai) == as_standing(flavors(1))


def test_sequential_between_its_two_calls(aai: Aai, impatient: Caller) -> None:
    """Deleted and not written: the next apply writes it. A delete without an answer is not followed by a write."""
    impatient.target = replace(impatient.target, policy=replace(impatient.target.policy, replace="sequential"))
    impatient.apply(flavors(3))
    aai.control.forget()
    aai.control.fail("reset_before", method="bulk", skip=1, times=1)

    assert len(impatient.apply(flavors(3, "2")).silent) == 3
    assert standing(aai) == {f"f{number}": {} for number in range(3)}
    assert impatient.apply(flavors(3, "2")).complete
    assert standing(aai) == as_standing(flavors(3, "2"))

    aai.control.fail("reset_after", method="bulk", times=1)
    assert len(impatient.apply(flavors(3, "3")).silent) == 3
    assert impatient.apply(flavors(3, "3")).complete
    assert standing(aai) == as_standing(flavors(3, "3"))
    assert needless(aai.control.writes()) == []


REFUSALS: list[dict[str, Any]] = [{"kind": "poison"}, {"kind": "implied"}]


@pytest.mark.parametrize("bulk_limit", [30, 1])
@pytest.mark.parametrize("refusal", REFUSALS)
def test_sequential_puts_back_what_it_could_not_replace(
    aai: Aai, region: Caller, refusal: dict[str, Any], bulk_limit: int
) -> None:
    """A PUT that is refused after its DELETE loses nothing, as in one transaction: what stood there is written again.

    So it is for servers without bulk calls, where each change is DELETE, then PUT.
    """
    aai.control.change(bulk_limit=bulk_limit)
    replaces = "sequential" if bulk_limit > 1 else "transaction"
    region.apply(flavors(40), replace=replaces)
    wanted = flavors(40, "2")
    [one] = wanted.flavors[13].capabilities
    before = _without_versions(aai.control.tree(f"{REGION}/flavors/flavor/f13"))
    refused_puts = 6 if bulk_limit > 1 else 1  # in groups of 30, 15, 8, 4, 2 and alone
    aai.control.fail(path=one.id, skip=1, times=refused_puts, **refusal)  # its DELETE is let through

    applied = region.apply(wanted, replace=replaces)

    assert [each.action.key for each in applied.refused] == [("f13", one.id)]
    assert len(applied.done) == 39
    assert standing(aai) == {**as_standing(wanted), "f13": as_standing(flavors(40))["f13"]}
    assert _without_versions(aai.control.tree(f"{REGION}/flavors/flavor/f13")) == before
    assert "missing" not in str(applied.refused[0].error)
    assert region.apply(wanted, replace=replaces).complete
    assert standing(aai) == as_standing(wanted)


def _without_versions(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_versions(each) for name, each in value.items() if name != "resource-version"}
    return [_without_versions(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize(("trouble", "said"), [({"kind": "poison"}, "4000"), ({"kind": "reset_before"}, "HTTP answer")])
def test_sequential_says_when_it_cannot_put_back(aai: Aai, region: Caller, trouble: dict[str, Any], said: str) -> None:
    """What is gone for now is told as such, with why, and comes with the next apply that A&AI takes."""
    region.apply(flavors(3), replace="sequential")
    wanted = flavors(3, "2")
    [one] = wanted.flavors[1].capabilities
    aai.control.fail("poison", path=one.id, skip=1)
    if trouble["kind"] != "poison":
        aai.control.fail(path=one.id, method="PUT", skip=1, **trouble)

    [refusal] = region.apply(wanted, replace="sequential").refused

    assert "is missing from A&AI now" in str(refusal.error)
    assert said in str(refusal.error)
    assert (refusal.error.status, refusal.error.number) == (500, "4000")
    assert [name for name, _ in region.events] == ["aai.refused"]
    assert region.events[0][1]["reason"] == str(refusal.error)
    assert standing(aai)["f1"] == {}
    aai.control.heal()
    assert region.apply(wanted, replace="sequential").complete
    assert standing(aai) == as_standing(wanted)


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


def test_one_capability_of_a_new_flavor_is_refused(aai: Aai, region: Caller) -> None:
    """The flavor comes with the others, in single writes."""
    inside = [capability("f", feature) for feature in ("numa", "hugePages", "cpuPinning")]
    bad = {**inside[1].content, "hpa-feature-attributes": [{"hpa-attribute-key": "k", "hpa-attribute-value": {"v": 1}}]}
    wanted = desired(flavor("f", [inside[0], replace(inside[1], content=bad), inside[2]]), flavor("g"))

    applied = region.apply(wanted)

    assert [(each.action.capability, each.error.status) for each in applied.refused] == [(inside[1].id, 400)]
    assert standing(aai).keys() == {"f", "g"}
    assert standing(aai)["f"].keys() == {inside[0].id, inside[2].id}
    assert applied.ours.flavors == {"f", "g"}
    cured = desired(flavor("f", inside), flavor("g"))
    assert region.apply(cured).complete
    assert standing(aai) == as_standing(cured)


@pytest.mark.parametrize("bad", range(4))
def test_a_process_that_died_while_it_made_a_flavor_in_parts(aai: Aai, http: HttpClient, bad: int) -> None:
    """Below v22 no object tells whose it is; but never is there a flavor without a capability of ours in it.

    So whenever the process dies, the next read knows the flavor again, and deletes it when it is gone.
    """
    region = caller(aai, http, 21)
    inside = [capability("f", feature) for feature in ("numa", "hugePages", "cpuPinning", "localStorage")]
    wrong = {**inside[bad].content, "hpa-feature-attributes": [{"hpa-attribute-key": "k", "hpa-attribute-value": {}}]}
    wanted = desired(flavor("f", [replace(e, content=wrong) if e is inside[bad] else e for e in inside]))

    assert [each.action.capability for each in region.apply(wanted).refused] == [inside[bad].id]

    [first, *_] = [write for write in aai.control.writes() if write["status"] == 201]
    assert len(first["content"]["hpa-capabilities"]["hpa-capability"]) == 1
    assert standing(aai)["f"].keys() == {each.id for each in inside} - {inside[bad].id}
    region.ours = region.committed[0]  # what is kept before the first write
    gone = desired(replace(wanted.flavors[0], presence="gone"))
    assert region.apply(gone, allow_deletes=100).complete
    assert standing(aai) == {}


def test_a_flavor_that_is_refused_itself(aai: Aai, region: Caller) -> None:
    """Is one refusal, whatever is in it, and leaves nothing behind."""
    inside = [capability("f", feature) for feature in ("numa", "hugePages", "cpuPinning")]
    aai.control.fail("poison", path="/flavor/f")

    applied = region.apply(desired(flavor("f", inside)))

    assert [each.action.key for each in applied.refused] == [("f", "")]
    assert (applied.silent, applied.left) == ((), ())
    assert standing(aai) == {}
    assert aai.control.counts()["PUT"] == 1 + len(inside)


@pytest.mark.parametrize("kind", ["poison", "conflict", "reset_before"])
def test_what_cannot_be_replaced_stays(aai: Aai, region: Caller, kind: str) -> None:
    """A new version of a rule has new ids: while its capability is not there, the old one is not deleted."""
    region.apply(flavors(5))
    newer = desired(*(flavor(f"f{n}", [capability(f"f{n}", version="v2")]) for n in range(5)))
    key = newer.flavors[2].capabilities[0].id
    aai.control.fail(kind, path=key)
    aai.control.fail("poison", path=key)  # so that it stands alone, where its PUT can be reset

    for _ in range(3):
        applied = region.apply(newer)
        assert [each.flavor for each in applied.failed] == ["f2"]
        assert standing(aai) == {**as_standing(newer), "f2": as_standing(flavors(5))["f2"]}

    aai.control.heal()
    assert region.apply(newer).complete
    assert standing(aai) == as_standing(newer)


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
