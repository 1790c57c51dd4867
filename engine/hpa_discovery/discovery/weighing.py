# SPDX-License-Identifier: Apache-2.0
"""From the answers of all rules and drivers to one outcome: who wins an instance, and what is over budget."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from hpa_discovery.discovery.run import Answerer, Run
from hpa_discovery.language.budgets import Limits
from hpa_discovery.model import ANY_DISCRIMINATOR, Capability, Diagnostic, Outcome, Unknown

Answer = tuple[Answerer, Capability]
Instance = tuple[str, str, str, str]


def weigh(run: Run, limits: Limits) -> Outcome:
    """The outcome of a run: every instance answered at most once, nothing cut."""
    answers = run.answers
    # Mostly every feature is answered once, which is quicker to see than every instance.
    if len({capability.feature for _, capability in answers}) != len(answers):
        answers = _one_per_instance(answers, run)
    if len(answers) > limits.capabilities:
        answers = _too_many(answers, run, limits)
    capabilities = tuple([capability for _, capability in answers])
    return Outcome(capabilities, tuple(run.unknown), tuple(run.diagnostics), run.trace)


def _one_per_instance(answers: Sequence[Answer], run: Run) -> list[Answer]:
    """The highest level wins; equal answers are one; different ones of equal level are none."""
    best: dict[Instance, Answer] = {}
    disputed: dict[Instance, set[str]] = {}
    for answerer, capability in answers:
        key = capability.instance
        rival = best.get(key)
        if rival is None or answerer.rank > rival[0].rank:
            best.pop(key, None)  # it stands where the winner's rule stands
            best[key] = (answerer, capability)
            disputed.pop(key, None)
        elif answerer.rank == rival[0].rank and capability != rival[1]:
            disputed.setdefault(key, {rival[0].id}).add(answerer.id)
    for key, ids in disputed.items():
        _report_dispute(run, best.pop(key)[1], sorted(ids))
    return list(best.values())


def _report_dispute(run: Run, capability: Capability, ids: Sequence[str]) -> None:
    instance = f"{capability.feature} {capability.discriminator}".strip()
    who = " and ".join(ids) if len(ids) > 1 else f"{ids[0]} twice, differently,"
    message = f"{who} answer {instance}; neither is written: settle it in an overlay"
    run.diagnostics.append(Diagnostic("conflict.instance", ids[0], "error", message))
    run.unknown.append(_unknown(capability, ids[0], "conflict.instance", message))


def _too_many(answers: Sequence[Answer], run: Run, limits: Limits) -> list[Answer]:
    """Withhold all of the pack that has the most, and again until the rest fits: no pack can silence another."""
    left = list(answers)
    while len(left) > limits.capabilities:
        counts = Counter(answerer.namespace for answerer, _ in left)
        greedy = max(counts, key=lambda namespace: (counts[namespace], namespace))
        message = (
            f"{len(left)} capabilities, {counts[greedy]} of {greedy}; at most {limits.capabilities} of one subject are "
            f"written, so none of {greedy} is"
        )
        run.diagnostics.append(Diagnostic("limit.capabilities", "", "error", message))
        features = dict.fromkeys(each.feature for answerer, each in left if answerer.namespace == greedy)
        run.unknown += [Unknown(feature, ANY_DISCRIMINATOR, "", "limit.capabilities", message) for feature in features]
        left = [answer for answer in left if answer[0].namespace != greedy]
    return left


def _unknown(capability: Capability, rule: str, code: str, reason: str) -> Unknown:
    return Unknown(capability.feature, capability.discriminator or ANY_DISCRIMINATOR, rule, code, reason)
