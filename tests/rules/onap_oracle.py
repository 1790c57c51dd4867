# SPDX-License-Identifier: Apache-2.0
"""ONAP's own driver, run as it is: what it writes for a flavor, per hpa-feature and in its order."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Mapping
from functools import cache
from typing import Any

from hpa.hpa_discovery import HPADiscovery

Written = dict[str, dict[str, Any]]
# All that it knows, in the order in which it answers.
FEATURES = (
    "basicCapabilities",
    "cpuPinning",
    "cpuTopology",
    "hugePages",
    "numa",
    "localStorage",
    "instructionSetExtensions",
    "pciePassthrough",
    "sriovNICNetwork",
    "ovsDpdk",
)


class _Silent(HPADiscovery):
    """It logs a traceback for each of its faults, to a file, under the name that our own logger has."""

    _logger = logging.getLogger("tests.onap_oracle")
    _logger.disabled = True


@cache
def _driver() -> Any:
    return _Silent()


def upstream(flavor: Mapping[str, Any], context: Mapping[str, Any]) -> Written:
    """Its capabilities without their ids (fresh ones each time), by feature, in its order.

    It fails as a whole where vcpus or ram is missing: nothing at all, then.
    """
    with contextlib.suppress(AttributeError, KeyError, TypeError):
        return {answer["hpa-feature"]: without_id(answer) for answer in answers(flavor, context)}
    return {}


def answers(flavor: Mapping[str, Any], context: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Its capabilities as it returns them. Whatever it raises."""
    specs = flavor.get("extra_specs", {})
    if isinstance(specs, dict) and _endless(specs.get("hw:numa_nodes")):
        specs = {key: value for key, value in specs.items() if key != "hw:numa_nodes"}
    data = {
        "flavor": flavor,
        "extra_specs": specs,
        "viminfo": context.get("vim") or {},
        "vimtype": context.get("vimtype") or "",
    }
    found: list[dict[str, Any]] = _driver().get_hpa_capabilities(data)
    return found


def _endless(nodes: Any) -> bool:
    """Whether it would count NUMA nodes for hours; a fault of its own (UNCHECKED), so nothing is lost."""
    with contextlib.suppress(ValueError, TypeError):
        return int(nodes) > 100_000
    return False


def without_id(capability: Mapping[str, Any]) -> dict[str, Any]:
    """The capability without its id."""
    return {key: value for key, value in capability.items() if key != "hpa-capability-id"}
