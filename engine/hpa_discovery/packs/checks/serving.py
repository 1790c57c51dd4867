# SPDX-License-Identifier: Apache-2.0
"""Rules that the index cannot serve: they are asked about every subject, so many of them make discovery slow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hpa_discovery.discovery.triggers import rule_needs
from hpa_discovery.language.rule import Leaf, Let, Rule
from hpa_discovery.language.yaml_reader import Pointer
from hpa_discovery.model import Finding
from hpa_discovery.packs.checks.survey import Survey
from hpa_discovery.packs.draft import RuleDraft

_SLOW = "it is asked about every subject, and many such rules make discovery slow"


def check_serving(draft: RuleDraft, survey: Survey) -> Iterator[Finding]:
    """A finding when the index has to ask the rule, which must compile, about every subject."""
    if rule_needs(draft.rule, survey.expression) is not None:
        return
    what, cure, pointer = _blame(draft.rule, survey)
    message = f"the index cannot serve this rule: {what}"
    yield draft.finding("index.unserved", message, pointer, key=True, hint=f"{cure}; otherwise {_SLOW}")


def _blame(rule: Rule, survey: Survey) -> tuple[str, str, Pointer]:
    """What makes the rule unserved, what helps, and where it stands."""
    if rule.each is not None:
        return "its `each` can have items for any subject", "repeat over a member of the subject", ("spec", "each")
    if rule.when is None:
        cure = "say what must be there, such as when: {var: NAME, present: true}"
        return "it has no `when`", cure, ("spec", "source")
    for place, let in enumerate(rule.lets):
        if not _served_with(rule, place, survey):
            what = f"the let {let.name} may be wrong for any subject"
            cure = "read one member of the subject, without a default"
            return what, cure, ("spec", "let", let.name)
    cure = "ask for something that must be there, such as {var: NAME, present: true}"
    return "its `when` can be true for any subject", cure, ("spec", "when")


def _served_with(rule: Rule, place: int, survey: Survey) -> bool:
    """Whether the index could serve the rule if this let were the only one that may fail."""
    plain = [Let(let.name, f"{rule.root}.name", "string") for let in rule.lets[:place]]
    probe = Let("probe", f"{rule.root}.name", "string")
    alone = replace(rule, lets=(*plain, rule.lets[place], probe), when=Leaf("probe", "present", True))
    return rule_needs(alone, survey.expression) is not None
