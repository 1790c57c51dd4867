# SPDX-License-Identifier: Apache-2.0
"""The double of A&AI; strict unless told otherwise: it refuses what A&AI would mangle in silence."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from aai.wishes import QUICK, REGION, SLOW, Caller, caller, http_client
from peers.aai.running import Aai

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hpa_discovery.connectors.client import HttpClient


@pytest.fixture
def aai(one_aai: Aai, request: pytest.FixtureRequest) -> Aai:
    """With the region alone, nothing wrong, and nothing counted; the parameter is its mode."""
    one_aai.control.begin([(REGION, {})], getattr(request, "param", "strict"))
    return one_aai


@pytest.fixture
def http() -> Iterator[HttpClient]:
    """An HTTP client."""
    with http_client() as client:
        yield client


@pytest.fixture
def region(aai: Aai, http: HttpClient) -> Caller:
    """Somebody who applies to the region."""
    return caller(aai, http)


@pytest.fixture
def impatient(aai: Aai) -> Iterator[Caller]:
    """Somebody who waits half a second for an answer."""
    with http_client(replace(QUICK, read_seconds=0.5)) as http:
        one = caller(aai, http)
        yield one
    if any("in time" in fields["reason"] for _, fields in one.events):
        time.sleep(SLOW)  # what was given up may still come, and would come in the next test
