# SPDX-License-Identifier: Apache-2.0
"""Every check of one pack.

Every load goes through `check_pack`, so it has to be quick: about a
millisecond a rule. sets.py looks at packs beside each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import chain, islice

from hpa_discovery.language.rule import ROOTS
from hpa_discovery.model import Finding
from hpa_discovery.packs.checks.conditions import check_conditions
from hpa_discovery.packs.checks.contract_shapes import roots_of
from hpa_discovery.packs.checks.drivers import check_drivers
from hpa_discovery.packs.checks.guesses import ANY, OBJECT, Guess, guess_of_value
from hpa_discovery.packs.checks.identity import check_identity
from hpa_discovery.packs.checks.lets import check_lets
from hpa_discovery.packs.checks.proofs import check_proofs
from hpa_discovery.packs.checks.repeats import check_repeats
from hpa_discovery.packs.checks.serving import check_serving
from hpa_discovery.packs.checks.size import check_size
from hpa_discovery.packs.checks.survey import Survey, survey
from hpa_discovery.packs.checks.vocabulary import check_vocabulary
from hpa_discovery.packs.checks.writing import check_writing
from hpa_discovery.packs.draft import UNTOLD, PackDraft, RuleDraft

# Of one rule, or of the pack's own file and tests: enough to mend it by, and no more work for a hostile one.
MOST_FINDINGS = 100
LONGEST_TEXT = 1000  # characters of a message or hint
# What a rule sees whose source cannot be read.
_ANY_ROOTS: Mapping[str, Guess] = dict.fromkeys((*ROOTS.values(), "context"), ANY)


def check_pack(pack: PackDraft) -> list[Finding]:
    """Everything that is wrong with a pack beyond YAML and schemas, and does not follow from what these refuse."""
    own = _own_names(pack)
    findings: list[Finding] = []
    surveys: list[Survey] = []
    for draft in pack.rules:
        oversized = list(check_size(draft))
        findings += oversized
        if not oversized:
            contract = pack.contracts.get(draft.rule.source)
            roots = _ANY_ROOTS if contract is None else roots_of(contract)
            surveys.append(survey(draft.rule, {**roots, **own}, readable=draft.readable))
            findings += _check_rule(draft, surveys[-1], pack)
    findings += islice(check_identity(pack, surveys), MOST_FINDINGS)
    findings += islice(check_drivers(pack), MOST_FINDINGS)
    findings += islice(check_proofs(pack), MOST_FINDINGS)
    return [_shortened(finding) for finding in findings if finding is not UNTOLD]


def _shortened(finding: Finding) -> Finding:
    """Names stand in messages as they are written; one of a megabyte is nothing to read."""
    if max(len(finding.message), len(finding.hint)) <= LONGEST_TEXT:
        return finding
    return replace(finding, message=finding.message[:LONGEST_TEXT], hint=finding.hint[:LONGEST_TEXT])


def _own_names(pack: PackDraft) -> Mapping[str, Guess]:
    """What is known of the pack's tables and parameters. Overlays may add rows and set values of the same type."""
    defaults = {name: item.get("default") for name, item in pack.params.items()}
    params = {name: ANY if value is None else guess_of_value(value) for name, value in defaults.items()}
    # A table that could not be read is known to be there, and no more.
    tables = dict.fromkeys(pack.table_files, OBJECT)
    tables |= {name: guess_of_value(rows) for name, rows in pack.tables.items()}
    return {
        "tables": Guess(OBJECT.types, tables, closed="tables" not in pack.unknown, place="tables"),
        "params": Guess(OBJECT.types, params, closed="params" not in pack.unknown, place="params"),
    }


def _check_rule(draft: RuleDraft, found: Survey, pack: PackDraft) -> list[Finding]:
    findings = [
        draft.finding(fault.code, fault.message, pointer, offset=fault.offset, hint=fault.hint)
        for pointer, fault in found.faults
    ]
    checks = chain(
        check_lets(draft, found),
        check_conditions(draft, found),
        check_repeats(draft, found),
        check_writing(draft, found),
        check_vocabulary(draft, found, pack),
    )
    findings += islice(checks, MOST_FINDINGS)
    # What the index can serve is only known of a rule that compiles.
    if draft.document.doubts is None and all(finding.severity != "error" for finding in findings):
        findings += check_serving(draft, found)
    return findings
