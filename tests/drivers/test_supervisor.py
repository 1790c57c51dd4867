# SPDX-License-Identifier: Apache-2.0
"""Backoff, suspension and status, by a clock of our own and processes that do as they are told."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from clocks import Clock
from drivers.fleets import Notes, driver
from hpa_discovery.discovery.driven import DriverAnswer
from hpa_discovery.drivers.faults import DriverFault
from hpa_discovery.drivers.line_process import ProcessFault
from hpa_discovery.drivers.supervisor import Supervisor

Act = Callable[[dict[str, Any]], dict[str, Any]]


NOTHING = DriverAnswer((), (), ())


class Scripted:
    """A process that answers by a function, and notes what becomes of it."""

    def __init__(self, act: Act, description: dict[str, Any]) -> None:
        self.act = act
        self.description = description
        self.asked: dict[str, Any] = {}
        self.deadlines: list[float] = []
        self.ended = 0
        self.over = False

    def send(self, line: bytes, deadline: float) -> None:
        """Take a request."""
        self.asked = json.loads(line)
        self.deadlines.append(deadline)

    def receive(self, deadline: float) -> bytes:
        """Answer it."""
        described = self.asked["op"] == "describe"
        answer = self.description if described else self.act(self.asked)
        return json.dumps({"id": self.asked["id"], **answer}).encode()

    def end(self) -> None:
        """Note it."""
        self.ended += 1


class Shop:
    """A supervisor over scripted processes."""

    def __init__(self, **members: Any) -> None:
        self.clock = Clock()
        self.notes = Notes()
        self.started: list[Scripted] = []
        self.act: Act = lambda asked: {"capabilities": []}
        self.description: dict[str, Any] = {"name": "cards", "version": "1"}
        self.broken: OSError | None = None
        which = driver(**members)
        self.supervisor = Supervisor(which, self.start, self.notes, self.clock)  # type: ignore[arg-type]  # fakes that have what the supervisor uses

    def start(self) -> Scripted:
        """One more process."""
        if self.broken is not None:
            raise self.broken
        self.started.append(Scripted(self.act, self.description))
        return self.started[-1]

    def ask(self) -> Any:
        """The answer, or the code of the fault."""
        try:
            return self.supervisor.ask({}, {})
        except DriverFault as fault:
            return fault.code

    def fail(self, _: Any = None) -> dict[str, Any]:
        """What a broken driver does."""
        raise ProcessFault("exit", "ended with exit code 1", 1)

    @property
    def state(self) -> str:
        """The state now."""
        return self.supervisor.status().state


def test_one_process_answers_many() -> None:
    """It is started and described once; ids are fresh each time; the status tells what it said of itself."""
    shop = Shop()
    assert shop.state == "idle"
    numbers = []
    for _ in range(2):
        shop.ask()
        numbers.append(shop.started[0].asked["id"])
    assert numbers[0] != numbers[1]
    assert len(shop.started) == 1
    status = shop.supervisor.status()
    assert (status.state, status.name, status.version, status.faults) == ("ready", "cards", "1", 0)
    assert (status.id, status.digest) == (shop.supervisor.driver.id, shop.supervisor.driver.digest)


def test_pauses_double_up_to_the_suspension() -> None:
    """0.1, 0.2, 0.4, 0.8 s after faults in a row, then a minute; nothing is started before the pause is over."""
    shop = Shop()
    shop.act = shop.fail
    for count, pause in enumerate((0.1, 0.2, 0.4, 0.8, 60.0, 60.0), start=1):
        assert shop.ask() == "driver.exit"
        assert len(shop.started) == count
        assert shop.started[-1].ended == 1
        assert shop.state == ("suspended" if count >= 5 else "waiting")
        shop.clock.now += pause - 0.01
        assert shop.ask() == "driver.suspended"
        assert len(shop.started) == count
        shop.clock.now += 0.02
    events = [(name, fields["faults"]) for name, fields in shop.notes.events]
    assert events == [("driver.fault", count) for count in range(1, 7)]


def test_a_good_answer_forgets_the_faults() -> None:
    """The next pause is the first again; what went wrong last stays in the status."""
    shop = Shop()
    for _ in range(3):
        shop.act = shop.fail
        shop.ask()
        shop.clock.now += 10
    shop.act = lambda asked: {"capabilities": []}
    assert shop.ask() == NOTHING
    status = shop.supervisor.status()
    assert (status.state, status.faults, status.last_fault) == ("ready", 0, "ended with exit code 1")


def test_a_driver_that_hangs_now_and_then_is_suspended() -> None:
    """Though it answers in between: a minute of waiting for nothing, of ten, is all that it may cost."""
    shop = Shop(timeout=10.0)

    hangs: Iterator[bool] = itertools.cycle((True, False))

    def act(_: Any) -> dict[str, Any]:
        if not next(hangs):
            return {"capabilities": []}
        shop.clock.now += 10
        raise ProcessFault("timeout", "did not answer within 10 s")

    shop.act = act
    told = []
    for _ in range(600):
        told.append(shop.ask())
        shop.clock.now += 0.2  # the pause after a fault
    assert told[:11] == ["driver.timeout", NOTHING] * 5 + ["driver.timeout"]
    assert told.count("driver.timeout") <= 10
    assert shop.state == "suspended"
    with pytest.raises(DriverFault, match=r"hung for \d+ s of late \(did not answer within 10 s\); the next try is in"):
        shop.supervisor.ask({}, {})

    shop.clock.now += 60
    hangs = itertools.repeat(False)
    assert shop.ask() == NOTHING
    assert shop.state == "ready"


def test_the_message_of_a_suspension() -> None:
    """How often, why, and when it is tried again."""
    shop = Shop()
    shop.act = shop.fail
    shop.ask()
    with pytest.raises(DriverFault) as caught:
        shop.supervisor.ask({}, {})
    assert caught.value.message == "failed 1 times (ended with exit code 1); the next try is in 0.1 s"


def test_an_error_of_its_own_is_no_fault() -> None:
    """The process is asked again at once, and nobody is alarmed."""
    shop = Shop()
    shop.act = lambda asked: {"error": {"code": "io", "message": "no card"}}
    assert [shop.ask(), shop.ask()] == ["driver.error", "driver.error"]
    assert (len(shop.started), shop.started[0].ended, shop.notes.events) == (1, 0, [])


def test_a_refused_answer_is_a_fault() -> None:
    """Who lies in an orderly way waits, too."""
    shop = Shop()
    shop.act = lambda asked: {"capabilities": 7}
    for _ in range(5):
        assert shop.ask() == "driver.refused"
    assert shop.state == "suspended"
    assert shop.ask() == "driver.suspended"
    assert len(shop.started) == 1
    shop.clock.now += 61
    shop.started[0].act = lambda asked: {"capabilities": []}
    assert shop.ask() == NOTHING
    assert shop.state == "ready"
    assert shop.notes.events[-1][1] == {
        "driver": shop.supervisor.driver.id,
        "code": "driver.refused",
        "message": "answered capabilities is 7; a list is needed",
        "faults": 5,
    }


@pytest.mark.parametrize("description", [{"error": {"code": "x"}}, {"name": 7}])
def test_a_driver_that_does_not_describe_itself_is_ended(description: dict[str, Any]) -> None:
    """It is never asked about a subject."""
    shop = Shop()
    shop.description = description
    assert shop.ask() in ("driver.error", "driver.answer")
    assert shop.started[0].ended == 1
    assert shop.state == "waiting"


def test_what_cannot_be_started() -> None:
    """The reason of the system is told."""
    shop = Shop()
    shop.broken = OSError(12, "Cannot allocate memory")
    assert shop.ask() == "driver.start"
    assert shop.supervisor.status().last_fault == "cannot be started: Cannot allocate memory"


def test_the_time_for_an_answer() -> None:
    """The driver's timeout counts from the question; starting it has its own time and leaves at least half of it."""
    shop = Shop(timeout=4.0)

    def slow(asked: dict[str, Any]) -> dict[str, Any]:
        return {"capabilities": []}

    shop.act = slow
    start = shop.start

    def slow_start() -> Scripted:
        shop.clock.now += 3.5
        return start()

    shop.supervisor._start = slow_start  # type: ignore[assignment]  # a start that takes long
    shop.ask()
    describing, asking = shop.started[0].deadlines
    assert describing == 1003.5 + 10.0
    assert asking == 1003.5 + 2.0
    shop.ask()
    assert shop.started[0].deadlines[-1] == 1003.5 + 4.0


