# SPDX-License-Identifier: Apache-2.0
"""The wheels of custom_drivers/, each built and installed once a session."""

from __future__ import annotations

import pytest

from custom_drivers.built import QAT, SRIOV, go_command
from custom_drivers.venvs import Installed, install


@pytest.fixture(scope="session")
def go() -> str:
    """The Go command."""
    return go_command()


@pytest.fixture(scope="session")
def sriov(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """sriov_nic."""
    return install(SRIOV, tmp_path_factory.mktemp("sriov"))


@pytest.fixture(scope="session")
def qat(go: str, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """go_qat."""
    return install(QAT, tmp_path_factory.mktemp("qat"))
