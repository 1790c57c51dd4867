# SPDX-License-Identifier: Apache-2.0
"""The first token of a new deployment: without it nobody could make another over HTTP."""

from __future__ import annotations

import socket
from pathlib import Path

from hpa_discovery.store import audit, tokens
from hpa_discovery.store.database import Store
from hpa_discovery.store.state_dir import write_private

FILE_NAME = "admin.token"
NAME = "first-admin"


def give_first_token(store: Store, folder: Path) -> Path | None:
    """Make an admin's token if the store has no token at all, and write it to a file of mode 0600 in `folder`.

    Returns the file; None when there was a token. StoreError when it cannot be written, and then none was made.
    """
    by = f"service:{socket.gethostname()}"
    with store.write("making the first token") as transaction:
        issued = tokens.create_first(transaction, NAME, by=by)
        if issued is None:
            return None
        detail = {"role": "admin", "file": str(folder / FILE_NAME)}
        audit.record(transaction, audit.Act(by, "token.create", NAME, detail=detail))
        # Before the transaction ends: a token that stands in no file helps nobody. What may lie there belongs to a
        # database that is no more.
        write_private(folder / FILE_NAME, f"{issued.text}\n".encode("ascii"), replace=True)
        return folder / FILE_NAME
