# SPDX-License-Identifier: Apache-2.0
"""A&AI that fails, is slow or changes: nothing lost, nothing written twice, the rest goes on."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from aai.wishes import (
    QUICK,
    REGION,
    Caller,
    as_standing,
    as_written,
    caller,
    capability,
    desired,
    flavor,
    http_client,
    standing,
)
from hpa_discovery.aai.applying import ROUNDS, apply_region
from hpa_discovery.aai.sending import MOST_REFUSALS, MOST_SILENCES
from hpa_discovery.errors import AaiRefused, ConnectorError, DataError, IncompleteRead
from peers.aai.journal import needless

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hpa_discovery.aai.desired import Desired, Ours
    from peers.aai.running import Aai

SLOW = 0.6


@pytest.fixture
def impatient(aai: Aai) -> Iterator[Caller]:
    """Somebody who waits a third of a second for an answer."""
    with http_client(replace(QUICK, read_seconds=0.3)) as http:
        one = caller(aai, http)
        yield one
    if any("in time" in fields["reason"] for _, fields in one.events):
        time.sleep(SLOW)  # what was given up may still come, and would come in the next test


def flavors(count: int, value: str = "1") -> Desired:
    """Flavors with one capability each."""
    return desired(*(flavor(f"f{n}", [capability(f"f{n}", value=value)]) for n in range(count)))


def until(true: Callable[[], bool]) -> None:
    """Wait for what still happens at the other end."""
    for _ in range(100):
        if true():
            return
        time.sleep(0.05)
    pytest.fail("it did not happen")


WRITE_TROUBLES: list[dict[str, Any]] = [
    {"kind": "drop"},
    {"kind": "reset_before"},
    {"kind": "reset_after"},
    {"kind": "truncated"},
    {"kind": "wrong_length"},
    {"kind": "status", "status": 503},
    {"kind": "status", "status": 503, "done": True},
    {"kind": "status", "status": 504, "done": True},
    {"kind": "status", "status": 429, "retry_after": "1"},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 302},
    {"kind": "status", "status": 401},
    {"kind": "status", "status": 200},
    {"kind": "html"},
    {"kind": "html", "done": True},
    {"kind": "slow", "seconds": SLOW},
    {"kind": "slow", "seconds": SLOW, "done": True},
]


@pytest.mark.parametrize("times", [1, None])
@pytest.mark.parametrize("trouble", WRITE_TROUBLES, ids=lambda each: "-".join(str(value) for value in each.values()))
def test_a_bulk_call_without_a_good_answer(
    aai: Aai, impatient: Caller, trouble: dict[str, Any], times: int | None
) -> None:
    """Once or again and again: what may have been done is not sent again, and all is right when it is over."""
    impatient.apply(flavors(40))
    wanted = flavors(80, "2")
    aai.control.forget()
    aai.control.fail(method="bulk", times=times, **trouble)

    first = impatient.apply(wanted)

    assert not first.complete
    assert first.silent or first.left
    assert aai.control.counts()["bulk"] <= (MOST_SILENCES if times is None else 4)
    aai.control.heal()
    assert impatient.apply(wanted).complete or impatient.apply(wanted).complete
    assert standing(aai) == as_standing(wanted)
    assert needless(aai.control.writes()) == []
    if trouble["kind"] == "slow":
        time.sleep(SLOW)  # what was given up by us still comes
        assert standing(aai) == as_standing(wanted)
        assert needless(aai.control.writes()) == []
    assert impatient.ours.asked == frozenset()
    assert impatient.ours.flavors == {each.id for each in wanted.flavors}


def test_a_server_that_is_away(aai: Aai, region: Caller) -> None:
    """Is told, and nothing is lost: before the read, and between read and writes."""
    aai.control.refuse()
    try:
        before = region.apply(flavors(3))
    finally:
        aai.control.listen()

    def away(_: object, __: Ours) -> None:
        aai.control.refuse()

    try:
        between = apply_region(region.target, flavors(80), region.ours, commit=away)
    finally:
        aai.control.listen()
    region.ours = between.ours

    for applied in (before, between):
        assert isinstance(applied.stopped, ConnectorError)
        assert applied.stopped.kind == "connect"
    assert before.plan is None
    assert (len(between.silent), len(between.left)) == (30, 50)  # the first call found its connection still open
    assert region.apply(flavors(80)).complete


READ_TROUBLES: list[dict[str, Any]] = [
    {"kind": "truncated"},
    {"kind": "wrong_length"},
    {"kind": "html"},
    {"kind": "status", "status": 503},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 401},
    {"kind": "status", "status": 200},
    {"kind": "reset_before"},
    {"kind": "slow", "seconds": SLOW},
    {"kind": "lose", "items": 1},
]


@pytest.mark.parametrize("trouble", READ_TROUBLES, ids=lambda each: "-".join(str(value) for value in each.values()))
def test_a_region_that_cannot_be_read_is_not_written(aai: Aai, impatient: Caller, trouble: dict[str, Any]) -> None:
    """Half a page is no page, and what is not in it is not deleted."""
    impatient.apply(flavors(5))
    aai.control.forget()
    aai.control.fail(method="GET", **trouble)

    applied = impatient.apply(desired(*(replace(each, presence="gone") for each in flavors(5).flavors)))

    assert isinstance(applied.stopped, ConnectorError | AaiRefused | IncompleteRead)
    assert (applied.plan, applied.done) == (None, ())
    assert aai.control.writes() == []


def test_an_apply_tells_itself(aai: Aai, region: Caller) -> None:
    """As JSON: what was done as counts, and what was not with the reason."""
    aai.control.fail("poison", path="/flavor/f65")
    aai.control.fail("reset_before", method="bulk", times=1)

    told = json.loads(json.dumps(region.apply(flavors(70)).as_json()))

    assert told.keys() == {"complete", "rounds", "done", "refused", "silent", "left", "held", "stopped"}
    assert (told["complete"], told["rounds"], told["left"], told["held"], told["stopped"]) == (False, 1, [], "", "")
    assert told["done"] == {"create": 39, "change": 0, "delete": 0, "keep": 0}
    assert [each["flavor"] for each in told["silent"]] == [f"f{number}" for number in range(30)]
    [refused] = told["refused"]
    assert (refused["action"], refused["flavor"], refused["flavor-name"]) == ("create", "f65", "onap.f65")
    assert "ERR.5.4.4000" in refused["error"]


def test_412_for_ever(aai: Aai, region: Caller) -> None:
    """The rest is applied, and after some rounds the one is told as refused."""
    region.apply(flavors(40))
    wanted = flavors(40, "2")
    [one] = wanted.flavors[13].capabilities
    aai.control.forget()
    aai.control.fail("conflict", path=one.id)

    applied = region.apply(wanted)

    assert applied.rounds == ROUNDS
    assert len(applied.done) == 39
    assert [(r.action.key, r.error.number) for r in applied.refused] == [(("f13", one.id), "6131")]
    assert aai.control.counts()["GET"] == ROUNDS


def test_403_of_an_implied_delete(aai: Aai, region: Caller) -> None:
    """Is a refusal of that one alone."""
    wanted = flavors(10)
    aai.control.fail("implied", path="/flavor/f3")

    applied = region.apply(wanted)

    assert [(r.action.flavor, r.error.status, r.error.number) for r in applied.refused] == [("f3", 403, "9109")]
    assert len(applied.done) == 9


def test_wrong_credentials_stop_at_once(aai: Aai, region: Caller) -> None:
    """No other write would fare better."""
    wanted = flavors(100)

    def lock_out(_: object, __: Ours) -> None:
        aai.control.change(password="another")  # noqa: S106 - of the double

    try:
        applied = apply_region(region.target, wanted, region.ours, commit=lock_out)
    finally:
        aai.control.change(password=aai.password)

    assert isinstance(applied.stopped, AaiRefused)
    assert applied.stopped.number == "3300"
    assert (len(applied.left), aai.control.counts()["bulk"]) == (100, 1)
    assert applied.ours.asked == frozenset()


def test_a_server_that_refuses_everything_is_left_alone(aai: Aai, region: Caller) -> None:
    """After some refusals in a row; the next ones begin with what was not tried, so the rest goes on."""
    wanted = flavors(200)
    aai.control.fail("poison")

    applied = region.apply(wanted)

    assert (len(applied.refused), len(applied.left)) == (MOST_REFUSALS, 200 - MOST_REFUSALS)
    aai.control.heal()
    aai.control.fail("poison", path="/flavor/f1")  # f1, f10 to f19, f100 to f199
    for _ in range(3):
        region.apply(wanted)
    assert set(standing(aai)) >= {f"f{number}" for number in range(20, 100)}


def test_one_that_hangs_holds_up_nobody_twice(aai: Aai, impatient: Caller) -> None:
    """What had no answer goes alone the next time, after all others."""
    wanted = flavors(30)
    aai.control.fail("slow", method="bulk", seconds=SLOW, path="bulk", times=1)
    number = aai.control.fail("slow", method="PUT", seconds=SLOW, path="/flavor/f3?")
    assert len(impatient.apply(wanted).silent) == 30
    aai.control.heal(number)
    aai.control.forget()

    wider = flavors(60)
    assert impatient.apply(wider).complete or impatient.apply(wider).complete

    assert standing(aai) == as_standing(wider)
    assert needless(aai.control.writes()) == []


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
