# SPDX-License-Identifier: Apache-2.0
"""Rules with more names or attributes than the language allows: nothing else of them is looked at."""

from __future__ import annotations

from collections.abc import Iterator

from hpa_discovery.language.budgets import DEFAULT
from hpa_discovery.language.rule import GroupEntry, Rule
from hpa_discovery.model import Finding
from hpa_discovery.packs.draft import RuleDraft


def check_size(draft: RuleDraft) -> Iterator[Finding]:
    """Findings limit.lets and limit.attributes."""
    lets, attributes = _counts(draft.rule)
    if lets > DEFAULT.lets:
        message = f"the rule has {lets} lets; at most {DEFAULT.lets} are read"
        yield draft.finding("limit.lets", message, ("spec", "let"), key=True, hint="make two rules of it")
    if attributes > DEFAULT.attributes:
        message = f"the rule has {attributes} attributes; at most {DEFAULT.attributes} are written"
        yield draft.finding("limit.attributes", message, ("spec", "emit", "attributes"), key=True)


def _counts(rule: Rule) -> tuple[int, int]:
    """How many lets and attributes the rule names, those of groups included."""
    groups = [entry for entry in rule.emit.entries if isinstance(entry, GroupEntry)]
    lets = len(rule.lets) + sum(len(group.lets) for group in groups)
    attributes = len(rule.emit.entries) - len(groups) + sum(len(group.attributes) for group in groups)
    return lets, max(attributes, len(rule.emit.entries))
