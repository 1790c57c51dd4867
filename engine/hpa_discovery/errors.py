# SPDX-License-Identifier: Apache-2.0
"""Every exception that crosses a room.

HpaError                      anything this project raises on purpose
├── UsageError                the call itself is wrong                    (exit 2)
├── DataError                 what was given cannot be used               (exit 1)
│   ├── PackError             a pack or rule is refused; carries findings
│   ├── ExpressionError       a JMESPath expression cannot be compiled or answered
│   ├── TemplateError         a Jinja template cannot be compiled or rendered
│   ├── ChangedError          what was read and judged is another by now
│   ├── SourceError           a cloud or file cannot be read
│   └── StoreError            the database, its files or its keys cannot be used, or refuse what was asked
└── BudgetError               a budget of language/budgets.py is used up

A message says what was being done, the bad value, and what is allowed. Faults
inside a pack are collected as findings, and faults of one subject become
diagnostics: only the command line turns an exception into an exit code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hpa_discovery.model import Finding

ExpressionKind = Literal["syntax", "unknown-function", "invalid-arity", "invalid-type", "invalid-value"]


class HpaError(Exception):
    """Anything this project raises on purpose; `exit_code` is what the command line returns."""

    exit_code = 1


class UsageError(HpaError):
    """The call itself is wrong: an unknown name, options that exclude each other."""

    exit_code = 2


class DataError(HpaError):
    """What was given cannot be used: unreadable, malformed, or outside its limits."""


class PackError(DataError):
    """A pack is refused. `findings` says everything that is wrong with it, at once."""

    def __init__(self, message: str, findings: Sequence[Finding] = ()) -> None:
        super().__init__(message)
        self.findings = tuple(findings)


class ExpressionError(DataError):
    """A JMESPath expression cannot be compiled or answered.

    `kind` uses the words of the JMESPath compliance suite; `position` is the
    0-based character at fault, where one is known.
    """

    def __init__(self, kind: ExpressionKind, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.position = position


class TemplateError(DataError):
    """A Jinja template cannot be compiled or rendered; `position` as in ExpressionError."""

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.position = position


class SourceError(DataError):
    """A cloud or file cannot be read."""


class ChangedError(DataError):
    """What was read and judged is another by now. `digest` is that of what was read."""

    def __init__(self, message: str, digest: str) -> None:
        super().__init__(message)
        self.digest = digest


class StoreError(DataError):
    """The database, its files or its keys cannot be used, or refuse what was asked of them."""


class BudgetError(HpaError):
    """A budget is used up. `code` is the diagnostic or finding it becomes, such as `limit.steps`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