def test_side_by_side() -> None:
    """As many processes as driver.yaml says, and no more; who finds none free in time gets no answer."""
    shop = Shop(processes=2, timeout=0.2)
    inside, go = threading.Barrier(3), threading.Event()

    def wait(asked: dict[str, Any]) -> dict[str, Any]:
        inside.wait(60)
        go.wait(60)
        return {"capabilities": []}

    shop.act = wait
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(shop.ask())) for _ in range(2)]
    for thread in threads:
        thread.start()
    inside.wait(60)
    with pytest.raises(DriverFault, match="busy with other subjects") as caught:
        shop.supervisor.ask({}, {})
    assert caught.value.code == "driver.timeout"
    go.set()
    for thread in threads:
        thread.join()
    assert found == [NOTHING, NOTHING]
    assert len(shop.started) == 2
    assert shop.notes.events == []


def test_an_interrupted_question_ends_the_process() -> None:
    """Its answer would be taken for that to the next one."""
    shop = Shop()

    def interrupt(asked: dict[str, Any]) -> dict[str, Any]:
        raise KeyboardInterrupt

    shop.act = interrupt
    with pytest.raises(KeyboardInterrupt):
        shop.ask()
    assert shop.started[0].ended == 1
    shop.act = lambda asked: {"capabilities": []}
    assert shop.ask() == NOTHING
    assert len(shop.started) == 2


