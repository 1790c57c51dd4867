# SPDX-License-Identifier: Apache-2.0
"""What `hpa driver try` prints: the answer as it came, what the check made of it, the driver's stderr, the times."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from hpa_discovery.cli.context_file import Context, merge
from hpa_discovery.cli.driver_report import fence_lines
from hpa_discovery.cli.faults import say
from hpa_discovery.cli.printable import printable
from hpa_discovery.cli.tables import cells, drawer, title_of, unknown_lines
from hpa_discovery.discovery.rows import identify
from hpa_discovery.packs.trial_question import Question, TrialQuestions

if TYPE_CHECKING:
    from hpa_discovery.cli.subjects import InputRow
    from hpa_discovery.discovery.driven import DriverAnswer
    from hpa_discovery.drivers.trial import Trial, Tried
    from hpa_discovery.model import Diagnostic

_LONGEST = 2000  # characters of a line that is no JSON


def try_all(trial: Trial, rows: Iterable[InputRow], context: Context, *, raw: bool) -> bool:
    """Ask about every row and print what comes; whether each got an answer that is accepted."""
    questions = TrialQuestions(trial.driver)
    good, first = True, True
    for row in rows:
        question = questions.of(row.subject, merge(context, row.context))
        problems = [row.problem] if row.problem is not None else list(question.problems)
        if any(problem.level == "error" for problem in problems):
            _tell_problems(problems)
            good = False
            continue
        tried = trial.ask(row.subject, question.context)
        good = good and tried.answer is not None
        if raw:
            _write_raw(tried)
            continue
        if first:
            _echo(_about(trial))
        first = False
        _tell_problems(problems)
        _echo(["", title_of(identify(questions.contract, row.subject)), *_lines(question, tried)])
        if tried.answer is not None:
            _write_answer(tried.answer)
    return good


def tell_stderr(told: str, *, raw: bool) -> None:
    """What the driver wrote to stderr, when it has ended."""
    lines = [printable(line) for line in told.splitlines()]
    if raw:
        for line in lines:
            say(line)
    elif lines:
        _echo(["", "stderr:", *(f"  {line}" for line in lines)])


def _about(trial: Trial) -> Iterator[str]:
    name = " ".join(filter(None, (trial.description.name, trial.description.version)))
    yield f"{trial.driver.id}: {name or 'it does not describe itself'}, started in {trial.start_seconds * 1e3:.0f} ms"
    yield from fence_lines(trial.fences)


def _lines(question: Question, tried: Tried) -> Iterator[str]:
    if not question.asked:
        yield "  note: in service it would not be asked about this one, since not all that it reads is present"
    if tried.line:
        yield f"  its answer, after {tried.seconds * 1e3:.1f} ms:"
        yield from (f"    {line}" for line in _pretty(tried.line))
    if tried.fault is not None:
        yield f"  error: {tried.fault.code}: the driver {tried.fault.message}"
    elif tried.answer is not None:
        yield f"  accepted: {many_of(len(tried.answer.capabilities))}"


def many_of(count: int) -> str:
    """`no capability`, `1 capability`, `2 capabilities`."""
    return f"{count} capabilities" if count > 1 else f"{count or 'no'} capability"


def _write_answer(answer: DriverAnswer) -> None:
    if answer.capabilities:
        drawer(sys.stdout)(*cells(answer.capabilities), sys.stdout)
    _echo(unknown_lines(answer.unknown))
    _echo(_told(answer.diagnostics))


def _write_raw(tried: Tried) -> None:
    if tried.line:
        sys.stdout.buffer.write(tried.line + b"\n")
        sys.stdout.buffer.flush()
    if tried.fault is not None:
        say(printable(f"error: {tried.fault.code}: the driver {tried.fault.message}"))


def _tell_problems(problems: Sequence[Diagnostic]) -> None:
    for problem in problems:
        say(printable(f"{problem.level}: {problem.code}: {problem.message}"))


def _told(diagnostics: Sequence[Diagnostic]) -> Iterator[str]:
    return (f"  {item.level}: {item.code}: {item.message}" for item in diagnostics)


def _pretty(line: bytes) -> list[str]:
    """The answer over several lines where it is JSON, else as it is."""
    try:
        value: Any = json.loads(line)
    except (ValueError, RecursionError):
        return [line.decode("utf-8", "backslashreplace")[:_LONGEST]]
    return json.dumps(value, indent=2, ensure_ascii=False).splitlines()


def _echo(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(printable(line))
