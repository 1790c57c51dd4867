# SPDX-License-Identifier: Apache-2.0
"""The libraries of the extra `service`, which a core installation lacks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hpa_discovery.errors import UsageError


@contextmanager
def service_extra(verb: str) -> Iterator[None]:
    """Import inside what needs the extra; UsageError where it is not installed."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("hpa_discovery"):
            raise
        raise UsageError(
            f"hpa {verb} needs the service's libraries, and {error.name} is not installed: "
            "pip install 'hpa-discovery[service]'"
        ) from error
