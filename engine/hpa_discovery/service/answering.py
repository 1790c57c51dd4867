# SPDX-License-Identifier: Apache-2.0
"""From the text of a question to that of its answers: here when that is quick, else in a few threads.

Reading and writing JSON takes long, too, and what is read takes many times the room of its text:
so a thread that is free does all of it, and no more large bodies are unfolded than there are threads.
"""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from hpa_discovery.discovery.driven import DrivenAnswerer
from hpa_discovery.discovery.explain import explain
from hpa_discovery.discovery.generation import Generation
from hpa_discovery.discovery.place import place_of
from hpa_discovery.discovery.rows import answer_row
from hpa_discovery.errors import UsageError
from hpa_discovery.model import Outcome
from hpa_discovery.packs.live.state import Live
from hpa_discovery.service.bodies import value_of
from hpa_discovery.service.json_text import write_json
from hpa_discovery.service.limits import ServiceLimits
from hpa_discovery.service.metrics import Metrics
from hpa_discovery.service.placing import place_asked, placed, version_asked
from hpa_discovery.service.problems import BUSY, Fault, Problem, retry_after
from hpa_discovery.service.questions import (
    DISCOVER,
    EXPLAIN,
    RESOURCE_URLS,
    Members,
    Question,
    read_question,
    refused,
)


class Answering:
    """Answers questions. Its methods are for the event loop."""

    def __init__(self, limits: ServiceLimits, metrics: Metrics) -> None:
        self._limits = limits
        self._metrics = metrics
        self._threads = ThreadPoolExecutor(limits.evaluators, thread_name_prefix="answers")
        self._waiting = 0
        self._unfolding = threading.Lock()
        self._seen: tuple[Generation | None, frozenset[str]] = (None, frozenset())

    async def discover(self, live: Live, body: bytes) -> bytes:
        """What the generation says of each subject: the text of a DiscoverReply. Problem 400, 413, 422, 503."""
        most = self._limits.subjects
        if len(body) > self._limits.inline_bytes:
            return await self._in_thread(lambda: self._discovered(live, self._unfolded(live, body, DISCOVER, most)))
        question = self._asked(live, body, DISCOVER, most)
        if len(question.subjects) <= self._limits.inline_subjects and question.source not in self._driven(
            live.generation
        ):
            return self._discovered(live, question)
        return await self._in_thread(lambda: self._discovered(live, question))

    async def explain(self, live: Live, body: bytes) -> bytes:
        """Why it says so: the text of an ExplainReply. Every rule is asked, which takes its time."""
        return await self._in_thread(lambda: self._explained(live, body))

    async def resource_urls(self, live: Live, body: bytes) -> bytes:
        """Where in A&AI the capabilities of flavors belong: the text of a ResourceUrlsReply. Problem as discover."""
        return await self._in_thread(lambda: self._placed(live, body))

    def end(self) -> None:
        """Let the threads end when they have answered."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _asked(self, live: Live, body: bytes, members: Members, most: int) -> Question:
        question = read_question(value_of(body, self._limits.values), members, most)
        _check_source(live.generation, question)
        return question

    def _unfolded(self, live: Live, body: bytes, members: Members, most: int) -> Question:
        # In one piece nothing else runs meanwhile: so one body at a time, and without Python's search for garbage,
        # which would go through all that was read so far again and again.
        with self._unfolding:
            gc.disable()
            try:
                return self._asked(live, body, members, most)
            finally:
                gc.enable()

    def _discovered(self, live: Live, question: Question) -> bytes:
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
        return write_json({"generation": live.digest, "outcomes": rows})

    def _explained(self, live: Live, body: bytes) -> bytes:
        question = self._unfolded(live, body, EXPLAIN, self._limits.explained)
        generation, source = live.generation, question.source
        _check_rule(generation, question)
        context = generation.see(source, question.context)
        told = [explain(generation, source, each, context, rule=question.rule) for each in self._in_time(question)]
        return write_json({"generation": live.digest, "explanations": told})

    def _placed(self, live: Live, body: bytes) -> bytes:
        question = self._unfolded(live, body, RESOURCE_URLS, self._limits.subjects)
        generation, place, version = live.generation, place_asked(question), version_asked(question)
        contract = generation.source(question.source).contract
        context = generation.see(question.source, question.context)
        rows = []
        for subject in self._in_time(question):
            outcome = generation.evaluate(question.source, subject, context)
            rows.append(placed(answer_row(contract, subject, outcome, place.owner, place.region), place, version))
        return write_json({"generation": live.digest, "flavors": rows})

    def _in_time(self, question: Question) -> Iterator[dict[str, Any]]:
        end = time.monotonic() + self._limits.answer_seconds
        for subject in question.subjects:
            if time.monotonic() > end:
                detail = f"the subjects took more than {self._limits.answer_seconds:g} seconds; send fewer at once"
                raise Problem(BUSY, detail, headers=retry_after(1))
            yield subject

    async def _in_thread(self, answer: Callable[[], bytes]) -> bytes:
        if self._waiting >= self._limits.evaluators + self._limits.waiting:
            raise Problem(BUSY, "too many large requests are being answered", headers=retry_after(1))
        self._waiting += 1
        future = self._threads.submit(answer)
        loop = asyncio.get_running_loop()
        # Not when the caller is gone, but when the thread is free again.
        future.add_done_callback(lambda _: loop.call_soon_threadsafe(self._done))
        try:
            return await asyncio.wrap_future(future)
        except Problem as problem:
            # Without the steps of the thread, which hold what the body became for as long as somebody holds them.
            raise problem.with_traceback(None) from None

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
