# SPDX-License-Identifier: Apache-2.0
"""A walk over an expression that computes with guesses instead of values, and says what can never be.

A name, a member or a type that is impossible makes an expression null without
a word at run time, and its rule silent: so it is said here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hpa_discovery.language.costs import Node
from hpa_discovery.language.rule import RESERVED
from hpa_discovery.language.spelling import nearest
from hpa_discovery.packs.checks import calls
from hpa_discovery.packs.checks.contract_shapes import misspelt_key
from hpa_discovery.packs.checks.guesses import (
    ANY,
    BOOLEAN,
    NULL,
    Guess,
    any_member,
    array_of,
    closed_object,
    described,
    guess_of_value,
    known_members,
    member_of,
    quoted,
    union,
)
from hpa_discovery.packs.checks.scope import Fault, Scope
from hpa_discovery.packs.checks.texts import impossible
from hpa_discovery.packs.checks.tokens import Places

_SIGNS = {"eq": "==", "ne": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_BARE_WORDS = frozenset({"true", "false", "null"})


class Walker:
    """Walks one expression; `faults` fills on the way."""

    def __init__(self, text: str, scope: Scope, most: int) -> None:
        self.faults: list[Fault] = []
        self._most = most
        self.places = Places(text)
        self.read: set[str] = set()
        self._scope = scope
        self._visits: dict[str, Callable[[Node, Guess | None], Guess]] = {
            "field": self._field,
            "outer": self._outer,
            "subexpression": self._chain,
            "index_expression": self._chain,
            "pipe": self._chain,
            "index": self._index,
            "slice": self._slice,
            "current": self._current,
            "identity": self._current,
            "literal": self._literal,
            "function_expression": self._function,
            "projection": self._projection,
            "value_projection": self._value_projection,
            "filter_projection": self._filter,
            "flatten": self._flatten,
            "or_expression": self._either,
            "and_expression": self._either,
            "not_expression": self._not,
            "comparator": self._comparator,
            "multi_select_list": self._list,
            "multi_select_dict": self._dict,
            "expref": self._expref,
        }

    def walk(self, node: Node, current: Guess | None = None) -> Guess:
        """The guess of `node` applied to `current`; None is the top, where names are names."""
        if len(self.faults) >= self._most:
            return ANY
        return self._visits[node["type"]](node, current)

    def fault(self, code: str, message: str, offset: int, hint: str = "") -> None:
        """Note a fault at a character of the expression."""
        self.faults.append(Fault(code, message, offset, hint))

    def _field(self, node: Node, current: Guess | None) -> Guess:
        name = node["value"]
        if name in _BARE_WORDS and self._is_bare_word(name, current):
            hint = f"write `{name}` in backquotes"
            self.fault("expr.identifier", f"{name} without backquotes is a name", self.places.name(name), hint)
            return ANY
        if current is None:
            return self._name(name)
        found = member_of(current, name)
        if found is None or (current.types is None and name in RESERVED and name in self._scope.names):
            return self._no_member(name, current)
        self.check_key(name, current)
        return found

    def _is_bare_word(self, name: str, current: Guess | None) -> bool:
        """Whether true, false or null stands where its value was meant, not behind a dot and not as a let's name."""
        if (current is None and name in self._scope.names) or self.places.is_quoted(name):
            return False
        return not self._follows_dot(name)

    def check_key(self, name: str, current: Guess) -> None:
        """Say so when Nova has no such extra spec in a namespace of its own."""
        wrong = misspelt_key(current, name)
        if wrong is not None:
            code, meant = wrong
            hint = f"did you mean {quoted(meant)}?" if meant else "check the name in Nova's list of extra specs"
            self.fault(code, f"Nova has no extra spec {name[:80]}", self.places.name(name, member=True), hint)

    def _outer(self, node: Node, _current: Guess | None) -> Guess:
        return self._name(node["value"], "$")

    def _name(self, name: str, sign: str = "") -> Guess:
        self.read.add(name)
        found = self._scope.names.get(name)
        if found is not None:
            return found
        offset = self.places.name(sign + name)
        if not sign and self.places.is_quoted(name):
            self._quoted_name(name, offset)
        else:
            self.faults.append(self._scope.refuse_name(name, "expr.unknown_name", offset))
        return ANY

    def _quoted_name(self, name: str, offset: int) -> None:
        """A name in double quotes that does not exist: a text was meant, or a member of the subject."""
        message = f'"{name[:80]}" in double quotes is a name, and there is none like it'
        hint = f"for the text write '{name[:80]}'"
        if ":" in name:
            hint += f'; for an extra spec write flavor.extra_specs."{name[:80]}"'
        self.fault("expr.identifier", message, offset, hint)

    def _no_member(self, name: str, current: Guess) -> Guess:
        offset = self.places.name(name, member=True)
        inside = self.places.name(name)
        where = current.place or "the value here"
        if self.places.is_quoted(name) and not self._follows_dot(name):
            hint = f"for the text write '{name[:80]}'"
            self.fault("expr.identifier", f'"{name[:80]}" in double quotes is a name, not a text', inside, hint)
        elif name in self._scope.names and not self._follows_dot(name):
            self.read.add(name)
            message = f"inside brackets {name} is a member of the item, not the name outside"
            self.fault("expr.scope", message, inside, f"write ${name}")
        elif not current.may_be("object"):
            hint = f"write {where}[].{quoted(name)}" if current.may_be("array") and current.place else ""
            message = f"{where} is {described(current)} and has no member {name[:80]}"
            self.fault("path.impossible", message, offset, hint)
        else:
            known = known_members(current)
            meant = nearest(name, known)
            hint = f"did you mean {meant}?" if meant else f"it has: {', '.join(sorted(known)[:30])}"
            self.fault("path.impossible", f"{where} has no member {name[:80]}", offset, hint)
        return ANY

    def _follows_dot(self, name: str) -> bool:
        offset = self.places.name(name)
        before = [token for token in self.places.all if token.start < offset]
        return bool(before) and before[-1].value == "."

    def _chain(self, node: Node, current: Guess | None) -> Guess:
        children = node["children"]
        guess: Guess | None = current
        for child in children:
            if guess is not current and node["type"] != "pipe" and children[0]["type"] == "not_expression":
                self._negated()
                return ANY
            guess = self.walk(child, guess)
        return guess or ANY

    def _negated(self) -> None:
        message = "! binds more tightly than the dot, so this is a member of true or false, which is always null"
        self.fault("expr.negation", message, self.places.sign("!"), "write !(a.b) instead of !a.b")

    def _current(self, _node: Node, current: Guess | None) -> Guess:
        return current or ANY

    def _literal(self, node: Node, _current: Guess | None) -> Guess:
        value = node["value"]
        guess = guess_of_value(value, closed=True)
        return guess if isinstance(value, dict | list) else replace(guess, only=(value,))

    def _index(self, _node: Node, current: Guess | None) -> Guess:
        return self._element(current, "[n]")

    def _slice(self, _node: Node, current: Guess | None) -> Guess:
        return array_of(self._element(current, "[n:m]"))

    def _element(self, guess: Guess | None, what: str) -> Guess:
        if guess is None or guess.types is None:
            return ANY
        if guess.may_be("array"):
            return guess.element or ANY
        if guess.types == NULL.types:
            return ANY
        where = guess.place or "the value here"
        hint = f"write entries({where})[...]" if guess.may_be("object") else ""
        message = f"{what} needs a list, and {where} is {described(guess)}"
        self.fault("expr.type", message, self.places.sign("[", "[?"), hint)
        return ANY

    def _projection(self, node: Node, current: Guess | None) -> Guess:
        left, right = node["children"]
        return array_of(self.walk(right, self._element(self.walk(left, current), "[*]")))

    def _value_projection(self, node: Node, current: Guess | None) -> Guess:
        left, right = node["children"]
        base = self.walk(left, current)
        if not base.may_be("object"):
            where = base.place or "the value here"
            self.fault("expr.type", f"* needs an object, and {where} is {described(base)}", self.places.sign("*"))
        return array_of(self.walk(right, any_member(base)))

    def _filter(self, node: Node, current: Guess | None) -> Guess:
        left, right, condition = node["children"]
        item = self._element(self.walk(left, current), "[?...]")
        self.walk(condition, item)
        return array_of(self.walk(right, item))

    def _flatten(self, node: Node, current: Guess | None) -> Guess:
        item = self._element(self.walk(node["children"][0], current), "[]")
        if item.types is None or not item.may_be("array"):
            return array_of(item)
        inner = item.element or ANY
        rest = Guess(item.types - {"array"})
        return array_of(union(inner, rest) if rest.types else inner)

    def _either(self, node: Node, current: Guess | None) -> Guess:
        left, right = (self.walk(child, current) for child in node["children"])
        return union(left, right)

    def _not(self, node: Node, current: Guess | None) -> Guess:
        self.walk(node["children"][0], current)
        return BOOLEAN

    def _list(self, node: Node, current: Guess | None) -> Guess:
        items = [self.walk(child, current) for child in node["children"]]
        return array_of(union(*items))

    def _dict(self, node: Node, current: Guess | None) -> Guess:
        pairs = {pair["value"]: self.walk(pair["children"][0], current) for pair in node["children"]}
        return closed_object(pairs)

    def _expref(self, node: Node, _current: Guess | None) -> Guess:
        self.walk(node["children"][0], ANY)
        return Guess(frozenset({"expref"}))

    def _function(self, node: Node, current: Guess | None) -> Guess:
        return calls.answer(self, node, current)

    def _comparator(self, node: Node, current: Guess | None) -> Guess:
        first, second = node["children"]
        if first["type"] == "not_expression" and second["type"] != "not_expression":
            right = self.walk(second, current)
            if not right.may_be("boolean"):
                self.walk(first, current)
                message = "! binds more tightly than the comparison, so this compares true or false"
                self.fault("expr.negation", message, self.places.sign("!"), "write !(a == b), or a != b")
                return BOOLEAN
        left, right = self.walk(first, current), self.walk(second, current)
        sign = _SIGNS[node["value"]]
        if node["value"] in ("eq", "ne"):
            self._equality(sign, left, right)
        else:
            self._order(sign, left, right)
        return BOOLEAN

    def _equality(self, sign: str, left: Guess, right: Guess) -> None:
        if left.types is None or right.types is None or NULL.types in (left.types, right.types):
            return
        if left.types.isdisjoint(right.types):
            answer = "false" if sign == "==" else "true"
            message = f"{described(left)} {sign} {described(right)} is always {answer}"
            self.fault("expr.type", message, self.places.sign(sign), _cure(left, right))
            return
        for known, literal in ((left, right), (right, left)):
            if known.place and literal.only is not None and not literal.place:
                for value in literal.only:
                    self._impossible(known, value)

    def _impossible(self, guess: Guess, value: Any) -> None:
        reason = impossible(guess, value)
        if reason:
            self.fault("value.impossible", *_at(reason, self.places.literal(str(value))))

    def _order(self, sign: str, left: Guess, right: Guess) -> None:
        for guess in (left, right):
            if not guess.may_be("number", "null"):
                message = f"{sign} compares numbers, and {guess.place or 'one side'} is {described(guess)}"
                hint = "turn text into a number with to_int()" if guess.may_be("string") else ""
                hint = "write a number in backquotes: `3`" if guess.only is not None else hint
                self.fault("expr.type", message, self.places.sign(sign), hint)


