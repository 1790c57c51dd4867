# SPDX-License-Identifier: Apache-2.0
"""The plugin in virtual environments, each made once a session."""

from __future__ import annotations

from pathlib import Path

import pytest

from onap.plugin_venvs import PluginVenv, build_wheel


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of hpa-discovery."""
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def alone(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> PluginVenv:
    """hpa-discovery and stevedore."""
    return PluginVenv(tmp_path_factory.mktemp("alone"), wheel, ["stevedore"])


@pytest.fixture(scope="session")
def beside_theirs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> PluginVenv:
    """The same beside ONAP's own package, which needs six and does not say so."""
    return PluginVenv(tmp_path_factory.mktemp("beside"), wheel, ["stevedore", "onaphpadriver", "six"])
