# SPDX-License-Identifier: Apache-2.0
"""From a question to answers: here when that is quick, in a few threads when drivers are asked or much is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from hpa_discovery.discovery.driven import DrivenAnswerer
from hpa_discovery.discovery.explain import explain
from hpa_discovery.discovery.generation import Generation
from hpa_discovery.discovery.place import place_of
from hpa_discovery.discovery.rows import answer_row
from hpa_discovery.errors import UsageError
from hpa_discovery.model import Outcome
from hpa_discovery.packs.live.state import Live
from hpa_discovery.service.limits import ServiceLimits
from hpa_discovery.service.metrics import Metrics
from hpa_discovery.service.problems import BUSY, Fault, Problem, retry_after
from hpa_discovery.service.questions import Question, refused

Reply = dict[str, Any]
T = TypeVar("T")


class Answering:
    """Answers questions. Its methods are for the event loop."""

    def __init__(self, limits: ServiceLimits, metrics: Metrics) -> None:
        self._limits = limits
        self._metrics = metrics
        self._threads = ThreadPoolExecutor(limits.evaluators, thread_name_prefix="answers")
        self._waiting = 0
        self._seen: tuple[Generation | None, frozenset[str]] = (None, frozenset())

    async def discover(self, live: Live, question: Question, size: int) -> Reply:
        """What the generation says of each subject; `size` is that of the body. Problem 422, 503."""
        _check_source(live.generation, question)
        limits = self._limits
        quick = size <= limits.inline_bytes and len(question.subjects) <= limits.inline_subjects
        if quick and question.source not in self._driven(live.generation):
            return self._discovered(live, question)
        return await self._in_thread(lambda: self._discovered(live, question))

    async def explain(self, live: Live, question: Question) -> Reply:
        """Why it says so. Every rule is asked, which takes its time."""
        _check_source(live.generation, question)
        _check_rule(live.generation, question)
        return await self._in_thread(lambda: self._explained(live, question))

    def end(self) -> None:
        """Let the threads end when they have answered."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _discovered(self, live: Live, question: Question) -> Reply:
        generation, source = live.generation, question.source
        contract = generation.source(source).contract
        context = generation.see(source, question.context)
        place = place_of(question.context, question.owner, question.region)
        outcomes: list[Outcome] = []
        rows = []
        for subject in self._in_time(question):
            outcomes.append(generation.evaluate(source, subject, context))
            rows.append(answer_row(contract, subject, outcomes[-1], *place))
        self._metrics.evaluated(source, outcomes)
        return {"generation": live.digest, "outcomes": rows}

    def _explained(self, live: Live, question: Question) -> Reply:
        generation, source = live.generation, question.source
        context = generation.see(source, question.context)
        told = [explain(generation, source, each, context, rule=question.rule) for each in self._in_time(question)]
        return {"generation": live.digest, "explanations": told}

    def _in_time(self, question: Question) -> Iterator[dict[str, Any]]:
        end = time.monotonic() + self._limits.answer_seconds
        for subject in question.subjects:
            if time.monotonic() > end:
                detail = f"the subjects took more than {self._limits.answer_seconds:g} seconds; send fewer at once"
                raise Problem(BUSY, detail, headers=retry_after(1))
            yield subject

    async def _in_thread(self, answer: Callable[[], T]) -> T:
        if self._waiting >= self._limits.evaluators + self._limits.waiting:
            raise Problem(BUSY, "too many large requests are being answered", headers=retry_after(1))
        self._waiting += 1
        future = self._threads.submit(answer)
        loop = asyncio.get_running_loop()
        # Not when the caller is gone, but when the thread is free again.
        future.add_done_callback(lambda _: loop.call_soon_threadsafe(self._done))
        return await asyncio.wrap_future(future)

    def _done(self) -> None:
        self._waiting -= 1

    def _driven(self, generation: Generation) -> frozenset[str]:
        """The sources for which drivers are asked."""
        seen, driven = self._seen
        if seen is not generation:
            driven = frozenset(
                name
                for name, rules in generation.sources.items()
                if any(isinstance(program, DrivenAnswerer) for program in rules.programs)
            )
            self._seen = generation, driven
        return driven


def _check_source(generation: Generation, question: Question) -> None:
    try:
        generation.source(question.source)
    except UsageError as error:
        raise refused([Fault(str(error), "/source")]) from None


def _check_rule(generation: Generation, question: Question) -> None:
    known = [program.id for program in generation.source(question.source).programs]
    if question.rule is not None and question.rule not in known:
        message = f"no rule or driver {question.rule[:200]!r} reads {question.source}; see /v1/packs"
        raise refused([Fault(message, "/rule")])
