# SPDX-License-Identifier: Apache-2.0
"""onap.openstack-compat beside ONAP's own driver, on the same flavors.

Ours does all that a flavor costs in service: checks of the input, rules, ids,
A&AI objects. "first look" takes a new generation for each round, so nothing is
remembered when a flavor comes; "again" is the periodic rediscovery.

Run: `python benchmarks/compat.py`. Needs onaphpadriver 1.0.
"""

from __future__ import annotations

import contextlib
import logging
import math
import tempfile
from typing import Any

from cloud.figures import medians, verdict
from cloud.flavors import CONTEXT, KINDS, Flavor, flavors
from hpa.hpa_discovery import HPADiscovery

from hpa_discovery.discovery.generation import Generation, compile_packs
from hpa_discovery.discovery.rows import answer_row
from hpa_discovery.language.pack import Pack
from hpa_discovery.packs.contracts import load_contracts
from hpa_discovery.packs.load import load_pack
from hpa_discovery.resources import bundled

SOURCE = "openstack.flavor"
COUNT = 400


def compiled(pack: Pack) -> Generation:
    """A generation that has seen no flavor, with every rule bound: what a rule costs to compile is no flavor's cost."""
    generation = compile_packs([pack], load_contracts())
    for program in generation.source(SOURCE).programs:
        program.bound()
    return generation


def ours(generation: Generation, population: list[Flavor]) -> list[Any]:
    """Answer rows of all flavors."""
    contract = generation.source(SOURCE).contract
    context = generation.see(SOURCE, CONTEXT)
    return [
        answer_row(contract, flavor, generation.evaluate(SOURCE, flavor, context), "owner", "region")
        for flavor in population
    ]


def theirs(driver: Any, population: list[Flavor]) -> list[Any]:
    """ONAP's capabilities of all flavors."""
    return [
        driver.get_hpa_capabilities(
            {"flavor": flavor, "extra_specs": flavor["extra_specs"], "viminfo": CONTEXT["vim"], "vimtype": ""}
        )
        for flavor in population
    ]


def main() -> None:
    """Print a table and the verdict."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        driver = HPADiscovery()
    logging.getLogger("hpa_discovery").setLevel(logging.INFO)  # as ONAP deploys it: no debug texts written
    pack = load_pack(bundled("rules") / "onap.openstack-compat").pack
    assert pack is not None
    kept = compiled(pack)
    print(f"microseconds a flavor, medians over {COUNT} flavors of each kind")
    print(f"{'flavors with':18} {'ONAP':>6} {'first look':>10} {'again':>6} {'ratio first':>11} {'ratio again':>11}")
    first_ratios, again_ratios = [], []
    for kind in KINDS:
        population = flavors(kind, COUNT)
        fresh = iter([compiled(pack) for _ in range(20)])
        times = medians(
            {
                "onap": lambda population=population: theirs(driver, population),
                "first": lambda population=population, fresh=fresh: ours(next(fresh), population),
                "again": lambda population=population: ours(kept, population),
            }
        )
        onap, first, again = (times[name] / COUNT * 1e6 for name in ("onap", "first", "again"))
        first_ratios.append(onap / first)
        again_ratios.append(onap / again)
        print(f"{kind:18} {onap:6.1f} {first:10.1f} {again:6.1f} {onap / first:11.2f} {onap / again:11.2f}")
    print(verdict("first look, geometric mean of the ratios", math.prod(first_ratios) ** 0.25, 1.3, at_least=True))
    print(verdict("again, geometric mean of the ratios", math.prod(again_ratios) ** 0.25, 1.3, at_least=True))
    print(verdict("again, the worst kind", min(again_ratios), 1.3, at_least=True))


if __name__ == "__main__":
    main()
