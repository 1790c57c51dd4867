# SPDX-License-Identifier: Apache-2.0
"""A&AI that fails, is slow or changes: nothing lost, nothing written twice, the rest goes on."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from aai.wishes import (
    SLOW,
    Caller,
    as_standing,
    desired,
    flavor,
    flavors,
    standing,
)
from hpa_discovery.aai.applying import ROUNDS, apply_region
from hpa_discovery.aai.sending import MOST_REFUSALS, MOST_SILENCES
from hpa_discovery.errors import AaiRefused, ConnectorError, IncompleteRead
from peers.aai.journal import needless

if TYPE_CHECKING:
    from hpa_discovery.aai.desired import Ours
    from peers.aai.running import Aai

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
    sent, most = aai.control.counts().get("bulk", 0), MOST_SILENCES if times is None else 4
    assert sent <= most
    aai.control.heal()
    assert impatient.apply(wanted).complete or impatient.apply(wanted).complete
    assert standing(aai) == as_standing(wanted)
    assert needless(aai.control.writes()) == []
    if trouble["kind"] == "slow":
        before = aai.control.counts()["bulk"]
        aai.control.settle()  # what was given up by us still comes
        assert sent + aai.control.counts()["bulk"] - before <= most
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
    after = region.apply(flavors(80))
    assert after.complete
    assert after.absent == frozenset()  # what is wanted is not forgotten because it is not there yet


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
    aai.control.settle()  # what was given up still comes
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
    assert (refused["action"], refused["flavor"], refused["flavor_name"]) == ("create", "f65", "onap.f65")
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


def test_412_for_everything(aai: Aai, region: Caller) -> None:
    """After so many in a row A&AI is read again, and in the end left alone; the next apply begins with the others."""
    region.apply(flavors(600))
    wanted = flavors(600, "2")
    aai.control.forget()
    number = aai.control.fail("conflict")

    applied = region.apply(wanted)

    assert (applied.rounds, applied.done) == (ROUNDS, ())
    assert (len(applied.refused), len(applied.left)) == (MOST_REFUSALS, 600 - MOST_REFUSALS)
    counts = aai.control.counts()
    assert counts["bulk"] <= ROUNDS * 2 * MOST_REFUSALS
    assert "writes" not in counts
    assert standing(aai) == as_standing(flavors(600))
    aai.control.heal(number)
    assert region.apply(wanted).complete
    assert standing(aai) == as_standing(wanted)


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


def test_many_refusals_among_what_is_done(aai: Aai, region: Caller) -> None:
    """Are no reason to stop."""
    names = [f"f{number:03}" for number in range(2 * MOST_REFUSALS + 10)]
    for name in names[1::2]:
        aai.control.fail("poison", path=f"/flavor/{name}")

    applied = region.apply(desired(*map(flavor, names)))

    assert applied.stopped is None
    assert standing(aai).keys() == set(names[::2])


def test_what_was_refused_goes_alone_the_next_time(aai: Aai, region: Caller) -> None:
    """After all others, whose calls it no more spoils."""
    region.apply(flavors(15))
    aai.control.fail("poison", path=flavors(1).flavors[0].capabilities[0].id)
    assert [each.action.flavor for each in region.apply(flavors(15, "2")).refused] == ["f0"]
    aai.control.forget()

    applied = region.apply(flavors(15, "3"))

    assert [each.action.flavor for each in applied.refused] == ["f0"]
    assert aai.control.counts()["bulk"] == 2
    assert [each["status"] for each in aai.control.journal()["requests"] if each["method"] == "bulk"] == [201, 500]


def test_one_that_hangs_holds_up_nobody_twice(aai: Aai, impatient: Caller) -> None:
    """What had no answer goes alone the next time, after all others; so in the end one stands alone."""
    aai.control.fail("drop", method="bulk", times=1)
    assert len(impatient.apply(flavors(30)).silent) == 30
    aai.control.fail("slow", method="PUT", seconds=SLOW, path="/flavor/f7", times=1)
    wanted = flavors(60)

    applied = impatient.apply(wanted)

    assert [each.flavor for each in applied.silent] == ["f7"]
    assert standing(aai).keys() == as_standing(wanted).keys() - {"f7"}
    aai.control.settle()
    assert impatient.apply(wanted).complete
    assert standing(aai) == as_standing(wanted)
    assert needless(aai.control.writes()) == []
