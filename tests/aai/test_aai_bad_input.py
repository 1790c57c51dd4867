# SPDX-License-Identifier: Apache-2.0
"""What bad input gets from A&AI, one row a trouble: nothing is lost, nothing is written twice, the rest goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from aai.wishes import FOREIGN, REGION, SLOW, as_standing, flavors, standing
from peers.aai.journal import needless

if TYPE_CHECKING:
    from aai.wishes import Caller
    from peers.aai.running import Aai

OLD, WANTED = flavors(40), flavors(60, "2")
CULPRIT = WANTED.flavors[13].capabilities[0].id


class Row(NamedTuple):
    """What goes wrong, as the double is asked for it; of 60 actions so many are told as done in the first apply.

    `right` is how many flavors are right after a second one, while it still goes wrong.
    """

    trouble: dict[str, Any]
    done: int
    right: int


ROWS = {
    "down": Row({}, 0, 0),
    "down at its writes": Row({"kind": "reset_before", "method": "bulk"}, 0, 0),
    "slow": Row({"kind": "slow", "seconds": SLOW}, 0, 0),
    "slow at one of its writes": Row(
        {"kind": "slow", "method": "bulk", "skip": 1, "times": 1, "seconds": SLOW}, 45, 60
    ),
    "412 for ever": Row({"kind": "conflict", "path": CULPRIT}, 59, 59),
    "403 on implied delete": Row({"kind": "implied", "path": CULPRIT}, 59, 59),
    "one poisoned operation": Row({"kind": "poison", "path": CULPRIT}, 59, 59),
    "truncated JSON": Row({"kind": "truncated"}, 0, 0),
    "truncated JSON from its writes": Row({"kind": "truncated", "method": "bulk"}, 0, 60),
    "HTML": Row({"kind": "html"}, 0, 0),
    "HTML from its writes": Row({"kind": "html", "method": "bulk", "done": True}, 0, 60),
}


@pytest.mark.parametrize("aai", ["strict", "faithful"], indirect=True)
@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_nothing_lost_nothing_written_twice_the_rest_goes_on(aai: Aai, impatient: Caller, row: Row) -> None:
    """While it lasts, what stood there stands, and all becomes right that is not in the trouble; after it the rest."""
    impatient.apply(OLD)
    aai.control.load([(f"{REGION}/flavors/flavor/f0/hpa-capabilities/hpa-capability/theirs", FOREIGN)])
    aai.control.forget()
    old, new, theirs = as_standing(OLD), as_standing(WANTED), standing(aai)["f0"]["theirs"]
    aai.control.fail(**row.trouble) if row.trouble else aai.control.refuse()

    first = impatient.apply(WANTED)
    assert (first.complete, len(first.done)) == (False, row.done)
    impatient.apply(WANTED)
    aai.control.settle()  # what was given up here still comes there

    meanwhile = standing(aai)
    assert meanwhile["f0"].pop("theirs") == theirs
    assert all(meanwhile[name] in (old[name], new[name]) for name in old)
    assert sum(found == new[name] for name, found in meanwhile.items()) == row.right
    aai.control.heal() if row.trouble else aai.control.listen()
    assert impatient.apply(WANTED).complete
    after = standing(aai)
    assert after["f0"].pop("theirs") == theirs
    assert after == new
    assert needless(aai.control.writes()) == []
    assert len(aai.control.writes()) == 2 * len(OLD.flavors) + 20  # DELETE and PUT of each old one, PUT of each new
