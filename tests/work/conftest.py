# SPDX-License-Identifier: Apache-2.0
"""A deployment with one region, before the double of A&AI in its strict mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aai.wishes import REGION, http_client
from peers.aai.running import Aai
from work.deployments import Deployment
from work.hostile_cloud import HostileCloud
from work.hostile_region import Region

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hpa_discovery.connectors.client import HttpClient


@pytest.fixture
def aai(one_aai: Aai) -> Aai:
    """With the region alone, nothing wrong, and nothing counted."""
    one_aai.control.begin([(REGION, {})])
    return one_aai


@pytest.fixture
def http() -> Iterator[HttpClient]:
    """An HTTP client."""
    with http_client() as client:
        yield client


@pytest.fixture
def deployment(request: pytest.FixtureRequest, aai: Aai, http: HttpClient, tmp_path: Path) -> Iterator[Deployment]:
    """With an empty cloud, which is applied to A&AI; on PostgreSQL where a test asks for that."""
    database = None
    if getattr(request, "param", "sqlite") == "postgresql":
        database = request.getfixturevalue("postgres").create_database()
    with Deployment(tmp_path, aai, http, database=database) as made:
        yield made
    if database is not None:
        request.getfixturevalue("postgres").drop_database(database)


@pytest.fixture
def region(deployment: Deployment) -> Iterator[Region]:
    """A region that was read and published once, of a cloud that is well until a test says otherwise."""
    with HostileCloud() as cloud:
        made = Region(deployment, cloud)
        made.assert_healed()
        deployment.aai.control.forget()
        yield made
