# SPDX-License-Identifier: Apache-2.0
"""Real outside systems for the tests of this folder, started once a session."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from peers import nova_flavors
from peers.real_nova import RealNova

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def session_nova(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealNova]:
    """A Nova that holds what nova_flavors says."""
    with RealNova(tmp_path_factory.mktemp("nova")) as cloud:
        nova_flavors.populate(cloud)
        yield cloud


@pytest.fixture
def nova(session_nova: RealNova, monkeypatch: pytest.MonkeyPatch) -> RealNova:
    """The session's Nova, with its clouds known by name and nothing else of OpenStack in the environment."""
    for variable in [name for name in os.environ if name.startswith("OS_")]:
        monkeypatch.delenv(variable)
    for variable, value in session_nova.environment.items():
        monkeypatch.setenv(variable, value)
    return session_nova
