# SPDX-License-Identifier: Apache-2.0
"""What two versions of a pack answer about the same subjects: capabilities gained, lost and changed.

The subjects are recorded ones, and those of the old version's own test cases.
Drivers are not asked, so only what rules answer is compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from hpa_discovery.discovery.generation import Generation, compile_packs
from hpa_discovery.errors import UsageError
from hpa_discovery.language.pack import Pack
from hpa_discovery.model import Attribute, Capability, Outcome
from hpa_discovery.packs.bench import Bench
from hpa_discovery.packs.cases import usable
from hpa_discovery.packs.contracts import load_contracts
from hpa_discovery.packs.load import LoadedPack
from hpa_discovery.packs.publishing.changes import pairs_of
from hpa_discovery.packs.publishing.steps import Change, Step

NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class AttributeChange:
    """One attribute that is not as it was: its hpa-attribute-value before and now, None where it is not there."""

    key: str
    old: str | None
    new: str | None
    step: Step


@dataclass(frozen=True, slots=True)
class CapabilityChange:
    """One capability that came, went, or is not as it was; `why` says which diagnostic took it away."""

    capability: Capability
    how: str
    attributes: tuple[AttributeChange, ...] = ()
    why: str = ""

    @property
    def step(self) -> Step:
        """What the change asks of the version."""
        if self.how != "changed":
            return "minor" if self.how == "gained" else "major"
        steps = {item.step for item in self.attributes}
        return "major" if "major" in steps else "minor" if "minor" in steps else "patch"

    @property
    def name(self) -> str:
        """The capability as messages call it."""
        feature, version, architecture, discriminator, _ = self.capability
        return " ".join(part for part in (feature, version, architecture, discriminator) if part)

    def __str__(self) -> str:
        told = [f"{item.key} is {item.new or NOTHING} instead of {item.old or NOTHING}" for item in self.attributes]
        return ": ".join(part for part in (f"{self.how} {self.name}", "; ".join(told) or self.why) if part)


def compare_outcomes(old: Outcome, new: Outcome) -> list[CapabilityChange]:
    """The differences between two answers about one subject, in the order of the answers."""
    before = {capability.instance: capability for capability in old.capabilities}
    after = {capability.instance: capability for capability in new.capabilities}
    found = [CapabilityChange(item, "lost", why=_why(item, new)) for key, item in before.items() if key not in after]
    for key, item in after.items():
        if key not in before:
            found.append(CapabilityChange(item, "gained"))
        elif attributes := tuple(_attributes(before[key], item)):
            found.append(CapabilityChange(item, "changed", attributes))
    return found


class Recorded:
    """Two versions of a pack, each alone, ready to be asked about subjects of one source.

    UsageError for a source that is not there, or that neither version reads.
    """

    def __init__(self, old: Pack, new: Pack, source: str) -> None:
        read = sorted({rule.source for pack in (old, new) for rule in pack.rules})
        if source not in read:
            raise UsageError(
                f"comparing packs: no rule of {new.namespace} reads {source!r}; they read {', '.join(read)}"
            )
        self._source = source
        self._old, self._new = _generation(old, source), _generation(new, source)

    def compare(self, subject: Any, context: Any) -> list[CapabilityChange]:
        """What is different about one subject."""
        old, new = (item.evaluate(self._source, subject, context) for item in (self._old, self._new))
        return compare_outcomes(old, new)


def compare_cases(old: LoadedPack, new: LoadedPack) -> Iterator[Change]:
    """What the test cases of the old version show of the rules as they are now."""
    before, after, contracts = usable(old), usable(new), load_contracts()
    for rule, successor in pairs_of(before.rules, after.rules):
        if rule.source != successor.source:
            continue
        benches = Bench(rule, before, contracts[rule.source]), Bench(successor, after, contracts[rule.source])
        for case in old.tests.get(rule.id, ()):
            known = {name: value for name, value in (case.get("params") or {}).items() if name in after.params}
            outcomes = benches[0].evaluate(case), benches[1].evaluate({**case, "params": known})
            for change in compare_outcomes(*outcomes):
                yield Change(change.step, "case", f"{rule.id}: {case['name']}", str(change))


def _generation(pack: Pack, source: str) -> Generation:
    return compile_packs([pack], {source: load_contracts()[source]})


def _why(lost: Capability, outcome: Outcome) -> str:
    codes = (f"{item.code} {item.reason}" for item in outcome.unknown if item.feature == lost.feature)
    return next(codes, "")


def _attributes(old: Capability, new: Capability) -> Iterator[AttributeChange]:
    before, after = _by_key(old.attributes), _by_key(new.attributes)
    for key in dict.fromkeys([*before, *after]):
        first, second = before.get(key), after.get(key)
        if first != second:
            texts = [item and item.text for item in (first, second)]
            yield AttributeChange(key, texts[0], texts[1], _step(first, second))


def _by_key(attributes: Iterable[Attribute]) -> dict[str, Attribute]:
    return {attribute.key: attribute for attribute in attributes}


def _step(old: Attribute | None, new: Attribute | None) -> Step:
    if old is None or new is None:
        return "minor" if old is None else "major"
    return "patch" if old.unit == new.unit else "major"