def _at(reason: tuple[str, str], offset: int) -> tuple[str, int, str]:
    return reason[0], offset, reason[1]


def _cure(left: Guess, right: Guess) -> str:
    """What to write when a text is compared with a number, or with true."""
    for guess, other in ((left, right), (right, left)):
        if guess.only is not None and not guess.place:
            return _literal_cure(guess.only[0], other)
    if left.may_be("string") != right.may_be("string"):
        return "turn text into a number with to_int()"
    return ""


def _literal_cure(value: Any, other: Guess) -> str:
    if isinstance(value, str) and other.may_be("number") and value.lstrip("-").isdigit():
        return f"write the number in backquotes: `{value}`"
    if isinstance(value, str) and other.may_be("boolean") and value in ("true", "false"):
        return f"write `{value}` in backquotes"
    if not isinstance(value, str) and other.may_be("string"):
        return f"write the text '{str(value).lower() if isinstance(value, bool) else value}'"
    return ""


def infer(text: str, tree: Node, scope: Scope, most: int) -> tuple[Guess, list[Fault], frozenset[str]]:
    """What the expression gives, what is wrong with it (at most so many things), and the names it reads."""
    walker = Walker(text, scope, most)
    guess = walker.walk(tree)
    return guess, list(dict.fromkeys(walker.faults)), frozenset(walker.read)
