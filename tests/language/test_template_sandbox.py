# SPDX-License-Identifier: Apache-2.0
"""Direct code against Jinja's own sandbox: the same text for random templates and values.

The oracle is a SandboxedEnvironment with Jinja's own filters. It is told only
what this language decides differently: null is absent, something absent that is
written makes the template absent, and truth values are written in lower case.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from jinja2 import Undefined
from jinja2.filters import FILTERS as JINJA_FILTERS
from jinja2.sandbox import ImmutableSandboxedEnvironment

from hpa_discovery.errors import TemplateError
from hpa_discovery.language.budgets import Limits, Meter
from hpa_discovery.language.templates import FILTERS, compile_template


class _AbsentWrittenError(Exception):
    """Something absent was written."""


class _Absent(Undefined):
    """Jinja's undefined value with this language's rules: members of it are absent, and so is null."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __str__(self) -> str:
        raise _AbsentWrittenError

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Absent)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return 0

    def __bool__(self) -> bool:
        return False

    def _never(self, _other: object) -> bool:
        return False

    __lt__ = __le__ = __gt__ = __ge__ = __contains__ = _never


class _Oracle(ImmutableSandboxedEnvironment):
    def getitem(self, obj: Any, argument: Any) -> Any:
        found = obj.get(argument) if isinstance(obj, dict) else None
        return self.undefined(name=str(argument)) if found is None else found

    getattr = getitem


def _final(value: Any) -> Any:
    if isinstance(value, (list, dict)):
        raise TypeError("a list or object is written")
    return str(value).lower() if isinstance(value, bool) else value


def _absent_first(run: Callable[..., Any]) -> Callable[..., Any]:
    """A filter of something absent is absent, and so is a result of nothing."""

    def filtered(value: Any, *arguments: Any) -> Any:
        if any(isinstance(part, _Absent) for part in (value, *arguments)):
            return _Absent()
        answer = run(value, *arguments)
        return _Absent() if answer is None else answer

    return filtered


def _joined(value: Any, separator: str = "") -> Any:
    if any(item is None for item in value):
        return _Absent()
    return separator.join(str(_final(item)) for item in value)


def _environment() -> _Oracle:
    oracle = _Oracle(undefined=_Absent, finalize=_final, keep_trailing_newline=True, autoescape=False)
    oracle.globals.clear()
    # These three get the environment or eval context, which says nothing here; join writes truth values our way.
    plain = {"first": lambda v: v[0] if v else _Absent(), "last": lambda v: v[-1] if v else _Absent(), "join": _joined}
    plain["replace"] = lambda value, old, new: value.replace(old, new)
    found = {name: _absent_first(plain.get(name, JINJA_FILTERS[name])) for name in FILTERS if name != "default"}
    oracle.filters = {**found, "default": lambda v, d: d if isinstance(v, _Absent) or v is None else v}
    return oracle


ORACLE = _environment()


def _rendered(text: str, names: dict[str, Any]) -> str | None:
    try:
        return ORACLE.from_string(text).render({name: value for name, value in names.items() if value is not None})
    except _AbsentWrittenError:
        return None


def _words(draw: Random) -> str:
    return "".join(draw.choice("abXY -_/\u00e9") for _ in range(draw.randrange(4)))


def _scalar(draw: Random, numbers: bool) -> Any:
    """Python says that 1 == True, this language does not: truth values and numbers are drawn apart."""
    other = draw.choice([draw.randint(-9, 9), draw.randint(-9, 9) / 4]) if numbers else draw.random() < 0.5
    return draw.choice([_words(draw), _words(draw), other, None])


def _names(draw: Random, numbers: bool) -> dict[str, Any]:
    number = draw.choice([0, 1, -3, 2.5, 4.0])
    names = {
        "t": _words(draw), "u": _words(draw), "n": number if numbers else _words(draw),
        "flag": draw.random() < 0.5 if not numbers else 0, "s": _scalar(draw, numbers),
        "list": [_scalar(draw, numbers) for _ in range(draw.randrange(4))],
        "object": {"t": _words(draw), "k y": _scalar(draw, numbers), "list": ["a", "b"][: draw.randrange(3)]},
    }  # fmt: skip
    return {name: value for name, value in names.items() if draw.random() < 0.9}


