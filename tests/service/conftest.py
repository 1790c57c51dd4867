# SPDX-License-Identifier: Apache-2.0
"""One deployment for the tests that do not change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from service.asking import Asking, asking
from service.runtimes import Deployment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hpa_discovery.service.runtime import Runtime


@pytest.fixture(scope="module")
def shared_runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """A started runtime with one vendor, whose packs nobody changes."""
    deployment = Deployment(tmp_path_factory.mktemp("shared"))
    deployment.vendor.write()
    with deployment.running() as runtime:
        yield runtime


@pytest.fixture(scope="module")
def api(shared_runtime: Runtime) -> Iterator[Asking]:
    """A client of an app whose packs nobody changes."""
    with asking(shared_runtime) as client:
        yield client


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    """A deployment whose vendor has written version 1.0.0 with count 1."""
    made = Deployment(tmp_path)
    made.vendor.write()
    return made
