# SPDX-License-Identifier: Apache-2.0
"""POST /bulk/single-transaction: the payload, and what its answer says of each operation."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from peers.aai.errors import AaiFault
from peers.aai.operations import DELETE, PATCH, PUT, Operation, prepare

if TYPE_CHECKING:
    from peers.aai.schema import View

PATH = "bulk/single-transaction"
_METHODS = {"put": PUT, "patch": PATCH, "delete": DELETE}
_ABOVE = re.compile(r"^/aai/v\d+(?=/)")


@dataclass(frozen=True, slots=True)
class Item:
    """One operation as it was sent; the body is JSON text again."""

    action: str
    uri: str
    body: Any

    @property
    def path(self) -> str:
        """The path as messages have it: a leading slash, no version, no query."""
        return _ABOVE.sub("", "/" + self.uri.lstrip("/")).partition("?")[0]

    def prepare(self, view: View, *, strict: bool) -> Operation:
        """The operation, read and checked."""
        query = parse_qs(self.uri.partition("?")[2])
        version = query.get("resource-version", [""])[0]
        return prepare(view, _METHODS[self.action], self.path, version, json.dumps(self.body), strict=strict)

    def answer(self, status: int) -> dict[str, Any]:
        """Its part of the answer."""
        return {"action": self.action, "uri": self.uri, "response-status-code": status, "response-body": None}


def read(text: str, limit: int) -> list[Item]:
    """The operations of a payload; AAI_6111, 6118 or 6147 where it is none."""
    try:
        payload = json.loads(text)
        found = payload.get("operations")
        if found is not None and not all(isinstance(each, dict) for each in found):
            raise TypeError
    except (json.JSONDecodeError, AttributeError, TypeError) as fault:
        raise AaiFault(6111, "Input payload does not follow bulk/single-transaction interface") from fault
    if not found:
        raise AaiFault(6118, " Payload has no objects to operate on")
    if len(found) > limit:
        raise AaiFault(6147, f" Allowed limit = {limit}")
    wrong = [said for number, each in enumerate(found) for said in _wrong(number, each)]
    if wrong:
        raise AaiFault(6111, f"input payload missing required properties. [{', '.join(wrong)}]")
    return [Item(each["action"], each["uri"], each["body"]) for each in found]


def _wrong(number: int, told: dict[str, Any]) -> list[str]:
    wrong = []
    action = told.get("action")
    if not action:
        wrong.append(f"Operation {number} missing 'action'")
    elif action not in _METHODS:
        wrong.append(f"Operation {number} has invalid action '{action}'")
    if not told.get("uri"):
        wrong.append(f"Operation {number} missing 'uri'")
    if told.get("body") is None:
        wrong.append(f"Operation {number} missing 'body'")
    return wrong


def failed(number: int, operation: Operation, fault: AaiFault) -> AaiFault:
    """What the call says when operation `number` was refused; its HTTP status is the operation's own."""
    text = (
        f"Operation {number} with action ({operation.method}) on uri ({operation.path}) failed with status code "
        f"({fault.code.status}), error code ({fault.reference}) and msg ({fault.told})"
    )
    return AaiFault(3000, text)
