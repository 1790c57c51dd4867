# SPDX-License-Identifier: Apache-2.0
"""How a region's cloud is read: by values, over the connectors, with its own credential."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from connectors.speaking import client
from hpa_discovery.errors import SourceError
from hpa_discovery.store.region import Region
from hpa_discovery.work.reading import READERS, Question, reader
from work.small_cloud import CREDENTIAL, SmallCloud

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest.importorskip("openstack", reason="clouds are read with openstacksdk, an extra")
# openstacksdk 4.22 warns of a part of its own that it loads whether or not it is used.
pytestmark = pytest.mark.filterwarnings("ignore:Support for InfluxDB")


class Silent:
    """Hears nothing."""

    def event(self, name: str, fields: object) -> None:
        """Nothing."""


@pytest.fixture
def cloud() -> Iterator[SmallCloud]:
    """A cloud with 25 flavors, in two pages."""
    with SmallCloud() as made:
        for number in range(25):
            made.add(f"f{number:02}", hw_pages="1")
        yield made


def listed(region: Region, credential: str | None) -> list[tuple[str, str]]:
    """Ids and names of its subjects."""
    with client() as http:
        found = reader(READERS, region)(Question(region, credential, http, Silent()))
        return [(each.id, each.name) for each in found if each.body["extra_specs"] == {"hw:pages": "1"}]


def test_flavors_of_a_region(cloud: SmallCloud) -> None:
    """All pages, those with the region's prefix."""
    region = Region("o", "r", "openstack.flavor", cloud.coordinates)

    assert len(listed(region, json.dumps(CREDENTIAL))) == 25
    assert listed(replace(region, name_prefix="onap.f07"), json.dumps(CREDENTIAL)) == [("f07", "onap.f07")]


@pytest.mark.parametrize(
    ("credential", "said"),
    [
        (None, "o/r: it has no credential"),
        ("s3cret", "must be a JSON object"),
        ('["s3cret"]', "must be a JSON object"),
        ('{"clouds_yaml": "s3cret"}', "give exactly one of password"),
    ],
)
def test_a_credential_that_cannot_be_used(cloud: SmallCloud, credential: str | None, said: str) -> None:
    """It is told without its value."""
    region = Region("o", "r", "openstack.flavor", cloud.coordinates)
    with pytest.raises(SourceError, match=said) as caught:
        listed(region, credential)
    assert "s3cret" not in str(caught.value)
