# SPDX-License-Identifier: Apache-2.0
"""Patterns that repeat what is only a repeat, such as `(a+)+`.

RE2 matches them in linear time, but they never match more than one repeat
does, and whoever copies one into another engine gets a text that hangs it. Only
a group of nothing but a repeat without an upper limit is meant, so `(a+ )+`,
`(a?)+` and `(a{2,3})+` are fine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from hpa_discovery.language.costs import Node
from hpa_discovery.language.yaml_reader import Pointer
from hpa_discovery.model import Finding
from hpa_discovery.packs.checks.survey import Survey
from hpa_discovery.packs.draft import RuleDraft

# RE2's syntax, as far as it takes to tell one piece from the next.
_PIECE = re.compile(
    r"(?P<quoted>\\Q.*?(?:\\E|\Z))"
    r"|(?P<atom>\\(?:[pPx]\{[^}]*\}|[pP].|x..|[0-7]{1,3}|.)|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\])"
    r"|(?P<flags>\(\?[A-Za-z-]*\))"
    r"|(?P<open>\((?:\?P?<\w+>|\?[A-Za-z-]*:)?)"
    r"|(?P<close>\))|(?P<or>\|)"
    r"|(?P<repeat>[*+?]\??|\{\d+(?:,\d*)?\}\??)"
    r"|.",
    re.DOTALL,
)
_HINT = "one of the two is enough, and quick in every engine: (a+)+ matches what a+ matches"


@dataclass(slots=True)
class _Group:
    start: int
    pieces: int = 0  # side by side; two branches count as two
    last_start: int = 0
    endless: bool = False  # the last piece is a repeat without an upper limit, or a group of nothing else


def check_repeats(draft: RuleDraft, survey: Survey) -> Iterator[Finding]:
    """Findings about the patterns of lets, conditions and match()."""
    for pattern, pointer in _patterns(survey):
        found = repeated_repeat(pattern)
        if found:
            message = f"the pattern {pattern[:80]!r} repeats a repeat: {found[:80]}"
            yield draft.finding("expr.repeat", message, pointer, hint=_HINT)


def repeated_repeat(pattern: str) -> str:
    """The first part of an RE2 pattern that repeats what is only a repeat; "" when there is none."""
    groups = [_Group(0)]
    for piece in _PIECE.finditer(pattern):
        kind, group = piece.lastgroup, groups[-1]
        if kind == "repeat":
            endless = piece[0][0] in "*+" or ",}" in piece[0]
            if endless and group.endless:
                return pattern[group.last_start : piece.end()]
            group.endless = endless
        elif kind == "open":
            groups.append(_Group(piece.start()))
        elif kind == "close" and len(groups) > 1:
            inner = groups.pop()
            _add(groups[-1], inner.start, endless=inner.endless and inner.pieces == 1)
        elif kind != "flags":
            # An alternative, or a quotation of several characters, makes the group more than a repeat.
            group.pieces += kind in ("or", "quoted")
            _add(group, piece.start(), endless=False)
    return ""


def _add(group: _Group, start: int, *, endless: bool) -> None:
    group.pieces += 1
    group.last_start, group.endless = start, endless


def _patterns(survey: Survey) -> Iterator[tuple[str, Pointer]]:
    for site in survey.lets:
        if site.let.pattern is not None:
            yield site.let.pattern, (*site.pointer, "pattern")
        yield from _matched(survey, site.let.path, (*site.pointer, "path"))
    for each in survey.eaches:
        yield from _matched(survey, each.each.path, (*each.pointer, "in"))
    for leaf in survey.leaves:
        if leaf.leaf.operator == "matches" and isinstance(leaf.leaf.operand, str):
            yield leaf.leaf.operand, (*leaf.pointer, "matches")


def _matched(survey: Survey, text: str, pointer: Pointer) -> Iterator[tuple[str, Pointer]]:
    expression = survey.expressions.get(text)
    if expression is not None and "match" in text:
        yield from ((pattern, pointer) for pattern in _literals(expression.tree))


def _literals(node: Node) -> Iterator[str]:
    """The patterns of the calls of match()."""
    children = [child for child in node["children"] if isinstance(child, dict)]
    if node["type"] == "function_expression" and node["value"] == "match" and len(children) == 2:
        pattern = children[1].get("value")
        if children[1]["type"] == "literal" and isinstance(pattern, str):
            yield pattern
    for child in children:
        yield from _literals(child)
