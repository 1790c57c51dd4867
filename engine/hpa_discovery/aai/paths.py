# SPDX-License-Identifier: Apache-2.0
"""Where the objects of one region are in A&AI, below the version of its schema."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

REGIONS = "/cloud-infrastructure/cloud-regions"
BULK = "/bulk/single-transaction"


@dataclass(frozen=True, slots=True)
class Place:
    """One cloud-region, by cloud-owner and cloud-region-id. Paths have their special characters quoted."""

    owner: str
    region: str

    def __str__(self) -> str:
        return f"{self.owner}/{self.region}"

    @property
    def path(self) -> str:
        """The cloud-region itself."""
        return f"{REGIONS}/cloud-region/{_quoted(self.owner)}/{_quoted(self.region)}"

    @property
    def flavors(self) -> str:
        """The collection of its flavors."""
        return f"{self.path}/flavors"

    @property
    def systems(self) -> str:
        """How ONAP reaches the cloud."""
        return f"{self.path}/esr-system-info-list"

    def flavor(self, flavor: str) -> str:
        """One flavor."""
        return f"{self.flavors}/flavor/{_quoted(flavor)}"

    def capability(self, flavor: str, capability: str) -> str:
        """One capability of a flavor."""
        return f"{self.flavor(flavor)}/hpa-capabilities/hpa-capability/{_quoted(capability)}"


def can_be_named(key: str) -> bool:
    """Whether A&AI can have an object with this key.

    Nova allows the flavor id "..", and JSON half a character; no path can hold them. Nor "a/../b": quoted or not,
    servers on the way may take it for another path.
    """
    segments = key.replace("\\", "/").split("/")
    return key != "" and is_whole(key) and not {".", ".."} & set(segments)


def is_whole(text: str) -> bool:
    """Whether UTF-8 can write it: no half of a character is in it, as JSON's escapes allow."""
    return text.isascii() or not any("\ud800" <= each <= "\udfff" for each in text)


def _quoted(key: str) -> str:
    return quote(key, safe="")
