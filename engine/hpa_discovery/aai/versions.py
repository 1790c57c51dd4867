# SPDX-License-Identifier: Apache-2.0
"""The versions of A&AI's schema that can be written, and what came with which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hpa_discovery.errors import DataError
from hpa_discovery.model import AAI_VERSIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

FIRST, LAST = AAI_VERSIONS[0], AAI_VERSIONS[-1]
_OWNED_SINCE = 22  # data-owner and data-source
_OWNER = {"data-owner": "hpa-discovery", "data-source": "hpa-discovery"}


def checked_version(version: int) -> int:
    """The version, if it is one of those; DataError."""
    if version not in AAI_VERSIONS:
        raise DataError(f"A&AI schema version v{version} is not supported; allowed are v{FIRST} to v{LAST}")
    return version


def is_marked(told: Mapping[str, Any]) -> bool:
    """Whether an object says that we wrote it; none does so before v22."""
    return all(told.get(name) == value for name, value in _OWNER.items())


def has_owner(told: Mapping[str, Any]) -> bool:
    """Whether an object says whose it is, whoever that may be."""
    return any(told.get(name) for name in _OWNER)


def ownership(version: int) -> dict[str, str]:
    """The properties that tell whose a flavor or capability is; none before v22."""
    return dict(_OWNER) if version >= _OWNED_SINCE else {}
