# SPDX-License-Identifier: Apache-2.0
"""Outcomes as text: what is written comes back equal, and equal outcomes have equal texts."""

from __future__ import annotations

import json
from typing import Any

from hpa_discovery.model import Capability, Diagnostic, Outcome, Unknown, make_attribute


def write_outcome(outcome: Outcome) -> str:
    """Compact JSON without the trace, in ASCII: any database takes it."""
    capabilities = [
        [*capability.instance, [[each.key, each.value, each.unit] for each in capability.attributes]]
        for capability in outcome.capabilities
    ]
    told = {
        "capabilities": capabilities,
        "unknown": [each.as_json() for each in outcome.unknown],
        "diagnostics": [each.as_json() for each in outcome.diagnostics],
    }
    return json.dumps(told, separators=(",", ":"))


def read_outcome(text: str) -> Outcome:
    """What `write_outcome` wrote."""
    told = json.loads(text)
    return Outcome(
        tuple(_capability(*each) for each in told["capabilities"]),
        tuple(Unknown(**each) for each in told["unknown"]),
        tuple(Diagnostic(**each) for each in told["diagnostics"]),
    )


def _capability(feature: str, architecture: str, version: str, discriminator: str, attributes: list[Any]) -> Capability:
    made = [
        make_attribute(key, value if isinstance(value, str) else tuple(value), unit) for key, value, unit in attributes
    ]
    return Capability(feature, version, architecture, discriminator, tuple(made))
