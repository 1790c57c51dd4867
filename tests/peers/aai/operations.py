# SPDX-License-Identifier: Apache-2.0
"""One write, in two steps as A&AI does it: read and check the body, then do it in the graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from peers.aai.checking import check_patch, check_put
from peers.aai.errors import AaiFault
from peers.aai.faults import OPERATION_CODES
from peers.aai.paths import parse
from peers.aai.unmarshalling import Draft, parse_json, unmarshal

if TYPE_CHECKING:
    from peers.aai.faults import Faults
    from peers.aai.paths import Address
    from peers.aai.schema import View
    from peers.aai.writing import Done, Writer

PUT, PATCH, DELETE = "PUT", "MERGE_PATCH", "DELETE"
_KINDS = frozenset(OPERATION_CODES)


@dataclass(frozen=True, slots=True)
class Operation:
    """A write that is ready to be done; `path` is how messages call its target."""

    method: str
    address: Address
    path: str
    version: str
    sent: Any
    draft: Draft | None

    def perform(self, writer: Writer, faults: Faults) -> Done:
        """Do it, or say why not."""
        fault = faults.take(_KINDS, self.method.removeprefix("MERGE_"), self.path)
        if fault:
            raise AaiFault(fault.code or OPERATION_CODES[fault.kind], f"as the test wants it for {self.path}")
        if self.address.what == "relationship":
            change = writer.put_edge if self.method == PUT else writer.delete_edge
            return change(self.address, self.sent, self.path)
        if self.method == PUT:
            assert self.draft is not None
            return writer.put(self.address, self.draft, self.path)
        if self.method == PATCH:
            return writer.patch(self.address, self.sent, self.path)
        return writer.delete(self.address, self.version, self.path)


def prepare(view: View, method: str, path: str, version: str, body: str, *, strict: bool) -> Operation:
    """Read and check what was sent, before anything is done."""
    address = parse(view, path)
    if address.what not in {"vertex", "relationship"} or (address.what == "relationship" and method == PATCH):
        raise AaiFault(3000, f"{path} cannot be written")
    if method == DELETE and address.what == "vertex":
        return Operation(method, address, path, version, None, None)
    if not body and strict:
        raise AaiFault(3000, "strict: an empty body")
    sent = parse_json(body or "{}", strict=strict)
    draft = None if address.what == "relationship" else _draft(view, address, method, sent, strict=strict)
    return Operation(method, address, path, version, sent, draft)


def _draft(view: View, address: Address, method: str, sent: Any, *, strict: bool) -> Draft:
    draft = unmarshal(view, address.kind, sent, strict=strict)
    if method == PUT:
        check_put(view, address, draft)
    else:
        check_patch(draft, strict=strict)
    return draft
