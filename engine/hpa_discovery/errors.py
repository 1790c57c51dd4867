# SPDX-License-Identifier: Apache-2.0
"""Every exception that crosses a room.

HpaError                      anything this project raises on purpose
├── UsageError                the call itself is wrong                    (exit 2)
├── DataError                 what was given cannot be used               (exit 1)
│   ├── PackError             a pack or rule is refused; carries findings
│   ├── ExpressionError       a JMESPath expression cannot be compiled or answered
│   ├── TemplateError         a Jinja template cannot be compiled or rendered
│   ├── ConnectorError        a request to another system has no answer that can be used
│   │   └── EgressError       the request would leave the network rules
│   ├── AaiRefused            A&AI read the request and did nothing of it
│   ├── IncompleteRead        pages of A&AI that do not make one listing
│   ├── ChangedError          what was read and judged is another by now
│   ├── SourceError           a cloud or file cannot be read
│   └── StoreError            the database, its files or its keys cannot be used
│       └── StoreRefused      they can, but not for what was asked of them
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

ConnectorKind = Literal["egress", "dns", "connect", "tls", "timeout", "too_large", "busy", "open", "protocol"]
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


class ConnectorError(DataError):
    """A request to another system has no answer that can be used.

    `kind` says where it ended: `egress` (the rules do not allow it), `dns` (the name
    has no address), `connect`, `tls` (including a CA that cannot be read), `timeout`,
    `too_large` (the answer), `busy` (no place free in time, or the client is closed),
    `open` (the circuit breaker), `protocol` (what was asked or answered is not what
    HTTP or the caller allows). `sent` says whether bytes of the request went out: if
    so, the server may have done what was asked, though nobody heard of it.
    """

    def __init__(self, kind: ConnectorKind, message: str, *, sent: bool = False) -> None:
        super().__init__(message)
        self.kind = kind
        self.sent = sent


class EgressError(ConnectorError):
    """The rules of the network do not allow the target; nothing left this machine but a DNS question."""

    def __init__(self, message: str) -> None:
        super().__init__("egress", message)


class AaiRefused(DataError):
    """A&AI, or what stands before it, refused a request: nothing of it was done.

    `status` is HTTP's. `message_id` (SVC3000), `code` (ERR.5.4.6130) and `text` are A&AI's
    own, "" where the answer was none of A&AI's. `operation` is the number, from 0, of the
    operation of a bulk call that is to blame, with that operation's own status and code.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        message_id: str = "",
        code: str = "",
        text: str = "",
        operation: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message_id = message_id
        self.code = code
        self.text = text
        self.operation = operation

    @property
    def number(self) -> str:
        """The last part of the code, such as 6130; "" where there is none."""
        return self.code.rpartition(".")[2]


class IncompleteRead(DataError):
    """Pages of A&AI do not make one listing: they changed while they were read, or lack what A&AI counted."""


class SourceError(DataError):
    """A cloud or file cannot be read."""


class ChangedError(DataError):
    """What was read and judged is another by now. `digest` is that of what was read."""

    def __init__(self, message: str, digest: str) -> None:
        super().__init__(message)
        self.digest = digest


class StoreError(DataError):
    """The database, its files or its keys cannot be used."""


class StoreRefused(StoreError):
    """What was asked of the store cannot be kept, found or opened; to ask again helps only when something changed."""


class BudgetError(HpaError):
    """A budget is used up. `code` is the diagnostic or finding it becomes, such as `limit.steps`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def unforeseen(error: Exception) -> str:
    """What is told of an exception that is none of these, for whoever asks what the problem is."""
    return f"a fault of hpa-discovery, please report it: {type(error).__name__}: {error}"
