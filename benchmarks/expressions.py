# SPDX-License-Identifier: Apache-2.0
"""How long an expression of a rule takes, beside jmespath's own compiled search.

Run: `python benchmarks/expressions.py [-o json]`. Medians of nine rounds in
nanoseconds; trust the ratios of one run, not times of two.
"""

from __future__ import annotations

import json
import math
import statistics
import sys
import timeit
from collections.abc import Callable
from typing import Any

import jmespath

from hpa_discovery.language.budgets import DEFAULT, Meter
from hpa_discovery.language.expressions import parse

FLAVOR = {
    "flavor": {
        "id": "f1",
        "name": "onap.big",
        "vcpus": 8,
        "ram": 16384,
        "disk": 40,
        "swap": "",
        "extra_specs": {
            "hw:cpu_policy": "dedicated",
            "hw:cpu_thread_policy": "prefer",
            "hw:numa_nodes": "2",
            "hw:mem_page_size": "1GB",
            "pci_passthrough:alias": "intel-qat:2,gpu-a100:1",
            "trait:HW_CPU_X86_AVX2": "required",
            "trait:HW_CPU_X86_SSE42": "required",
        },
    },
    "context": {"cloud_extra_info": {"ovsDpdk": {"libname": "dataProcessingAccelerationLibrary"}}},
    "tables": {
        "vendors": [{"key": "intel", "id": "8086"}, {"key": "nvidia", "id": "10de"}, {"key": "amd", "id": "1022"}]
    },
    "params": {"architecture": "generic"},
    "items": ["intel-qat", "gpu-a100"],
    "policy": "dedicated",
    "nodes": 2,
}

EXPRESSIONS = [
    'flavor.extra_specs."hw:cpu_policy"',
    'flavor.extra_specs."hw:cpu_dedicated_mask"',
    "context.cloud_extra_info.ovsDpdk.libname",
    "policy == 'dedicated'",
    "flavor.disk || '0'",
    'flavor.extra_specs."hw:numa_nodes" && to_string(flavor.extra_specs."hw:numa_nodes")',
    "starts_with(flavor.name, 'onap.')",
    "tables.vendors[?key=='nvidia'].id | [0]",
    "nodes > `1` && policy != 'shared'",
    "join('-', [flavor.name, params.architecture])",
]


def nanoseconds(run: Callable[[], Any]) -> float:
    """The median of nine rounds of `run`, for one call."""
    timer = timeit.Timer(run)
    count, _ = timer.autorange(lambda _, __: None)
    count = max(1, count // 10)
    return statistics.median(timer.repeat(9, count)) / count * 1e9


def measure(text: str) -> dict[str, Any]:
    """Both medians for one expression, the cost of an empty call taken off."""
    empty = nanoseconds(lambda: None)
    expression, meter = parse(text, DEFAULT), Meter(FLAVOR, 1 << 62)
    compiled = jmespath.compile(text)
    run, names, search = expression.run, FLAVOR, compiled.search
    if run(names, meter) != search(names):
        raise SystemExit(f"{text}: the answers differ")
    ours = nanoseconds(lambda: run(names, meter)) - empty
    theirs = nanoseconds(lambda: search(names)) - empty
    return {"expression": text, "ours_ns": round(ours), "jmespath_ns": round(theirs), "ratio": round(theirs / ours, 1)}


def main() -> None:
    """Print the table, or one JSON object with `-o json`."""
    rows = [measure(text) for text in EXPRESSIONS]
    mean = round(math.exp(statistics.fmean(math.log(row["ratio"]) for row in rows)), 1)
    parsing = nanoseconds(lambda: parse(EXPRESSIONS[5], DEFAULT))
    if sys.argv[1:] == ["-o", "json"]:
        print(json.dumps({"rows": rows, "geometric_mean_ratio": mean, "parse_ns": round(parsing)}))
        return
    print(f"{'ours':>8} {'jmespath':>9} {'ratio':>6}  ns for one call")
    for row in rows:
        print(f"{row['ours_ns']:>8} {row['jmespath_ns']:>9} {row['ratio']:>6}  {row['expression']}")
    print(f"geometric mean of the ratios: {mean}; parsing and compiling one expression: {parsing / 1000:.0f} us")


if __name__ == "__main__":
    main()
