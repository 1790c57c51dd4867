# SPDX-License-Identifier: Apache-2.0
"""Actions as operations, and operations in groups that one bulk call can hold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from hpa_discovery.aai.client import Operation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from hpa_discovery.aai.paths import Place
    from hpa_discovery.aai.plan import Action

MOST_OPERATIONS = 30  # of A&AI, aai.bulkconsumer.payloadlimit
Replace = Literal["transaction", "sequential"]


@dataclass(frozen=True, slots=True)
class Move:
    """The operations of one action that are done together or not at all, and the moves that follow when they are.

    Where they are refused for good, `instead` is tried, and `undo` takes back what the moves before them did.
    """

    action: Action
    operations: tuple[Operation, ...]
    then: tuple[Move, ...] = ()
    instead: Move | None = None
    undo: Operation | None = None

    @property
    def completes(self) -> bool:
        """Whether the action is done with this move."""
        return all(each.action is not self.action for each in self.then)


def move(action: Action, place: Place, how: Replace, mark: Mapping[str, str]) -> Move:
    """How an action is done; `mark` are the properties that tell whose a new object is.

    A capability changes by DELETE and PUT, because A&AI never removes an attribute that
    a PUT leaves out; side by side, or one after the other for servers that refuse both
    in one call. Then a PUT that is refused is followed by one of what stood there, so that
    nothing is lost either way. A flavor object changes by PATCH, which touches nothing else.
    """
    if action.capability:
        path = place.capability(action.flavor, action.capability)
    else:
        path = place.flavor(action.flavor)
    write = Operation("put", path, _marked(action.content, mark))
    remove = Operation("delete", path, {}, action.resource_version)
    if action.kind == "create":
        return Move(action, (write,))
    if action.kind == "delete":
        return Move(action, (remove,))
    if not action.capability:
        return Move(action, (Operation("patch", path, action.content),))
    if how == "sequential":
        undo = Operation("put", path, _as_new(action.replaces))
        return Move(action, (remove,), then=(Move(action, (write,), undo=undo),))
    return Move(action, (remove, write))


def in_parts(action: Action, place: Place, mark: Mapping[str, str]) -> Move | None:
    """How a new flavor is made when A&AI refuses it with all its capabilities: with one, then the others singly.

    Each in turn is the one that comes with it, until A&AI takes that. So whoever dies
    meanwhile leaves no flavor without a capability of ours, which would be anybody's.
    """
    inside = action.content["hpa-capabilities"]["hpa-capability"]
    singles = [move(_single(action, each), place, "transaction", mark) for each in inside]
    found: Move | None = None
    for number, first in reversed(list(enumerate(inside))):
        content = {**action.content, "hpa-capabilities": {"hpa-capability": [first]}}
        operations = move(replace(action, content=content), place, "transaction", mark).operations
        found = Move(action, operations, (*singles[:number], *singles[number + 1 :]), instead=found)
    return found


def _single(action: Action, content: Mapping[str, Any]) -> Action:
    return replace(action, capability=content["hpa-capability-id"], feature=content["hpa-feature"], content=content)


def _as_new(told: Mapping[str, Any]) -> dict[str, Any]:
    """A capability as it was read, to be written as if it had never been there."""
    attributes = [
        {name: value for name, value in each.items() if name != "resource-version"}
        for each in told.get("hpa-feature-attributes", ())
    ]
    kept = {name: value for name, value in told.items() if name not in {"resource-version", "relationship-list"}}
    return {**kept, "hpa-feature-attributes": attributes}


def _marked(content: Mapping[str, Any], mark: Mapping[str, str]) -> dict[str, Any]:
    marked = {**content, **mark}
    if mark and "hpa-capabilities" in content:
        inside = content["hpa-capabilities"]["hpa-capability"]
        marked["hpa-capabilities"] = {"hpa-capability": [{**each, **mark} for each in inside]}
    return marked


def groups(moves: Iterable[Move], most: int = MOST_OPERATIONS) -> Iterator[tuple[Move, ...]]:
    """The moves in their order, as many in a group as one call holds; no move is split."""
    group: list[Move] = []
    count = 0
    for each in moves:
        if group and count + len(each.operations) > most:
            yield tuple(group)
            group, count = [], 0
        group.append(each)
        count += len(each.operations)
    if group:
        yield tuple(group)
