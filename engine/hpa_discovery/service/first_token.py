# SPDX-License-Identifier: Apache-2.0
"""The first token of a new deployment: without it nobody could make another over HTTP."""

from __future__ import annotations

import os
import socket
import tempfile
from pathlib import Path

from hpa_discovery.errors import StoreError
from hpa_discovery.store import audit, tokens
from hpa_discovery.store.database import Store

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
        # Before the transaction ends: a token that stands in no file helps nobody.
        return _write(folder / FILE_NAME, issued.text)


def _write(path: Path, text: str) -> Path:
    try:
        handle, made = tempfile.mkstemp(dir=path.parent, prefix=".new-")  # mode 0600
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        Path(made).replace(path)  # what may lie there belongs to a database that is no more
    except OSError as error:
        raise StoreError(f"writing the first token to {path}: {error.strerror}") from error
    return path
