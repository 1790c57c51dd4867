# SPDX-License-Identifier: Apache-2.0
"""The database: reachable, of the right version, whole; its clock; and the keys of its secrets."""

from __future__ import annotations

from pathlib import Path

from hpa_discovery.errors import HpaError
from hpa_discovery.model import Observer
from hpa_discovery.service import state_lock
from hpa_discovery.service.checkup.result import Result, Results
from hpa_discovery.service.settings import ServeOptions
from hpa_discovery.store.condition import DatabaseCondition, condition_of, existing_store
from hpa_discovery.store.keys import FILE_NAME, load_keys
from hpa_discovery.store.secret_values import Secrets

_AHEAD, _TOO_FAR = 5.0, 60.0  # seconds
_MIB = 1024 * 1024
_REMOTE = "start it, or correct --database"


def check_database(options: ServeOptions, observer: Observer) -> Results:
    """Everything that the database says of itself, then its keys."""
    settings = options.settings
    try:
        found = condition_of(settings.state_dir, settings.database)
    except HpaError as error:
        what = "restore a backup, or let the service own and write it" if settings.database is None else _REMOTE
        yield Result("database", "wrong", str(error), f"{what}; nothing works without it")
        return
    if found is None:
        yield _none(settings.state_dir)
    else:
        yield from _looks(found)
    yield from _key(options, found, observer)


def _none(folder: Path) -> Result:
    """What no file means: a service that runs has made one."""
    if state_lock.is_held(folder):
        message = f"there is none in {folder}, although a service runs there: it was deleted meanwhile"
        return Result("database", "wrong", message, "stop the service and restore a backup; what it writes is lost")
    message = f"there is none yet in {folder}"
    return Result("database", "fine", message, "hpa serve makes it; --state-dir names another")


def _looks(found: DatabaseCondition) -> Results:
    yield Result("database", "fine", f"{found.name} answers: {found.server}, {found.size / _MIB:.1f} MiB")
    if found.damage:
        hint = "stop the service and restore a backup"
        yield Result("database", "wrong", f"the file is damaged: {'; '.join(found.damage)}", hint)
    if found.revision is None:
        yield Result("schema", "fine", "the database is empty", "hpa serve makes the tables")
    elif found.usable:
        yield Result("schema", "fine", f"revision {found.revision}, the newest")
    else:
        yield _other_schema(found, found.revision)
    yield clock_result(found)


def _other_schema(found: DatabaseCondition, revision: str) -> Result:
    message = f"revision {revision}; this program works with {found.newest}"
    if revision > found.newest:
        hint = "run the newer hpa-discovery that made it, or restore the backup from before the upgrade"
        return Result("schema", "wrong", message, hint)
    return Result("schema", "warning", message, "the next hpa serve migrates it; make a backup first")


def clock_result(found: DatabaseCondition) -> Result:
    """Whether the database's clock goes as this machine's."""
    if not found.shared:
        return Result("clock", "fine", "the database has the clock of this machine")
    off = abs(found.ahead)
    told = f"the database's clock is {off:.1f} s {'ahead of' if found.ahead > 0 else 'behind'} this machine's"
    if off <= _AHEAD:
        return Result("clock", "fine", told)
    hint = "synchronize both, for instance by chrony: tokens expire by the database's clock"
    return Result("clock", "wrong" if off > _TOO_FAR else "warning", told, hint)


def _key(options: ServeOptions, found: DatabaseCondition | None, observer: Observer) -> Results:
    folder, file = options.settings.state_dir, options.settings.secret_key_file
    shared = found is not None and found.shared
    if file is None and not shared and not (folder / FILE_NAME).exists():
        yield Result("key", "fine", f"there is none yet in {folder}", "hpa serve makes it; --secret-key-file names one")
        return
    try:
        store = existing_store(folder, options.settings.database)
        try:
            secrets = Secrets(load_keys(store, folder, file, observer))
            unreadable: tuple[str, ...] = ()
            if found is not None and found.usable:
                with store.read("looking at secrets") as transaction:
                    unreadable = secrets.unreadable(transaction)
        finally:
            store.close()
    except HpaError as error:
        yield Result("key", "wrong", str(error))
        return
    if unreadable:
        message = f"no key opens {', '.join(unreadable[:5])}" + (" and more" if len(unreadable) > 5 else "")
        yield Result(
            "key",
            "wrong",
            message,
            "add the key that they were sealed with, or set them anew, as by hpa region set --credential",
        )
    elif file is None:
        hint = "whoever copies the directory has the secrets and their key; --secret-key-file keeps them apart"
        yield Result("key", "fine", f"{folder / FILE_NAME} opens every secret", hint)
    else:
        yield Result("key", "fine", f"{file} opens every secret")
