# SPDX-License-Identifier: Apache-2.0
"""The keys that secrets are sealed with, from a file that only its owner and group may read.

One key a line, each 32 bytes in URL-safe Base64; empty lines and lines that
begin with # do not count. The first key seals, all of them open.
"""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.fernet import Fernet, MultiFernet

from hpa_discovery.errors import StoreError
from hpa_discovery.store.state_dir import is_there, write_private

if TYPE_CHECKING:
    from hpa_discovery.model import Observer
    from hpa_discovery.store.database import Store

FILE_NAME = "secret.key"
MOST_KEYS = 100
_MOST_BYTES = 64 * 1024


def load_keys(
    store: Store, folder: Path, key_file: Path | None, observer: Observer, *, make: bool = False
) -> MultiFernet:
    """The keys of `key_file`, or of secret.key in the state directory `folder`.

    That one is made with `make`, when missing, with the event `secrets.key_made` {path}: whoever copies the directory
    has both the secrets and their key then. StoreError when the file cannot be used, and on PostgreSQL without
    `key_file`: its hosts must share one.
    """
    if key_file is not None:
        return _read(key_file)
    if store.shared:
        raise StoreError(
            f"the database {store.name} may be shared by several hosts, so they need one key: give each the same "
            "file with --secret-key-file; a key is made by: openssl rand -base64 32 | tr '+/' '-_'"
        )
    path = folder / FILE_NAME
    if make and not is_there(path) and write_private(path, Fernet.generate_key() + b"\n"):
        observer.event("secrets.key_made", {"path": str(path)})
    return _read(path)


def _read(path: Path) -> MultiFernet:
    try:
        mode = path.stat().st_mode
        with path.open("rb") as file:
            lines = file.read(_MOST_BYTES).decode("ascii").splitlines()
    except FileNotFoundError as error:
        told = "there is no such file; --secret-key-file names one"
        raise StoreError(f"reading the secret key file {path}: {told}") from error
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not ASCII text"
        raise StoreError(f"reading the secret key file {path}: {reason}") from error
    if mode & (stat.S_IRWXO | stat.S_IWGRP):
        raise StoreError(
            f"reading the secret key file {path}: its mode is {stat.S_IMODE(mode):04o}, which lets others in; "
            "make it 0600, 0400 or 0440"
        )
    keys = [_key(path, number, line.strip()) for number, line in enumerate(lines, 1) if _counts(line)]
    if not 0 < len(keys) <= MOST_KEYS:
        raise StoreError(f"reading the secret key file {path}: it holds {len(keys)} keys; it must be 1 to {MOST_KEYS}")
    return MultiFernet(keys)


def _counts(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _key(path: Path, number: int, line: str) -> Fernet:
    try:
        return Fernet(line)
    except ValueError as error:
        # The line is not shown: it may be a key with a slip of the pen.
        raise StoreError(
            f"reading the secret key file {path}: line {number} is no key; it must be 32 bytes in URL-safe Base64"
        ) from error
