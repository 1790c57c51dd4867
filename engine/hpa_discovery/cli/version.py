# SPDX-License-Identifier: Apache-2.0
"""Which hpa-discovery this is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version

DISTRIBUTION = "hpa-discovery"


def version() -> str:
    """The installed version; "(not installed)" in a checkout that is only on the path."""
    try:
        return installed_version(DISTRIBUTION)
    except PackageNotFoundError:
        return "(not installed)"
