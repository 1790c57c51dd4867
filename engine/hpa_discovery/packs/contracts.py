# SPDX-License-Identifier: Apache-2.0
"""The input contracts and the vocabulary that ship with the product, read once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache

from hpa_discovery.discovery.contract import Contract, parse_contract
from hpa_discovery.drivers.words import load_vocabulary
from hpa_discovery.resources import bundled

__all__ = ["load_contracts", "load_vocabulary"]


@cache
def load_contracts() -> Mapping[str, Contract]:
    """Every source's contract, from schemas/inputs/<source>.json, by source."""
    found = [
        parse_contract(json.loads(path.read_text(encoding="utf-8")))
        for path in sorted((bundled("schemas") / "inputs").glob("*.json"))
    ]
    return {contract.source: contract for contract in found}
