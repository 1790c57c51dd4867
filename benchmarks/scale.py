# SPDX-License-Identifier: Apache-2.0
"""What a flavor costs beside 10 rules and beside 10,000, and what many rules cost to load and to change.

The rules beside the bundled pack are the bundled ones renamed (cloud/rules.py).
Run: `python benchmarks/scale.py`.
"""

from __future__ import annotations

import gc
import itertools
import time
import tracemalloc
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cloud.figures import medians, verdict
from cloud.files import write_pack
from cloud.flavors import CONTEXT, KINDS, Flavor, flavors
from cloud.rules import many

from hpa_discovery.discovery.generation import Compiler, Generation, compile_packs
from hpa_discovery.language.pack import Pack
from hpa_discovery.packs.contracts import load_contracts
from hpa_discovery.packs.load import load_pack
from hpa_discovery.resources import bundled

SOURCE = "openstack.flavor"


def main() -> None:
    """Print the figures and what was promised."""
    pack = load_pack(bundled("rules") / "onap.openstack").pack
    assert pack is not None
    _many_rules(pack)
    _changed_rule(pack)
    _cold_load(pack)


def _many_rules(pack: Pack) -> None:
    population = [flavor for kind in KINDS for flavor in flavors(kind, 100)]
    # The ten rules that are asked most stand in both; only what is beside them differs.
    ten = replace(pack, rules=pack.rules[:10])
    counts = (10, 100, 1_000, 10_000)
    generations = {count: _beside(ten, pack, count - 10) for count in counts}
    works = {str(count): lambda known=known: _ask(known, population) for count, known in generations.items()}
    times = medians(works)
    for count in counts:
        print(f"{count:6} rules: {times[str(count)] / len(population) * 1e6:6.1f} us a flavor")
    print(verdict("10,000 rules beside 10", times["10000"] / times["10"], 1.15, at_least=False))


def _beside(ten: Pack, pack: Pack, count: int) -> Generation:
    packs = [ten]
    if count:
        packs.append(replace(many(pack, count), namespace="many.vendors"))
    return compile_packs(packs, load_contracts())


_round = itertools.count()


def _ask(generation: Generation, population: list[Flavor]) -> list[Any]:
    # A context that was never seen before, so that no flavor is answered from memory.
    context = generation.see(SOURCE, {**CONTEXT, "round": next(_round)})
    return [generation.evaluate(SOURCE, flavor, context) for flavor in population]


def _changed_rule(pack: Pack) -> None:
    thousand = many(pack, 1_000)
    compiler = Compiler(load_contracts())
    compiler.compile([thousand])
    variants = iter([_with_other_title(thousand, number) for number in range(50)])
    times = medians({"changed": lambda: compiler.compile([next(variants)])})
    print(verdict("one changed rule among 1,000, ms", times["changed"] * 1e3, 10, at_least=False))


def _with_other_title(pack: Pack, number: int) -> Pack:
    place = number * 17 % len(pack.rules)
    changed = replace(pack.rules[place], title=f"changed {number}")
    return replace(pack, rules=(*pack.rules[:place], changed, *pack.rules[place + 1 :]))


def _cold_load(pack: Pack) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder) / "many.vendors"
        write_pack(replace(many(pack, 1_000), namespace="many.vendors"), bundled("rules") / "onap.openstack", root)
        load_contracts()
        gc.collect()
        start = time.perf_counter()
        loaded = load_pack(root)
        assert loaded.pack is not None, [finding for finding in loaded.findings if finding.severity == "error"][:5]
        compile_packs([loaded.pack], load_contracts())
        print(verdict("1,000 rules, from files to answers, s", time.perf_counter() - start, 3, at_least=False))
        del loaded
        gc.collect()
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        again = load_pack(root)
        assert again.pack is not None
        kept = compile_packs([again.pack], load_contracts())
        del again
        gc.collect()
        size = (tracemalloc.get_traced_memory()[0] - before) / 1_000 / 1024
        print(verdict("memory a rule, KB", size, 12, at_least=False))
        assert kept.packs


if __name__ == "__main__":
    main()
