# SPDX-License-Identifier: Apache-2.0
"""Faults on demand: what a test asked to go wrong, and whether it goes wrong now.

A fault of a request happens around A&AI: before it (`down`, `drop`, `slow`,
`reset_before`), instead of it (`status`, `html`) or to its answer (`truncated`,
`wrong_length`, `reset_after`, `lose`, `gave_up`: A&AI says that it waited no longer for what is done). With `done`,
`slow`, `status` and `html` come after A&AI did what was asked, as behind a gateway. A fault of an operation happens
inside, for a single write as for an operation of a bulk call: `poison` (A&AI's own code
`code`, by default 4000), `conflict` (412), `implied` (403 of an implied delete).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import count
from threading import Event, Lock
from typing import Any

_BEFORE = ("down", "drop", "slow", "reset_before", "status", "html")
REQUEST_KINDS = frozenset((*_BEFORE, "truncated", "wrong_length", "reset_after", "lose", "gave_up"))
OPERATION_CODES = {"poison": 4000, "conflict": 6131, "implied": 9109}


@dataclass(frozen=True, slots=True)
class Fault:
    """One wish: for requests of `method` ("bulk" for bulk calls, "" for all) whose path and query contain `path`.

    The first `skip` that match are spared, then `times` of them are hit, None for ever. `seconds` is how long `slow`
    waits; `status`, `retry_after` belong to `status`; `code` to `poison`; `lose` leaves `items` out of a page.
    """

    kind: str
    path: str = ""
    method: str = ""
    times: int | None = None
    skip: int = 0
    seconds: float = 0
    status: int = 503
    retry_after: str = ""
    code: int = 0
    items: int = 1
    done: bool = False

    def __post_init__(self) -> None:
        if self.kind not in REQUEST_KINDS | OPERATION_CODES.keys():
            raise ValueError(f"{self.kind!r} is no fault; there are {sorted(REQUEST_KINDS | OPERATION_CODES.keys())}")


class _Wish:
    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.skip = fault.skip
        self.left = fault.times

    def hits(self, method: str, path: str) -> bool:
        """Whether it is hit, and then once less."""
        if self.left == 0 or self.fault.method not in {"", method} or self.fault.path not in path:
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.left is not None:
            self.left -= 1
        return True


class Faults:
    """The wishes that stand; many threads may ask."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._numbers = count(1)
        self._wishes: dict[int, _Wish] = {}
        self._going_on = Event()

    def pause(self, seconds: float) -> None:
        """Be slow for so long, or until `go_on`."""
        with self._lock:
            going_on = self._going_on
        going_on.wait(seconds)

    def go_on(self) -> None:
        """Let those that are slow now go on; the next ones are slow as before."""
        with self._lock:
            self._going_on.set()
            self._going_on = Event()

    def add(self, told: dict[str, Any]) -> int:
        """Let something go wrong; the number takes it away again."""
        wish = _Wish(Fault(**told))
        with self._lock:
            number = next(self._numbers)
            self._wishes[number] = wish
        return number

    def clear(self, number: int | None = None) -> None:
        """Let one go right again, or all."""
        with self._lock:
            if number is None:
                self._wishes.clear()
            else:
                self._wishes.pop(number, None)

    def told(self) -> dict[int, dict[str, Any]]:
        """What stands, with how often it will still hit."""
        with self._lock:
            return {number: {**asdict(wish.fault), "left": wish.left} for number, wish in self._wishes.items()}

    def take(self, kinds: frozenset[str], method: str, path: str) -> Fault | None:
        """The first wish of one of these kinds that this request meets, used up by one."""
        with self._lock:
            for wish in self._wishes.values():
                if wish.fault.kind in kinds and wish.hits(method, path):
                    return wish.fault
        return None
