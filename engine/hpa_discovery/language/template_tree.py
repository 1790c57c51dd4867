# SPDX-License-Identifier: Apache-2.0
"""What a template may be made of: Jinja's syntax tree, checked by an allow-list.

Jinja only parses here; it never compiles or runs what an author wrote. Its
compiler folds constants, so `{{ 'a'*300000000 }}` would cost seconds and
gigabytes without ever being rendered.

Allowed: names, members (`x.y`, `x['y']`), text, numbers, true and false, the
filters of FILTERS, `a if b else c`, `{% if %}`, one comparison at a time, `and`,
`or`, `not`, `is defined`, and comments.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, cast

from jinja2 import Environment, TemplateSyntaxError, nodes

from hpa_discovery.errors import BudgetError, TemplateError
from hpa_discovery.language.budgets import Limits

# Filter -> least and most arguments.
FILTERS = {
    "default": (1, 1),
    "first": (0, 0),
    "join": (0, 1),
    "last": (0, 0),
    "length": (0, 0),
    "lower": (0, 0),
    "replace": (2, 2),
    "trim": (0, 0),
    "upper": (0, 0),
}
COMPARISONS = frozenset({"eq", "ne", "lt", "lteq", "gt", "gteq", "in", "notin"})
MAX_INTEGER = 10**18

# Nothing is rendered with it, so there is nothing to escape.
_SYNTAX = Environment(autoescape=False, keep_trailing_newline=True)  # noqa: S701 - nothing is rendered

ALLOWED = (
    "a template holds names, members, if/else, comparisons, and, or, not, and the filters "
    f"{' '.join(FILTERS)}; anything else is computed in let"
)

# Node -> what an author calls it, and the text to look for when saying where it is.
_REFUSED: dict[type[nodes.Node], tuple[str, str]] = {
    nodes.For: ("a loop", "for"),
    nodes.Macro: ("a macro", "macro"),
    nodes.CallBlock: ("a call block", "call"),
    nodes.FilterBlock: ("a filter block", "filter"),
    nodes.With: ("a with block", "with"),
    nodes.Block: ("a block", "block"),
    nodes.Scope: ("an autoescape block", "autoescape"),
    nodes.Extends: ("extends", "extends"),
    nodes.Include: ("an include", "include"),
    nodes.Import: ("an import", "import"),
    nodes.FromImport: ("an import", "import"),
    nodes.Assign: ("an assignment", "set"),
    nodes.AssignBlock: ("an assignment", "set"),
    nodes.Call: ("a call", "("),
    nodes.Concat: ("the operator ~", "~"),
    nodes.Add: ("arithmetic", "+"),
    nodes.Sub: ("arithmetic", "-"),
    nodes.Mul: ("arithmetic", "*"),
    nodes.Div: ("arithmetic", "/"),
    nodes.FloorDiv: ("arithmetic", "//"),
    nodes.Mod: ("arithmetic", "%"),
    nodes.Pow: ("arithmetic", "**"),
    nodes.Neg: ("arithmetic", "-"),
    nodes.Pos: ("arithmetic", "+"),
    nodes.List: ("a list outside of `in`", "["),
    nodes.Tuple: ("a tuple", ","),
    nodes.Dict: ("an object", "{"),
}


@dataclass(slots=True)
class Reads:
    """What a checked template reads: root names, member paths from them; `size` counts what a run visits."""

    names: set[str] = field(default_factory=set)
    paths: set[tuple[str, ...]] = field(default_factory=set)
    size: int = 0


def parse(text: str, limits: Limits) -> tuple[nodes.Template, Reads]:
    """The checked tree of `text`; TemplateError or BudgetError where it is refused."""
    if len(text) > limits.template_chars:
        message = f"the template has {len(text)} characters; {limits.template_chars} are allowed"
        raise BudgetError("limit.template_chars", message)
    try:
        _check_brackets(text, limits)
        tree = _SYNTAX.parse(text)
    except TemplateSyntaxError as error:
        position = _line_start(text, error.lineno)
        raise TemplateError(f"the template cannot be read: {error.message}", position) from error
    except RecursionError as error:
        raise _too_deep(limits) from error
    checker = _Checker(text, limits)
    checker.check_all(tree.body, 0)
    return tree, checker.reads


def path_of(node: nodes.Node) -> tuple[str, ...] | None:
    """("x", "y", "z") of `x.y['z']`; None of anything that is not a name or a member of one."""
    members: list[str] = []
    while not isinstance(node, nodes.Name):
        if isinstance(node, nodes.Getattr):
            members.append(node.attr)
        elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
            members.append(node.arg.value)
        else:
            return None
        node = node.node
    return (node.name, *reversed(members))


def literal_value(node: nodes.Node) -> Any:
    """The text, number or truth value of a checked literal, with its sign."""
    if isinstance(node, nodes.Neg):
        return -cast(nodes.Const, node.node).value
    return cast(nodes.Const, node).value


def _check_brackets(text: str, limits: Limits) -> None:
    """Count on the tokens, before anything recurses into them."""
    depth = 0
    for _, kind, sign in _SYNTAX.lexer.tokeniter(text, None):
        if kind == "operator":
            depth += (sign in "([{") - (sign in ")]}")
            if depth > limits.template_depth:
                raise _too_deep(limits)


def _too_deep(limits: Limits) -> BudgetError:
    message = f"the template nests deeper than {limits.template_depth}"
    return BudgetError("limit.template_depth", message)


def _line_start(text: str, line: int | None) -> int:
    # Some statements, such as autoescape, carry no line.
    return sum(len(before) for before in text.splitlines(keepends=True)[: (line or 1) - 1])


class _Checker:
    """Walks a tree that Jinja has parsed; refuses what is not allowed, before anything is made of it."""

    def __init__(self, text: str, limits: Limits) -> None:
        self.reads = Reads()
        self._text = text
        self._limits = limits
        self._checks: dict[type[nodes.Node], Callable[..., None]] = {
            nodes.Output: self._output,
            nodes.TemplateData: lambda node, depth: None,
            nodes.If: self._if,
            nodes.CondExpr: self._cond_expr,
            nodes.Name: self._path,
            nodes.Getattr: self._path,
            nodes.Getitem: self._path,
            nodes.Const: self._const,
            nodes.Neg: self._negative,
            nodes.Filter: self._filter,
            nodes.Test: self._test,
            nodes.Compare: self._compare,
            nodes.And: self._both,
            nodes.Or: self._both,
            nodes.Not: self._not,
        }

    def check_all(self, found: list[nodes.Node], depth: int) -> None:
        for node in found:
            self._check(node, depth)

    def _check(self, node: nodes.Node, depth: int) -> None:
        if depth > self._limits.template_depth:
            raise _too_deep(self._limits)
        self.reads.size += not isinstance(node, nodes.Output)
        check = self._checks.get(type(node))
        if check is None:
            what, token = _REFUSED.get(type(node), (f"{type(node).__name__.lower()}", ""))
            raise self._refusal(node, what, token)
        check(node, depth)

    def _refusal(self, node: nodes.Node, what: str, token: str = "") -> TemplateError:
        start = _line_start(self._text, node.lineno)
        position = max(self._text.find(token, start), start)
        return TemplateError(f"{what} is not allowed in a template: {ALLOWED}", position)

    def _output(self, node: nodes.Output, depth: int) -> None:
        self.check_all(list(node.nodes), depth)

    def _if(self, node: nodes.If, depth: int) -> None:
        self._check(node.test, depth + 1)
        self.check_all([*node.body, *node.else_], depth + 1)
        self.check_all(list(node.elif_), depth)

    def _cond_expr(self, node: nodes.CondExpr, depth: int) -> None:
        if node.expr2 is None:
            # Jinja writes nothing there, yet calls the value undefined: two readings, so neither.
            raise self._refusal(node, "`a if b` without else (write else '' for no text)", " if ")
        for part in (node.test, node.expr1, node.expr2):
            self._check(part, depth + 1)

    def _path(self, node: nodes.Expr, _depth: int) -> None:
        path = path_of(node)
        if path is None:
            raise self._refusal(node, "an index, a slice, or a member of something that is not a name", "[")
        for part in path:
            if part.startswith("__"):
                raise self._refusal(node, f"the name {part[:60]}, since it begins with __,", part)
            if not _is_text(part):
                raise self._refusal(node, "half of a surrogate pair")
        self.reads.size += len(path) - 1
        self.reads.names.add(path[0])
        self.reads.paths.add(path)

    def _const(self, node: nodes.Const, _depth: int) -> None:
        value = node.value
        if value is None:
            raise self._refusal(node, "none (ask with `is defined`)", "one")
        if isinstance(value, str) and not _is_text(value):
            raise self._refusal(node, "half of a surrogate pair", "\\")
        if isinstance(value, (int, float)) and not (abs(value) < MAX_INTEGER and isfinite(value)):
            raise self._refusal(node, "a number of more than 18 digits")

    def _negative(self, node: nodes.Neg, depth: int) -> None:
        if not isinstance(node.node, nodes.Const) or type(node.node.value) not in (int, float):
            raise self._refusal(node, *_REFUSED[nodes.Neg])
        self._check(node.node, depth + 1)

    def _filter(self, node: nodes.Filter, depth: int) -> None:
        if node.name not in FILTERS or node.node is None:
            raise self._refusal(node, f"the filter {node.name[:60]}", node.name)
        least, most = FILTERS[node.name]
        plain = not (node.kwargs or node.dyn_args or node.dyn_kwargs)
        if not plain or not least <= len(node.args) <= most:
            wanted = f"{least}" if least == most else f"{least} to {most}"
            message = f"the filter {node.name} takes {wanted} argument(s), without names"
            raise TemplateError(message, _line_start(self._text, node.lineno))
        self._check(node.node, depth + 1)
        self.check_all(list(node.args), depth + 1)

    def _test(self, node: nodes.Test, depth: int) -> None:
        if node.name != "defined" or node.args or node.kwargs or node.dyn_args or node.dyn_kwargs:
            raise self._refusal(node, f"the test `is {node.name[:60]}` (only `is defined` is)", node.name)
        self._check(node.node, depth + 1)

    def _compare(self, node: nodes.Compare, depth: int) -> None:
        if len(node.ops) != 1:
            raise self._refusal(node, "a chain of comparisons (join them with and)")
        (operand,) = node.ops
        self._check(node.expr, depth + 1)
        if isinstance(operand.expr, nodes.List) and operand.op in ("in", "notin"):
            self._literals(operand.expr, depth + 1)
        else:
            self._check(operand.expr, depth + 1)

    def _literals(self, node: nodes.List, depth: int) -> None:
        for item in node.items:
            if not isinstance(item, (nodes.Const, nodes.Neg)):
                raise self._refusal(item, "a list of anything but texts and numbers", "[")
            self._check(item, depth + 1)

    def _both(self, node: nodes.BinExpr, depth: int) -> None:
        self._check(node.left, depth + 1)
        self._check(node.right, depth + 1)

    def _not(self, node: nodes.Not, depth: int) -> None:
        self._check(node.node, depth + 1)


def _is_text(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)
