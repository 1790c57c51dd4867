# SPDX-License-Identifier: Apache-2.0
"""Others delete a flavor and create one between two pages: the count stays, and one of ours is on neither page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from aai.wishes import REGION, caller, desired, flavor, flavors, standing
from hpa_discovery.aai.client import AaiAccess, AaiClient
from hpa_discovery.aai.reading import PAGE_SIZE
from peers.aai.asking import Asking

if TYPE_CHECKING:
    from hpa_discovery.aai.desired import Presence
    from hpa_discovery.connectors.client import HttpClient
    from peers.aai.running import Aai

THEIRS = {"flavor-name": "theirs", "flavor-selflink": "s"}


def place(name: str) -> str:
    """A flavor object."""
    return f"{REGION}/flavors/flavor/{name}"


class Shifting(AaiClient):
    """Others write once, before it asks for the second page."""

    aai: Aai
    hidden = ""
    number = 0

    def get(self, path: str, query: Any = None) -> Any:
        """One page."""
        if query.get("resultIndex") == "2" and not self.number:
            while self.order().index(self.hidden) >= PAGE_SIZE:
                self.remove(next(name for name in self.order() if name.startswith("theirs")))
                self.add_behind()
        return super().get(path, query)

    def add_behind(self) -> None:
        """A flavor on a later page."""
        while not self.number or self.order().index(f"more-{self.number}") < PAGE_SIZE:
            self.remove(f"more-{self.number}")
            self.number += 1
            self.aai.control.load([(place(f"more-{self.number}"), THEIRS)])

    def order(self) -> list[str]:
        """All flavors in the order of the pages."""
        told, _ = super().get(f"{REGION}/flavors", {"depth": "0"})
        return [each["flavor-id"] for each in told["flavor"]]

    def remove(self, name: str) -> None:
        """Somebody deletes a flavor, if it is there."""
        where = place(name).lstrip("/")
        with Asking(self.aai) as other:
            if self.aai.control.tree(place(name)) is not None:
                assert other.delete(where, other.version_of(where)).status == 204


@pytest.mark.parametrize("presence", ["present", "gone"])
def test_what_two_pages_do_not_show_is_not_forgotten(aai: Aai, http: HttpClient, presence: Presence) -> None:
    """What is to go is looked for once more before it counts as absent, capability and flavor object; then it goes."""
    aai.control.load([(place(f"theirs-{number}"), THEIRS) for number in range(10)])
    region = caller(aai, http)
    everything = flavors(PAGE_SIZE + 20)
    region.apply(everything)
    shifting = Shifting(http, AaiAccess(aai.url, aai.user, aai.password, aai.ca))
    shifting.aai = aai
    hidden = shifting.hidden = next(name for name in shifting.order()[PAGE_SIZE:] if name.startswith("f"))
    others = [each for each in everything.flavors if each.id != hidden]
    wanted = desired(*others, replace(flavor(hidden, ()), presence=presence))
    aai.control.forget()
    usual, region.target = region.target, replace(region.target, client=shifting)

    applied = region.apply(wanted)

    assert (applied.complete, applied.done) == (True, ())
    assert standing(aai)[hidden] != {}
    assert (applied.absent, applied.absent_flavors) == (frozenset(), frozenset())
    region.target = usual
    assert region.apply(wanted).complete
    assert standing(aai).get(hidden) == ({} if presence == "present" else None)


def test_only_what_may_be_forgotten_is_looked_for_twice(aai: Aai, http: HttpClient) -> None:
    """A region that is right is read once."""
    region = caller(aai, http)
    region.apply(flavors(PAGE_SIZE + 5))
    aai.control.forget()
    assert region.apply(flavors(PAGE_SIZE + 5)).complete
    assert aai.control.counts() == {"GET": 2}
