# SPDX-License-Identifier: Apache-2.0
"""ONAP's own driver contract, translated: `get_hpa_capabilities(data)` in, an answer of the line protocol out.

Read off onap/multicloud-openstack and its `onaphpadriver`: data is {"flavor", "extra_specs",
"viminfo", "vimtype"}, the result a list of A&AI objects with random ids. What such an object
lacks, or holds in text that is no JSON, makes its feature unknown.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any


def discover_by(driver: Any) -> Callable[[Any, Any], dict[str, Any]]:
    """`discover(subject, context)` of a driver with ONAP's contract; the subject is an openstack.flavor."""

    def discover(subject: Any, context: Any) -> dict[str, Any]:
        data = {
            "flavor": subject,
            "extra_specs": subject.get("extra_specs") or {},
            "viminfo": context.get("vim") or {},
            "vimtype": context.get("vimtype") or "",
        }
        return translate(driver.get_hpa_capabilities(data) or ())

    return discover


def translate(found: Iterable[Any]) -> dict[str, Any]:
    """The answer for what ONAP's driver found."""
    capabilities: list[dict[str, Any]] = []
    diagnostics: list[dict[str, Any]] = []
    for item in found:
        try:
            capabilities.append(_capability(item))
        except (KeyError, TypeError, ValueError) as error:
            diagnostics.append(_unusable(item, error))
    return {"capabilities": capabilities, "diagnostics": diagnostics}


def _capability(item: dict[str, Any]) -> dict[str, Any]:
    attributes = {
        attribute["hpa-attribute-key"]: json.loads(attribute["hpa-attribute-value"])
        for attribute in item["hpa-feature-attributes"]
    }
    if not attributes:
        raise ValueError("it has no attributes")
    return {
        "feature": item["hpa-feature"],
        "architecture": item["architecture"],
        "version": item["hpa-version"],
        "attributes": attributes,
    }


def _unusable(item: Any, error: Exception) -> dict[str, Any]:
    feature = item.get("hpa-feature") if isinstance(item, dict) else None
    why = f"it has no {error.args[0]}" if isinstance(error, KeyError) else str(error)
    message = f"ONAP's driver wrote a capability that cannot be used: {why}"
    told = {"code": "onap.capability", "level": "error", "message": message}
    return told | ({"feature": feature} if feature else {})