class _Author:
    """Writes random templates; mostly with values of the kinds that a filter or comparison takes."""

    def __init__(self, draw: Random, numbers: bool) -> None:
        self._draw = draw
        self._numbers = numbers

    def template(self) -> str:
        return "".join(self._piece(2) for _ in range(self._draw.randint(1, 3)))

    def _piece(self, depth: int) -> str:
        kind = self._draw.randrange(6 if depth else 4)
        if kind == 0:
            return _words(self._draw)
        if kind < 4:
            return "{{ " + self._scalar(self._draw.randrange(4)) + " }}"
        parts = [self._piece(depth - 1) for _ in range(3)]
        tests = [self._truth(2), self._truth(2)]
        forms = [
            "{{% if {0} %}}{2}{{% endif %}}", "{{% if {0} -%}}{2}{{%- else %}}{3}{{% endif %}}",
            "{{% if {0} %}}{2}{{% elif {1} %}}{3}{{% else %}}{4}{{% endif %}}",
        ]  # fmt: skip
        return self._draw.choice(forms).format(*tests, *parts)

    def _scalar(self, depth: int) -> str:
        forms = [self._text, self._text, self._truth, self._number if self._numbers else self._truth, self._any]
        return self._draw.choice(forms)(depth)

    def _any(self, depth: int) -> str:
        return self._draw.choice(
            ["s", "object['k y']", "missing", "missing.x", "t.upper", "list.t", self._list() + "|first"]
        )

    def _list(self) -> str:
        return self._draw.choice(["list", "list", "object.list", "missing.list"])

    def _text(self, depth: int) -> str:
        if depth <= 0:
            return self._draw.choice(["t", "u", "object.t", "missing", repr(_words(self._draw))])
        inner, other = self._text(depth - 1), self._text(depth - 2)
        return self._draw.choice([
            f"({inner}|{self._draw.choice(['lower', 'upper', 'trim'])})", f"({inner}|default({other}))",
            f"({inner}|replace({self._draw.choice('abXY')!r}, {other}))", f"({self._list()}|join({other}))",
            f"({inner} if {self._truth(depth - 1)} else {other})", f"({inner} or {other})", f"({inner} and {other})",
            f"({self._any(0)}|default({inner}))",
        ])  # fmt: skip

    def _number(self, depth: int) -> str:
        if depth <= 0:
            return self._draw.choice(["n", "n", "missing", str(self._draw.randint(-5, 5)), "1.5"])
        return self._draw.choice([
            f"({self._text(depth - 1)}|length)", f"({self._list()}|length)", "(object|length)",
            f"({self._number(depth - 1)}|default({self._number(depth - 2)}))",
        ])  # fmt: skip

    def _truth(self, depth: int) -> str:
        if depth <= 0:
            return self._draw.choice(["t", "flag", "missing", "list", "object", "s"])
        text, other = self._text(depth - 1), self._text(depth - 2)
        number, more = self._number(depth - 1), self._number(depth - 2)
        order = f"({number} {self._draw.choice(['<', '<=', '>', '>=', '==', '!='])} {more})"
        return self._draw.choice([
            f"({text} {self._draw.choice(['==', '!='])} {other})", order if self._numbers else f"({text} != {other})",
            f"({text} {self._draw.choice(['in', 'not in'])} {self._draw.choice(['list', 'object', other])})",
            f"({text} in [{_words(self._draw)!r}, 'a'])", f"(not {self._truth(depth - 1)})",
            f"({self._truth(depth - 1)} {self._draw.choice(['and', 'or'])} {self._truth(depth - 2)})",
            f"({self._scalar(depth - 1)} is {self._draw.choice(['', 'not '])}defined)",
        ])  # fmt: skip


_MANY = 100_000 if os.environ.get("HPA_PROVE") else 3_000
_LIMITS = Limits(template_chars=10_000, template_depth=64)


@pytest.mark.parametrize("seed", range(4))
def test_direct_code_is_the_sandbox(seed: int) -> None:
    """Where this language gives an answer and Jinja's sandbox one too, as for nearly all, they are the same."""
    draw = Random(seed)
    compared = 0
    for _ in range(_MANY // 4):
        numbers = draw.random() < 0.5
        text, names = _Author(draw, numbers).template(), _names(draw, numbers)
        try:
            answer = compile_template(text, _LIMITS).run(names, Meter({}, 1_000_000))
            expected = _rendered(text, names)
        except (TemplateError, TypeError):  # TypeError: Jinja cannot look for an undefined value in a text
            continue
        compared += 1
        assert answer == expected, (text, names)
    assert compared > _MANY // 4 * 0.7


def test_the_oracle_sees_values() -> None:
    """The oracle itself answers: it is no second copy that fails alike."""
    names = {"a": "X", "list": [1, True], "object": {"a": None}}
    assert _rendered("{{ a|lower }}-{{ list|join(',') }}", names) == "x-1,true"
    assert _rendered("{{ object.a }}", names) is None
