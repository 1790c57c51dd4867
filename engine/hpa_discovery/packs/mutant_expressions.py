# SPDX-License-Identifier: Apache-2.0
"""Mutants of JMESPath expressions, made on their text: comparisons and junctions flipped, filters loosened."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

# Whatever is quoted comes first, so that an operator inside quotes is no operator.
_TOKEN = re.compile(
    r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`|\[\?|&&|\|\||[=!<>]=|[][(){}<>|&!]""", re.DOTALL
)
_FLIPPED: Mapping[str, str] = {
    "==": "!=",
    "!=": "==",
    "<": ">=",
    ">=": "<",
    ">": "<=",
    "<=": ">",
    "&&": "||",
    "||": "&&",
}
_OPENING = frozenset({"[", "[?", "(", "{"})
_CLOSING = frozenset({"]", ")", "}"})


class ExpressionMutant(NamedTuple):
    """A changed expression; `offset` is where in the text the change begins."""

    offset: int
    what: str
    text: str


class _Filter(NamedTuple):
    """The condition in `[?...]`: from `start` to `end`, with the places of its outermost `&&` and `||`."""

    start: int
    end: int
    conjunctions: tuple[int, ...]
    has_or: bool


def expression_mutants(text: str) -> Iterator[ExpressionMutant]:
    """Every mutant of the expression. Some may not compile: they are nobody's mutants."""
    for found in _TOKEN.finditer(text):
        other = _FLIPPED.get(found[0])
        if other is not None:
            changed = text[: found.start()] + other + text[found.end() :]
            yield ExpressionMutant(found.start(), f"{found[0]} turned into {other}", changed)
    for condition in _filters(text):
        yield from _loosened(text, condition)


def _loosened(text: str, condition: _Filter) -> Iterator[ExpressionMutant]:
    """The filter without each of its conjuncts; a filter of one, and one with `||`, goes whole."""
    whole = text[condition.start : condition.end]
    if condition.has_or or not condition.conjunctions:
        changed = f"{text[: condition.start - 1]}*{text[condition.end :]}"
        yield ExpressionMutant(condition.start, f"the filter {whole} left out", changed)
        return
    cuts = [condition.start, *(place + 2 for place in condition.conjunctions)]
    ends = [*condition.conjunctions, condition.end]
    parts = [text[start:end].strip() for start, end in zip(cuts, ends, strict=True)]
    for number, part in enumerate(parts):
        rest = " && ".join(parts[:number] + parts[number + 1 :])
        changed = text[: condition.start] + rest + text[condition.end :]
        yield ExpressionMutant(cuts[number], f"{part} left out of the filter", changed)


def _filters(text: str) -> Iterator[_Filter]:
    tokens = list(_TOKEN.finditer(text))
    for number, opening in enumerate(tokens):
        if opening[0] != "[?":
            continue
        conjunctions: list[int] = []
        depth, has_or = 1, False
        for found in tokens[number + 1 :]:
            depth += (found[0] in _OPENING) - (found[0] in _CLOSING)
            if depth == 0:
                yield _Filter(opening.end(), found.start(), tuple(conjunctions), has_or)
                break
            if depth == 1 and found[0] == "&&":
                conjunctions.append(found.start())
            has_or |= depth == 1 and found[0] == "||"
