# SPDX-License-Identifier: Apache-2.0
"""Every code a finding may have, how grave it is, and the page that explains it."""

from __future__ import annotations

from hpa_discovery.model import Severity


def severity_of(code: str) -> Severity:
    """How grave findings of `code` are."""
    return "error"
