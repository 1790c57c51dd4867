# SPDX-License-Identifier: Apache-2.0
"""The cases of onap.openstack-compat, held against ONAP's own driver: what their names say of its faults is so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from hpa_discovery.model import CapabilityWriter
from hpa_discovery.packs.bench import Bench
from hpa_discovery.packs.cases import benches
from hpa_discovery.packs.load import load_pack
from hpa_discovery.resources import bundled
from rules import onap_faults
from rules.onap_oracle import Written, upstream, without_id

ROOT = Path(bundled("rules")) / "onap.openstack-compat"
WRITER = CapabilityWriter("o", "r", "f")
JUDGED = frozenset(re.findall(r"^([A-Z]+)  ", onap_faults.__doc__ or "", re.MULTILINE))
README_ROWS = frozenset(re.findall(r"^\| ([A-Z]+) \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE))


class Named(NamedTuple):
    """One case, its rule, and the faults that its name tells of."""

    bench: Bench
    case: Mapping[str, Any]
    told: frozenset[str]

    @property
    def feature(self) -> str:
        """What the rule writes."""
        return self.bench.rule.emit.feature

    @property
    def flavor(self) -> dict[str, Any]:
        """The flavor; ONAP's driver answers nothing at all of one without CPUs and memory."""
        base = {} if self.feature == "basicCapabilities" else {"vcpus": 1, "ram": 1}
        return {**base, **self.case["flavor"]}

    @property
    def context(self) -> dict[str, Any]:
        """The context, if there is one."""
        return dict(self.case.get("context", {}))


def named_cases() -> Iterator[Named]:
    """All cases of the pack."""
    for bench, cases in benches(load_pack(ROOT, tests=True)):
        for case in cases:
            found = re.search(r"\(([A-Z, ]+)\)$", case["name"])
            yield Named(bench, case, frozenset(found[1].split(", ")) if found else frozenset())


CASES = tuple(named_cases())


def written_upstream(named: Named) -> list[dict[str, Any]] | None:
    """What ONAP's driver writes of the feature; None where it fails on the whole flavor."""
    written: Written = upstream(named.flavor, named.context)
    if not written:
        return None
    return [written[named.feature]] if named.feature in written else []


@pytest.mark.parametrize("named", CASES, ids=lambda named: f"{named.feature}: {named.case['name']}")
def test_a_case_differs_from_the_driver_only_by_the_faults_it_names(named: Named) -> None:
    """Without a fault the answer is ONAP's byte for byte; with one it differs or complains."""
    outcome = named.bench.evaluate(named.case)
    ours = [without_id(WRITER.write(capability)) for capability in outcome.capabilities]
    as_onap_does = ours == written_upstream(named) and not outcome.diagnostics
    assert as_onap_does is named.told.isdisjoint(JUDGED)
    assert named.told & JUDGED == onap_faults.faults(named.flavor, named.context)[named.feature]


def test_every_fault_is_shown_and_explained() -> None:
    """The faults that are judged, those in the names of cases and those in the pack's own page are the same."""
    shown = frozenset().union(*(named.told for named in CASES))
    assert shown == README_ROWS
    assert shown >= JUDGED
