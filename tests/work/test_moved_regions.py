# SPDX-License-Identifier: Apache-2.0
"""A region moves to another A&AI, or the same A&AI gets another address: what is ours there is found out anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aai.wishes import REGION, standing

if TYPE_CHECKING:
    from work.deployments import Deployment


def move(deployment: Deployment) -> None:
    """To another address, behind which a test may have put another A&AI."""
    deployment.change(url=deployment.aai.url.replace("127.0.0.1", "localhost"))


def flavor(name: str) -> str:
    """Where a flavor object is."""
    return f"{REGION}/flavors/flavor/{name}"


def test_an_object_that_others_made_in_the_new_one_is_never_deleted(deployment: Deployment) -> None:
    """Though we made one of the same id in the old one; our capability below it goes with the flavor."""
    deployment.cloud.add("stays", "goes")
    deployment.round()
    theirs = {"flavor-name": "theirs", "flavor-selflink": "s"}
    deployment.aai.control.begin([(REGION, {}), *((flavor(name), theirs) for name in ("stays", "goes"))])
    move(deployment)
    deployment.round()
    del deployment.cloud.flavors["goes"]
    deployment.round(2)

    left = standing(deployment.aai)
    assert left.keys() == {"stays", "goes"}
    assert (len(left["stays"]), left["goes"]) == (1, {})
    tree = deployment.aai.control.tree(flavor("goes")) or {}
    assert tree["flavor-name"] == "theirs"
    assert deployment.alarms() == {}


def test_behind_another_address_of_the_same_one_our_objects_stay_ours(deployment: Deployment) -> None:
    """The move writes nothing, and what is gone after it goes with its object."""
    deployment.cloud.add("stays", "goes")
    deployment.round()
    deployment.aai.control.forget()
    move(deployment)
    deployment.round()
    assert deployment.aai.control.writes() == []
    del deployment.cloud.flavors["goes"]
    deployment.round(2)

    deployment.assert_right()
    assert standing(deployment.aai).keys() == {"stays"}
