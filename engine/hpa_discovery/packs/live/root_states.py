# SPDX-License-Identifier: Apache-2.0
"""What each watched folder held when it was looked at last, and who is told when it holds nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hpa_discovery.model import Observer
from hpa_discovery.packs.live.roots import Seen


@dataclass(frozen=True, slots=True)
class RootState:
    """How many packs and overlays a folder held, good or bad, or the `problem` that kept it from being read."""

    root: Path
    packs: int
    overlays: int
    problem: str = ""

    @property
    def holds_some(self) -> bool:
        """Whether there is anything in it."""
        return bool(self.packs or self.overlays)


class RootStates:
    """Of watched folders alone: site folders without packs are nothing to tell, nor is an installer at work in one.

    Events root.unreadable {root, message}, root.empty {root} and root.read {root, packs, overlays}, each when it
    becomes so.
    """

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self.states: tuple[RootState, ...] = ()

    def looked(self, seen: Iterable[Seen]) -> None:
        """Take note of the folders, and tell what became of them."""
        before = {(state.root, state.holds_some, state.problem) for state in self.states}
        self.states = tuple(_state(look) for look in seen if not look.wheels)
        for state in self.states:
            if (state.root, state.holds_some, state.problem) not in before:
                self._tell(state)

    def _tell(self, state: RootState) -> None:
        root = str(state.root)
        if state.problem:
            self._observer.event("root.unreadable", {"root": root, "message": state.problem})
        elif state.holds_some:
            self._observer.event("root.read", {"root": root, "packs": state.packs, "overlays": state.overlays})
        else:
            self._observer.event("root.empty", {"root": root})


def _state(look: Seen) -> RootState:
    packs = sum(found.kind == "pack" for found in look.found)
    return RootState(look.root, packs, len(look.found) - packs, look.problem)
