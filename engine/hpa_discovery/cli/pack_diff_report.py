# SPDX-License-Identifier: Apache-2.0
"""What `hpa pack diff` found: for people as a table, for programs as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TextIO

from hpa_discovery.cli.printable import many, printable
from hpa_discovery.cli.tables import drawer
from hpa_discovery.cli.writers import encoded
from hpa_discovery.language.pack import Pack
from hpa_discovery.packs.publishing.recorded import CapabilityChange
from hpa_discovery.packs.publishing.steps import STEPS, Change, StepTaken, judge, largest

Identity = Mapping[str, str | None]


@dataclass(slots=True)
class AnsweredSubjects:
    """How many recorded subjects there were, how many could not be read, and those that are answered differently."""

    count: int = 0
    unreadable: int = 0
    different: list[tuple[Identity, list[CapabilityChange]]] = field(default_factory=list)

    def add(self, identity: Identity, changes: list[CapabilityChange] | None) -> None:
        """Count one; `changes` is None where it could not be read."""
        self.count += 1
        self.unreadable += changes is None
        if changes:
            self.different.append((identity, changes))


@dataclass(frozen=True, slots=True)
class DiffReport:
    """Two versions of a pack and what is different; `subjects` is None when none were given."""

    old: Pack
    new: Pack
    changes: Sequence[Change]
    subjects: AnsweredSubjects | None

    @property
    def step(self) -> StepTaken:
        """Which step is needed, by the pack and by the subjects, and which was taken."""
        steps = [largest(self.changes)]
        if self.subjects is not None:
            steps += [change.step for _, changes in self.subjects.different for change in changes]
        return judge(max(steps, key=STEPS.index), self.old.version, self.new.version)

    def write(self, stream: TextIO, output: str) -> None:
        """Write it as a `table` or as `json`."""
        if output == "json":
            stream.buffer.write(encoded(self._json()) + b"\n")
            return
        stream.write(printable(f"{self.new.namespace}: {self.old.version} to {self.new.version}") + "\n")
        if self.changes:
            lines = [
                [item.step, printable(f"{item.what} {item.name}"), printable(item.message)] for item in self.changes
            ]
            drawer(stream)(["step", "what", "how"], lines, stream)
        else:
            stream.write("  no changes in meaning\n")
        stream.writelines(f"{printable(line)}\n" for line in (*self._subject_lines(), self._step_line()))

    def _subject_lines(self) -> Iterator[str]:
        if self.subjects is None:
            return
        different = self.subjects.different
        for identity, changes in different:
            yield f"{identity['name'] or identity['id'] or '(no name)'}:"
            yield from (f"  {change.step}: {change}" for change in changes)
        yield f"{many(len(different), 'subject')} of {self.subjects.count} answered differently"
        if self.subjects.unreadable:
            yield f"{many(self.subjects.unreadable, 'subject')} could not be read"

    def _step_line(self) -> str:
        step = self.step
        taken = {"back": "goes back", "none": "is the same version"}.get(step.taken, f"is a {step.taken} step")
        told = f"needed is {'no' if step.needed == 'none' else f'a {step.needed}'} step"
        return f"{self.old.version} to {self.new.version} {taken}, {told}: {'enough' if step.enough else 'too small'}"

    def _json(self) -> dict[str, Any]:
        told: dict[str, Any] = {
            "pack": self.new.namespace,
            "old": self.old.version,
            "new": self.new.version,
            "step": asdict(self.step),
            "changes": [asdict(change) for change in self.changes],
        }
        if self.subjects is not None:
            told["subjects"] = {
                "count": self.subjects.count,
                "unreadable": self.subjects.unreadable,
                "different": [
                    {"subject": dict(identity), "changes": list(map(_capability, changes))}
                    for identity, changes in self.subjects.different
                ],
            }
        return told


def _capability(change: CapabilityChange) -> dict[str, Any]:
    feature, version, architecture, discriminator, _ = change.capability
    return {
        "how": change.how,
        "step": change.step,
        "feature": feature,
        "version": version,
        "architecture": architecture,
        "discriminator": discriminator,
        "why": change.why,
        "attributes": [asdict(item) for item in change.attributes],
    }
