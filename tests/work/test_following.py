# SPDX-License-Identifier: Apache-2.0
"""After another generation serves: which regions are asked again, when, and only once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from discovery.small_packs import CONTRACTS, SOURCE, emit, pack
from hpa_discovery.discovery.generation import Compiler
from hpa_discovery.store import activations, generations, listings, regions, schedule
from hpa_discovery.store.region import Region
from hpa_discovery.store.schedule import Due
from hpa_discovery.work import following as following_room
from hpa_discovery.work.following import QUIET, Following, changed_sources
from hpa_discovery.work.steps import do_due
from store.filling import keys
from work.deployments import ALWAYS, PAGES, Serving, serving

if TYPE_CHECKING:
    import pytest

    from work.deployments import Deployment

SOON = timedelta(minutes=6)


def listed(deployment: Deployment, count: int, source: str = SOURCE) -> list[int]:
    """Regions that were listed with what serves now; their numbers."""
    numbers = []
    for number in range(count):
        with deployment.store.write("listing a region") as transaction:
            draft = Region("many", f"{source}{number}", source)
            region = regions.add(transaction, keys(), draft, {})
            claim = schedule.claim(transaction, region.id, "discover", "test", SOON)
            assert claim is not None
            listings.record_listing(transaction, claim, {}, generation=deployment.serves.digest)
            schedule.finish(transaction, claim, timedelta(hours=1))
        numbers.append(region.id)
    return numbers


def due_by(deployment: Deployment, moment: timedelta) -> set[int]:
    """The regions whose discovery is due by then."""
    found = set()
    with deployment.store.read("looking") as transaction:
        for region in regions.page(transaction, limit=500):
            [step] = [each for each in schedule.steps(transaction, region.id) if each.kind == "discover"]
            if step.due_at is not None and step.due_at <= datetime.now(UTC) + moment:
                found.add(region.id)
    return found - {deployment.region.id}


def due_moments(deployment: Deployment) -> set[datetime]:
    """The moments at which discoveries are due."""
    with deployment.store.read("looking") as transaction:
        found = [schedule.steps(transaction, region.id) for region in regions.page(transaction, limit=500)]
    return {step.due_at for steps in found for step in steps if step.due_at is not None}


def moments(deployment: Deployment, numbers: list[int]) -> list[datetime]:
    """When these regions are to be discovered."""
    with deployment.store.read("looking") as transaction:
        found = [step for number in numbers for step in schedule.steps(transaction, number)]
    return [step.due_at for step in found if step.kind == "discover" and step.due_at is not None]


def another() -> Serving:
    """A generation with a rule less."""
    return serving(pack(ALWAYS))


def test_regions_of_a_source_that_changed_are_asked_soon(deployment: Deployment) -> None:
    """All of them, at moments of their own."""
    numbers = listed(deployment, 20)
    following = Following(deployment.store, lambda: deployment.serves)
    following.turn()
    assert due_by(deployment, SOON) == set()

    deployment.serves = another()
    following.turn()

    assert due_by(deployment, SOON) == set(numbers)


def test_it_is_asked_once(deployment: Deployment) -> None:
    """A region that was listed since is left alone, and one that is not due yet is not asked again."""
    following = Following(deployment.store, lambda: deployment.serves)
    deployment.round()
    deployment.serves = another()
    following.turn()
    deployment.do("discover")
    before = deployment.steps()["discover"].due_at

    following.turn()
    Following(deployment.store, lambda: deployment.serves).turn()

    assert deployment.steps()["discover"].due_at == before


def test_generations_that_come_fast_give_one_listing(deployment: Deployment) -> None:
    """A pack that changes again and again within the quiet time does not wake its regions each time."""
    numbers = listed(deployment, 2)
    following = Following(deployment.store, lambda: deployment.serves, timedelta(seconds=1))
    following.turn()
    deployment.serves = another()
    before = datetime.now(UTC)
    following.turn()
    asked = moments(deployment, numbers)
    assert min(asked) > before + QUIET - timedelta(seconds=1)

    for number in range(9):
        rule = {**ALWAYS, "emit": emit({"key": f"k{number}", "from": "x"}, feature="basicCapabilities")}
        deployment.serves = serving(pack(rule))
        following.turn()

    assert moments(deployment, numbers) == asked


def test_a_generation_that_comes_between_two_portions_is_for_all(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also for the regions of the first portion, which the generation before it has judged meanwhile."""
    monkeypatch.setattr(following_room, "PORTION", 3)
    numbers = listed(deployment, 5)
    following = Following(deployment.store, lambda: deployment.serves)
    deployment.serves = another()
    following.turn()
    first = due_by(deployment, SOON)
    assert 0 < len(first) < len(numbers)
    discover(deployment, first)

    deployment.serves = serving(pack(PAGES))
    for _ in range(4):
        following.turn()

    assert due_by(deployment, SOON) == set(numbers)


