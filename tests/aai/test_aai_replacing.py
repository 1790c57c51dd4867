# SPDX-License-Identifier: Apache-2.0
"""What is made or replaced in several calls: whichever of them is refused, lost or the last, nothing is missing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from aai.wishes import (
    REGION,
    Caller,
    as_standing,
    caller,
    capability,
    desired,
    flavor,
    flavors,
    standing,
)
from peers.aai.journal import needless

if TYPE_CHECKING:
    from hpa_discovery.connectors.client import HttpClient
    from peers.aai.running import Aai


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
