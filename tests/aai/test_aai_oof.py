# SPDX-License-Identifier: Apache-2.0
"""Whether ONAP's OOF takes a region: as OOF itself reads it, and why not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from aai.wishes import client
from connectors.speaking import answer, speaking
from hpa_discovery.aai.client import AaiAccess, AaiClient
from hpa_discovery.aai.oof import why_skipped
from hpa_discovery.aai.paths import Place
from hpa_discovery.errors import AaiRefused
from peers.aai import oof_reading
from peers.aai.asking import Asking
from peers.test_oof_reading import COMPLEXES, REGIONS
from peers.test_oof_reading import PLACE as WHERE

if TYPE_CHECKING:
    from hpa_discovery.connectors.client import HttpClient
    from peers.aai.running import Aai

VERSION = {"cloud-region-version": "1"}
HALF = {name: value for name, value in WHERE.items() if name not in {"latitude", "complex-name"}}
# What the region has, the ids of its complexes, and why it is skipped.
CASES: dict[str, tuple[dict[str, Any], list[str], str]] = {
    "whole": (VERSION, ["here and there/1"], ""),
    "no version": ({}, ["here and there/1"], "it has no cloud-region-version"),
    "no complex": (VERSION, [], "it is related to 0 complexes, and not to one"),
    "two": (VERSION, ["here and there/1", "half"], "it is related to 2 complexes, and not to one"),
    "half a complex": (VERSION, ["half"], "its complex has no latitude, complex-name"),
    "nothing": ({}, [], "it has no cloud-region-version; it is related to 0 complexes, and not to one"),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("aai", ["strict", "faithful"], indirect=True)
def test_as_oof_does(aai: Aai, http: HttpClient, name: str) -> None:
    """All reasons at once, in two requests at most; OOF's own reading says the same."""
    body, complexes, why = CASES[name]
    links = [{"related-to": "complex", "related-link": f"/aai/v28/{_path(each)}"} for each in complexes]
    told = {**body, "relationship-list": {"relationship": links}}
    aai.control.load([(_path("here and there/1"), WHERE), (_path("half"), HALF), (f"{REGIONS}/o/r", told)])
    aai.control.forget()

    assert why_skipped(client(aai, http), Place("o", "r")) == why

    assert aai.control.counts()["GET"] == 1 + (len(complexes) == 1)
    with Asking(aai, app=oof_reading.APP) as oof:
        read = oof_reading.read_regions(lambda path: oof.get(path).body)
    assert (("o", "r") in read.taken) is (not why)


def test_there_is_no_such_region(aai: Aai, http: HttpClient) -> None:
    """Whoever asks hears it."""
    with pytest.raises(AaiRefused):
        why_skipped(client(aai, http), Place("o", "none"))


@pytest.mark.parametrize("link", [None, 7, "", f"/{COMPLEXES}/", f"/{COMPLEXES}/%2e%2e", f"/{COMPLEXES}/a\ud800"])
def test_a_link_that_leads_nowhere(http: HttpClient, link: Any) -> None:
    """Is not followed, and the reason is told."""
    related = {"relationship": [{"related-to": "complex", "related-link": link}]}
    with speaking(answer(200, json.dumps({**VERSION, "relationship-list": related}).encode())) as server:
        asking = AaiClient(http, AaiAccess(f"http://127.0.0.1:{server.port}", "u", "p"))

        assert why_skipped(asking, Place("o", "r")) == "its complex has no name"

    assert len(server.asked) == 1


def _path(key: str) -> str:
    return f"{COMPLEXES}/{key.replace(' ', '%20').replace('/', '%2F')}"
