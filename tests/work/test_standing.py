# SPDX-License-Identifier: Apache-2.0
"""What is kept of a turn at A&AI, however much went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hpa_discovery.aai.applying import Applied
from hpa_discovery.aai.desired import Ours
from hpa_discovery.aai.plan import Action
from hpa_discovery.aai.sending import Refusal
from hpa_discovery.errors import AaiRefused
from hpa_discovery.store import operations
from hpa_discovery.work import standing

if TYPE_CHECKING:
    from work.deployments import Deployment

LONG = (("f" * 251, "no" * 900), ("a", "\N{GRINNING FACE}" * 900), ("\u4e2d" * 251, "no"))


def refusals(flavor: str, said: str, count: int = 600) -> Applied:
    """A turn of which A&AI refused so many writes."""
    actions = (Action("create", f"{number:04}{flavor}", "n", "", "c" * 36, "f" * 40) for number in range(count))
    return Applied(Ours(), refused=tuple(Refusal(each, AaiRefused(said, status=400)) for each in actions))


@pytest.mark.parametrize(
    ("flavor", "said"), [("f" * 251, "no" * 900), ("a", "\N{GRINNING FACE}" * 900), ("\u4e2d" * 251, "no")]
)
def test_a_turn_with_any_troubles_can_be_kept(deployment: Deployment, flavor: str, said: str) -> None:
    """However long ids and A&AI's words are: the first of them are kept, and the result is never refused."""
    told = standing.of_applied(refusals(flavor, said))

    assert told["refused"][0]["flavor"] == "0000" + flavor
    assert told["apart"][0] == ["0000" + flavor, "c" * 36]
    number = deployment.ask("publish").id
    with deployment.store.write("keeping it") as transaction:
        assert operations.finish(transaction, [number], told) == 1


def test_of_usual_troubles_all_are_kept() -> None:
    """Fifty are told, and five hundred go apart in the next turn."""
    told = standing.of_applied(refusals("d1a6b0a2-8a5b-4ff8-a0f1-3f8a9d1c2b7e", "A&AI refused it: 400 SVC3000"))

    assert (len(told["refused"]), len(told["apart"])) == (50, 500)