def test_prepared_before_it_is_asked() -> None:
    """The first subject finds a process that is described."""
    shop = Shop()
    shop.supervisor.prepare()
    assert (len(shop.started), shop.state) == (1, "ready")
    shop.ask()
    assert len(shop.started) == 1


def test_the_end() -> None:
    """Free processes end at once, one that is being asked when it has answered."""
    shop = Shop()
    shop.ask()
    shop.supervisor.end()
    assert shop.started[0].ended == 1

    shop = Shop()

    def meanwhile(asked: dict[str, Any]) -> dict[str, Any]:
        shop.supervisor.end()
        assert shop.started[0].ended == 0
        return {"capabilities": []}

    shop.act = meanwhile
    assert shop.ask() == NOTHING
    assert shop.started[0].ended == 1


def fail_together(shop: Shop, callers: int) -> list[Any]:
    """What callers hear who ask at the same time about what the driver cannot stand."""
    inside, found = threading.Barrier(callers), []

    def fail_all(asked: dict[str, Any]) -> dict[str, Any]:
        inside.wait(60)
        shop.clock.now += 0.001
        return shop.fail()

    shop.act = fail_all
    for process in shop.started:
        process.act = fail_all
    threads = [threading.Thread(target=lambda: found.append(shop.ask())) for _ in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_callers_at_the_same_time_meet_one_fault() -> None:
    """Five who ask about the subject that hangs a driver do not suspend it for all others; each is told of."""
    shop = Shop(processes=5, timeout=10.0)
    assert fail_together(shop, 5) == ["driver.exit"] * 5
    assert (shop.supervisor.status().faults, shop.state) == (1, "waiting")
    assert [fields["faults"] for _, fields in shop.notes.events] == [1] * 5
    assert [process.ended for process in shop.started] == [1] * 5

    shop.clock.now += 1  # the pause; who fails now was started after the first incident
    assert fail_together(shop, 5) == ["driver.exit"] * 5
    assert shop.supervisor.status().faults == 2


def test_refused_answers_to_questions_of_the_same_time_are_one_fault() -> None:
    """The process goes on after an answer that is refused, so what counts is when it was asked."""
    shop = Shop(processes=2, timeout=10.0)
    inside = threading.Barrier(2)

    def lie(asked: dict[str, Any]) -> dict[str, Any]:
        inside.wait(60)
        shop.clock.now += 0.001
        return {"capabilities": 7}

    shop.act = lie
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(shop.ask())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["driver.refused"] * 2
    assert shop.supervisor.status().faults == 1
    inside = threading.Barrier(1)
    assert shop.ask() == "driver.refused"
    assert shop.supervisor.status().faults == 2


def test_processes_that_ended_while_nobody_asked_are_replaced() -> None:
    """Whoever asks next gets an answer from a new one, and no fault is counted."""
    shop = Shop(processes=6, timeout=10.0)
    inside = threading.Barrier(6)

    def wait(asked: dict[str, Any]) -> dict[str, Any]:
        inside.wait(60)
        return {"capabilities": []}

    shop.act = wait
    threads = [threading.Thread(target=shop.ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shop.act = lambda asked: {"capabilities": []}
    for process in shop.started:
        process.over = True
    assert [shop.ask() for _ in range(3)] == [NOTHING] * 3
    assert [process.ended for process in shop.started] == [1] * 6 + [0]
    assert (shop.notes.events, shop.supervisor.status().faults) == ([], 0)
