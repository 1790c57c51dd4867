# SPDX-License-Identifier: Apache-2.0
"""The pack onap.openstack for its tests: loaded with its cases, and compiled, once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from hpa_discovery.discovery.generation import Generation, compile_packs
from hpa_discovery.packs.contracts import load_contracts
from hpa_discovery.packs.load import LoadedPack, load_pack
from hpa_discovery.resources import bundled

SOURCE = "openstack.flavor"


@cache
def loaded() -> LoadedPack:
    """The pack with its test cases."""
    return load_pack(Path(bundled("rules")) / "onap.openstack", tests=True)


@cache
def generation() -> Generation:
    """The pack, compiled alone."""
    pack = loaded().pack
    assert pack is not None, loaded().findings
    return compile_packs([pack], load_contracts())
