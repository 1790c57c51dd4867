# SPDX-License-Identifier: Apache-2.0
"""Sends the writes of a plan, and tells what became of each.

A refused group is split by halves until the culprit stands alone; the rest goes on. A
write without an answer is never sent again here: it may have been done, or may still be,
and only a later read knows. Where A&AI as a whole is the matter, sending stops.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hpa_discovery.aai.answers import NOT_FOUND, adding
from hpa_discovery.aai.bulk import MOST_OPERATIONS, groups, in_parts, move
from hpa_discovery.aai.refusals import concerns_all, concerns_bulk, is_conflict, with_way_out
from hpa_discovery.aai.versions import ownership
from hpa_discovery.errors import AaiRefused, ConnectorError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hpa_discovery.aai.bulk import Move, Replace
    from hpa_discovery.aai.client import AaiClient, Operation
    from hpa_discovery.aai.paths import Place
    from hpa_discovery.aai.plan import Action, Key
    from hpa_discovery.errors import DataError
    from hpa_discovery.model import Observer

    Group = tuple[Move, ...]

MOST_SILENCES = 3
MOST_REFUSALS = 50  # in a row, with nothing done between them
MOST_CONFLICTS = 50  # likewise


@dataclass(frozen=True, slots=True)
class Refusal:
    """One action that A&AI refuses, and what it says."""

    action: Action
    error: AaiRefused


@dataclass(slots=True)
class Sent:
    """What became of the writes of one plan: each is in exactly one list.

    A new flavor that A&AI refuses with its capabilities is there with one of them, and the
    others one by one.

    `conflicts`: A&AI is not as it was read. `silent`: no answer, so done or not, now or
    later. `left`: not tried, because of `stopped` or of what came before it, or because
    after so many conflicts A&AI has to be read again.
    """

    done: list[Action] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    conflicts: list[Refusal] = field(default_factory=list)
    silent: list[Action] = field(default_factory=list)
    left: list[Action] = field(default_factory=list)
    stopped: DataError | None = None


class Sender:
    """Sends to one region; one for each apply, so that it learns only once what A&AI cannot do."""

    def __init__(self, client: AaiClient, place: Place, replace: Replace, observer: Observer | None = None) -> None:
        self._client = client
        self._place = place
        self._replace = replace
        self._observer = observer
        self._mark = ownership(client.version)
        self._bulk = True
        self._silences = 0
        self._refusals = 0
        self._conflicts = 0
        self._queue: deque[Group] = deque()

    def send(self, actions: Iterable[Action], apart: frozenset[Key] = frozenset()) -> Sent:
        """Send these in their order, those in `apart` last and each in a call of its own."""
        self._queue = deque(self._grouped(list(actions), apart))
        self._conflicts = 0
        sent = Sent()
        while self._queue and sent.stopped is None and self._conflicts < MOST_CONFLICTS:
            if group := self._ready(self._queue.popleft(), sent):
                self._try(group, sent)
        sent.left += [each.action for group in self._queue for each in group]
        return sent

    def _grouped(self, actions: list[Action], apart: frozenset[Key]) -> list[Group]:
        flavors = {flavor for flavor, _ in apart}
        moves = [move(action, self._place, self._replace, self._mark) for action in actions]
        alone = [each for each in moves if _is_apart(each.action, apart, flavors)]
        together = [each for each in moves if not _is_apart(each.action, apart, flavors)] if alone else moves
        if not self._bulk:
            return [(each,) for each in (*together, *alone)]
        # DELETE and PUT one after the other are two calls, for many changes as for one.
        in_two = groups(each for each in together if each.then)
        return [*in_two, *groups(each for each in together if not each.then), *((each,) for each in alone)]

    def _ready(self, group: Group, sent: Sent) -> Group:
        """Without the deletes that wait for what could not be done."""
        if not any(_goes_after(each.action) for each in group):
            return group
        failed = (*(refusal.action for refusal in (*sent.refused, *sent.conflicts)), *sent.silent)
        waiting = [each.action for each in group if waits(each.action, failed)]
        sent.left += waiting
        return tuple(each for each in group if each.action not in waiting)

    def _try(self, group: Group, sent: Sent) -> None:
        operations = [operation for each in group for operation in each.operations]
        try:
            if len(operations) == 1:
                self._client.write(operations[0])
            else:
                self._client.bulk(operations)
        except AaiRefused as refused:
            self._refused(group, refused, sent)
        except ConnectorError as error:
            self._unanswered(group, error, sent)
        else:
            self._done(group, sent)

    def _done(self, group: Group, sent: Sent) -> None:
        self._refusals = self._conflicts = 0
        sent.done += [each.action for each in group if each.completes]
        following = [then for each in group for then in each.then]
        self._queue.extendleft(reversed(list(groups(following, MOST_OPERATIONS if self._bulk else 1))))

    def _unanswered(self, group: Group, error: ConnectorError, sent: Sent) -> None:
        if not error.sent:
            self._stop(group, error, sent)
            return
        sent.silent += [each.action for each in group]
        self._did("aai.silent", actions=len(group), reason=str(error))
        self._silences += 1
        if self._silences >= MOST_SILENCES:
            sent.stopped = error

    def _refused(self, group: Group, refused: AaiRefused, sent: Sent) -> None:
        if concerns_bulk(refused, sum(len(each.operations) for each in group)):
            self._go_single(group, refused)
        elif concerns_all(refused):
            self._stop(group, refused, sent)
        elif len(group) > 1:
            half = len(group) // 2
            self._queue.extendleft((group[half:], group[:half]))
        else:
            self._refused_alone(group[0], refused, sent)

    def _refused_alone(self, culprit: Move, refused: AaiRefused, sent: Sent) -> None:
        [first, *more] = culprit.operations
        instead = culprit.instead or (in_parts(culprit.action, self._place, self._mark) if _has_many(first) else None)
        if refused.number == NOT_FOUND and first.action == "delete" and not more:
            self._done((culprit,), sent)  # somebody else deleted it, which is what was wanted
        elif is_conflict(refused):
            sent.conflicts.append(Refusal(culprit.action, with_way_out(refused, len(culprit.operations))))
            self._conflicts += 1
        elif instead is not None:
            self._queue.appendleft((instead,))
        else:
            self._give_up(culprit, refused, sent)

    def _give_up(self, culprit: Move, refused: AaiRefused, sent: Sent) -> None:
        if culprit.undo is not None:
            refused = self._undone(culprit.undo, refused)
        sent.refused.append(Refusal(culprit.action, refused))
        self._did("aai.refused", flavor=culprit.action.flavor, feature=culprit.action.feature, reason=str(refused))
        self._refusals += 1
        if self._refusals >= MOST_REFUSALS:
            sent.stopped = refused

    def _undone(self, undo: Operation, refused: AaiRefused) -> AaiRefused:
        """The refusal, which says so where what stood there could not be put back."""
        try:
            self._client.write(undo)
        except (AaiRefused, ConnectorError) as error:
            return adding(refused, f"; it is missing from A&AI now, as what stood there could not be put back: {error}")
        return refused

    def _stop(self, group: Group, error: DataError, sent: Sent) -> None:
        self._queue.appendleft(group)
        sent.stopped = error

    def _go_single(self, group: Group, refused: AaiRefused) -> None:
        """All that waits goes on in single calls, where a change is DELETE, then PUT."""
        self._bulk = False
        self._replace = "sequential"
        waiting = [each for waited in (group, *self._queue) for each in waited]
        self._queue = deque((self._in_single_calls(each),) for each in waiting)
        self._did("aai.single_calls", status=refused.status, reason=str(refused))

    def _in_single_calls(self, waiting: Move) -> Move:
        if len(waiting.operations) == 1:
            return waiting
        return move(waiting.action, self._place, self._replace, self._mark)

    def _did(self, name: str, **fields: Any) -> None:
        if self._observer is not None:
            self._observer.event(name, {"region": str(self._place), **fields})


def waits(action: Action, failed: Sequence[Action]) -> bool:
    """Whether an action must not be done while these are not.

    A flavor object goes after its capabilities, and a capability that another one
    replaces goes only when that is there.
    """
    first = "create" if action.replaced else "delete"
    return _goes_after(action) and any(
        each.kind == first and each.flavor == action.flavor and action.feature in {each.feature, ""} for each in failed
    )


def _goes_after(action: Action) -> bool:
    return action.kind == "delete" and (action.replaced or not action.capability)


def _has_many(operation: Operation) -> bool:
    """Whether it is a flavor with capabilities, of which perhaps a single one is to blame."""
    return len(operation.body.get("hpa-capabilities", {}).get("hpa-capability", ())) > 1


def _is_apart(action: Action, apart: frozenset[Key], flavors: set[str]) -> bool:
    """What goes after other actions goes after those that stand apart too."""
    return action.key in apart or (_goes_after(action) and action.flavor in flavors)
