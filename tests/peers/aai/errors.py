# SPDX-License-Identifier: Apache-2.0
"""A&AI's error codes: the HTTP status of each, and the body that tells it."""

from __future__ import annotations

from typing import Any, NamedTuple


class Code(NamedTuple):
    """One line of A&AI's table: ERR.<disposition>.<category>.<number>, SVC<rest>."""

    disposition: int
    category: int
    status: int
    rest: int
    message: str


CODES = {
    3000: Code(5, 2, 400, 3000, "Invalid input performing %1 on %2"),
    3012: Code(5, 6, 400, 3000, "This method is not allowed here"),
    3016: Code(5, 6, 400, 3000, "This version of the API is not served"),
    3017: Code(5, 6, 400, 3000, "The path has no version of the API"),
    3018: Code(5, 6, 415, 3000, "Media type not supported"),
    3300: Code(5, 1, 403, 3300, "Unauthorized"),
    4000: Code(5, 4, 500, 3002, "Internal Error"),
    4009: Code(4, 0, 400, 3000, "Invalid X-FromAppId in header"),
    4010: Code(4, 0, 400, 3000, "Invalid X-TransactionId in header"),
    4014: Code(4, 0, 400, 3000, "Invalid Accept header"),
    4016: Code(4, 0, 400, 3000, 'The depth parameter must be a number or the string "all"'),
    6110: Code(5, 4, 400, 3100, "Node cannot be deleted"),
    6111: Code(5, 4, 400, 3000, "JSON processing error"),
    6114: Code(5, 4, 404, 3001, "Node Not Found"),
    6118: Code(5, 4, 400, 3000, "Required Field not passed."),
    6120: Code(5, 4, 400, 3000, "Bad Parameter Passed"),
    6127: Code(5, 4, 404, 3001, "Edge Not Found"),
    6129: Code(5, 4, 404, 3003, "Error making edge to target node"),
    6130: Code(5, 4, 412, 3000, "Precondition Required"),
    6131: Code(5, 4, 412, 3000, "Precondition Failed"),
    6135: Code(5, 4, 412, 3000, "Resource version specified on create"),
    6147: Code(5, 4, 400, 3000, "Operation limit exceeded"),
    7406: Code(5, 4, 504, 3002, "A request took too long"),  # its number is A&AI's, its status and words are ours
    9109: Code(5, 0, 403, 3300, "Deleting by leaving out is not allowed to this client"),
}

_TEXTS = {
    3000: "Invalid input performing %1 on %2",
    3001: "Resource not found for %1 using id %2",
    3002: "Error writing output performing %1 on %2",
    3003: "Failed to make edge to missing target node of type %3 with keys %4 performing %1 on %2",
    3100: "Unsupported operation %1",
    3300: "Unauthorized",
}


class AaiFault(Exception):
    """What A&AI refuses, by the number of its code; `detail` stands behind the code's own message."""

    def __init__(self, number: int, detail: str = "") -> None:
        super().__init__(detail or CODES[number].message)
        self.number = number
        self.detail = detail

    @property
    def code(self) -> Code:
        """The line of the table."""
        return CODES[self.number]

    @property
    def reference(self) -> str:
        """The last variable of the body, such as ERR.5.4.6130."""
        return f"ERR.{self.code.disposition}.{self.code.category}.{self.number}"

    @property
    def told(self) -> str:
        """The third variable: the code's message and the detail."""
        return f"{self.code.message}:{self.detail}" if self.detail else self.code.message

    def body(self, method: str, path: str) -> dict[str, Any]:
        """The error body; category 1 is a policy exception."""
        policy = self.code.category == 1
        text = f"{_TEXTS[self.code.rest]} (msg=%3) (ec=%4)"
        exception = {
            "messageId": f"{'POL' if policy else 'SVC'}{self.code.rest}",
            "text": text,
            "variables": [method, path, self.told, self.reference],
        }
        return {"requestError": {"policyException" if policy else "serviceException": exception}}