def discover(deployment: Deployment, numbers: set[int]) -> None:
    """These are listed with what serves now."""
    for number in numbers:
        with deployment.store.write("listing a region") as transaction:
            claim = schedule.claim(transaction, number, "discover", "test", SOON, at_once=True)
            assert claim is not None
            listings.record_listing(transaction, claim, {}, generation=deployment.serves.digest)
            schedule.finish(transaction, claim, timedelta(hours=1))


def test_a_pack_that_is_away_for_a_moment_costs_nothing(deployment: Deployment) -> None:
    """Taken away by accident and put back: nobody was asked meanwhile, and A&AI keeps what it has."""
    deployment.cloud.add("a", hw_pages="1")
    deployment.round()
    deployment.aai.control.forget()
    following = Following(deployment.store, lambda: deployment.serves)
    following.turn()
    before, deployment.serves = deployment.serves, another()
    following.turn()
    assert not deployment.is_due()

    deployment.serves = before
    following.turn()
    deployment.round()

    assert deployment.aai.control.writes() == []


def test_regions_of_other_sources_are_left_alone(deployment: Deployment) -> None:
    """The rules of their source are the same."""
    listed(deployment, 2, "other.thing")
    following = Following(deployment.store, lambda: deployment.serves)
    following.turn()

    deployment.serves = another()
    following.turn()

    assert due_by(deployment, SOON) == set()


def test_what_the_last_process_did_not_come_to_is_found_at_the_start(deployment: Deployment) -> None:
    """It was killed after another generation served, before it asked the regions."""
    numbers = listed(deployment, 3)
    deployment.serves = another()

    Following(deployment.store, lambda: deployment.serves).turn()

    assert due_by(deployment, SOON) == set(numbers)


def test_they_are_spread_over_a_bounded_time(deployment: Deployment) -> None:
    """Not all at the same moment, and none after it."""
    numbers = listed(deployment, 60)
    deployment.serves = another()

    Following(deployment.store, lambda: deployment.serves, timedelta(seconds=1)).turn()

    assert due_by(deployment, QUIET + timedelta(seconds=1.1)) == set(numbers)
    assert len(due_moments(deployment)) > len(numbers) // 2


def test_many_regions_are_asked_in_portions(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """One portion a turn, so that steps are sent between them; what serves next does not end it."""
    monkeypatch.setattr(following_room, "PORTION", 2)
    numbers = listed(deployment, 5)
    following = Following(deployment.store, lambda: deployment.serves)
    following.turn()
    deployment.serves = another()
    following.turn()
    assert due_by(deployment, SOON) < set(numbers)

    deployment.serves = replace(deployment.serves, digest="f" * 64)  # its rules are the same
    for _ in range(4):
        following.turn()

    assert due_by(deployment, SOON) == set(numbers)


def test_only_sources_with_other_rules_have_changed() -> None:
    """A pack that is compiled again as it was changes nothing; a rule more does."""
    compiler = Compiler(CONTRACTS)
    first = compiler.compile([pack(ALWAYS)])
    same = compiler.compile([pack(ALWAYS)])
    more = compiler.compile([pack(ALWAYS, PAGES)])

    assert changed_sources(first, same) == frozenset()
    assert changed_sources(first, more) == {SOURCE}
    assert changed_sources(None, first) == set(CONTRACTS)


def test_a_host_that_is_behind_discovers_nothing(deployment: Deployment) -> None:
    """Such as one with the engine of before: what it would say is not what the deployment says. Others do it."""
    deployment.cloud.add("a")
    deployment.round()
    mine = deployment.serves
    activate(deployment, another().digest)
    deployment.make_due("discover")
    deployment.make_due("publish")

    assert not do_due(deployment.workplace, Due(deployment.region.id, "discover", datetime.now(UTC)))
    assert do_due(deployment.workplace, Due(deployment.region.id, "publish", datetime.now(UTC)))
    assert deployment.is_due()
    assert deployment.listing().generation == mine.digest

    deployment.serves = another()
    deployment.do("discover")
    assert deployment.listing().generation == another().digest


def activate(deployment: Deployment, digest: str) -> None:
    """Another host of the deployment lets this generation serve."""
    with deployment.store.write("activating") as transaction:
        held = activations.active(transaction, hold=True)
        generations.add(transaction, digest, "0.1.0", [])
        assert activations.activate(transaction, digest, held.sequence, "test:2", "") is not None
