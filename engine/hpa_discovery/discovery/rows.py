# SPDX-License-Identifier: Apache-2.0
"""Answer rows: what every face of the product says about one subject, in one form."""

from __future__ import annotations

from typing import Any

from hpa_discovery.discovery.contract import Contract, member
from hpa_discovery.language.values import is_usable
from hpa_discovery.model import CapabilityWriter, Outcome

Row = dict[str, Any]


def answer_row(contract: Contract, subject: Any, outcome: Outcome, owner: str, region: str) -> Row:
    """`{"subject": {"id", "name"}, "capabilities", "unknown", "diagnostics"}`, as JSON values."""
    identity = identify(contract, subject)
    writer = CapabilityWriter(owner, region, identity["id"] or "")
    return {
        "subject": identity,
        "capabilities": [writer.write(capability) for capability in outcome.capabilities],
        "unknown": [unknown.as_json() for unknown in outcome.unknown],
        "diagnostics": [diagnostic.as_json() for diagnostic in outcome.diagnostics],
    }


def identify(contract: Contract, subject: Any) -> dict[str, str | None]:
    """The subject's id and name as text; None where it has none that can be written."""
    return {"id": _text(member(subject, contract.id)), "name": _text(member(subject, contract.name))}


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    return str(value) if is_usable(value) else None
