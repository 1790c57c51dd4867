# SPDX-License-Identifier: Apache-2.0
"""Whether each rule has tests, one that fires and one that does not, and each test file a rule."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from hpa_discovery.language.rule import ROOTS
from hpa_discovery.language.spelling import nearest
from hpa_discovery.model import Finding
from hpa_discovery.packs.draft import PackDraft, RuleDraft, TestDraft
from hpa_discovery.packs.files import TEST_SUFFIX
from hpa_discovery.packs.partial import mapping


def check_proofs(pack: PackDraft) -> Iterator[Finding]:
    """Findings about test files; only when they were read."""
    if not pack.with_tests:
        return
    tests = {test.rule_name: test for test in pack.tests}
    rules = {str(PurePosixPath(draft.document.name).with_suffix("")): draft for draft in pack.rules}
    for name, draft in rules.items():
        test = tests.get(name)
        if test is None:
            yield from _missing(pack, draft, name)
        else:
            yield from _cases(pack, draft, test)
    for name, test in tests.items():
        if name not in rules and f"{name}.yaml" not in pack.refused:
            message = f"there is no rule {name}.yaml for these tests"
            yield test.document.finding("test.orphan", message, hint="name the test file after its rule")


def _missing(pack: PackDraft, draft: RuleDraft, name: str) -> Iterator[Finding]:
    if f"{name}{TEST_SUFFIX}" not in pack.refused:
        hint = f"add {name}{TEST_SUFFIX} with a case in which it fires and one in which it does not"
        yield draft.finding("test.missing", f"the rule {draft.rule.id} has no tests", (), hint=hint)


def _cases(pack: PackDraft, draft: RuleDraft, test: TestDraft) -> Iterator[Finding]:
    cases = [(index, mapping(case)) for index, case in enumerate(test.document.value)]
    expected = [case.get("expect") for _, case in cases]
    # A case that expects nobody knows what may be the one that is missing.
    known = all(isinstance(capabilities, list) for capabilities in expected)
    if known and not any(expected):
        hint = "add a case that expects a capability"
        yield test.document.finding("test.missing_firing", "in no case the rule fires", rule=draft.rule.id, hint=hint)
    if known and all(expected):
        hint = "add a case with expect: []"
        yield test.document.finding(
            "test.missing_silent", "in every case the rule fires", rule=draft.rule.id, hint=hint
        )
    roots = set(ROOTS.values())
    for index, case in cases:
        # Of several subjects the schema says that they are too many.
        for other in roots & case.keys() if len(roots & case.keys()) == 1 and draft.rule.source else ():
            if other != draft.rule.root:
                message = f"the rule reads {draft.rule.source}, so its cases give a {draft.rule.root}, not a {other}"
                yield test.document.finding("test.subject", message, (index, other), key=True, rule=draft.rule.id)
        for name in mapping(case.get("params")) if "params" not in pack.unknown else ():
            if name not in pack.params:
                meant = nearest(name, pack.params)
                hint = f"did you mean {meant}?" if meant else "declare it under params in pack.yaml"
                message, pointer = f"the pack has no parameter {name}", (index, "params", name)
                yield test.document.finding("test.params", message, pointer, key=True, rule=draft.rule.id, hint=hint)
