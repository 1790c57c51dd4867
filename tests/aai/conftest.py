# SPDX-License-Identifier: Apache-2.0
"""The double of A&AI; strict unless told otherwise: it refuses what A&AI would mangle in silence."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from aai.wishes import PATIENCE, QUICK, REGION, Caller, caller, http_client
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
    """Somebody who does not wait for an answer as long as a slow double takes."""
    with http_client(replace(QUICK, read_seconds=PATIENCE)) as http:
        yield caller(aai, http)
