# SPDX-License-Identifier: Apache-2.0
"""Version ranges, as pack.yaml and overlays write them."""

from __future__ import annotations

import pytest

from hpa_discovery.packs.versions import allows

CASES = [
    (">=1.0,<2", "1.0.0", True),
    (">=1.0,<2", "1.9.9", True),
    (">=1.0,<2", "2.0.0", False),
    (">= 1.2 , != 1.3", "1.3.0", False),
    (">= 1.2 , != 1.3", "1.3.1", True),
    ("==1.2", "1.2.0", True),
    ("==1.2", "1.2.1", False),
    ("~=1.2", "1.9.0", True),
    ("~=1.2", "2.0.0", False),
    ("~=1.2.3", "1.2.9", True),
    ("~=1.2.3", "1.3.0", False),
    ("~=1.2.3", "1.2.2", False),
    (">1.2", "1.2.0", False),
    ("<=1.2", "1.2.0", True),
    (">=1.2", "1.10.0", True),
    (">=1.2", "1.2.0-rc.1", True),
    (">=1.2", "1.2.0+site", True),
    (">=0.1", "0.2.dev3+g123", True),
]


@pytest.mark.parametrize(("wanted", "version", "allowed"), CASES)
def test_allows(wanted: str, version: str, allowed: bool) -> None:
    """A version is in a range or not; numbers compare as numbers and only the release counts."""
    assert allows(wanted, version) is allowed
