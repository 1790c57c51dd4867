# SPDX-License-Identifier: Apache-2.0
"""Hardware discovery for ONAP: flavors, nodes and systems in, A&AI hpa-capability objects out.

What other programs may use stands in `__all__`; docs/python.md shows how. Nothing
is loaded before it is used: a program that only checks for HpaError pays for that.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hpa_discovery.embedded.discovery import Discovery
    from hpa_discovery.errors import BudgetError, DataError, HpaError, PackError, UsageError
    from hpa_discovery.model import Attribute, Capability, Diagnostic, Finding, Observer, Outcome, Unknown

__all__ = [
    "Attribute",
    "BudgetError",
    "Capability",
    "DataError",
    "Diagnostic",
    "Discovery",
    "Finding",
    "HpaError",
    "Observer",
    "Outcome",
    "PackError",
    "Unknown",
    "UsageError",
]

_HOMES = {
    "Discovery": "hpa_discovery.embedded.discovery",
    **dict.fromkeys(
        ("Attribute", "Capability", "Diagnostic", "Finding", "Observer", "Outcome", "Unknown"), "hpa_discovery.model"
    ),
}


if not TYPE_CHECKING:  # type checkers would take it to give any name

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(_HOMES.get(name, "hpa_discovery.errors")), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
