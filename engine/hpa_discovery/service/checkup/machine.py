# SPDX-License-Identifier: Apache-2.0
"""Of this machine: the program, the state directory and its disk, the certificate, and the fences around drivers."""

from __future__ import annotations

import os
import platform
import shutil
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

from hpa_discovery.connectors.egress_rules import Kind
from hpa_discovery.drivers.isolation import fences
from hpa_discovery.errors import DataError, UsageError
from hpa_discovery.packs.versions import engine_version
from hpa_discovery.service import first_token, state_lock
from hpa_discovery.service.certificate import check
from hpa_discovery.service.checkup.result import Result, Results
from hpa_discovery.service.listening import try_address, url_host
from hpa_discovery.service.settings import ServeOptions
from hpa_discovery.store import engines, keys

_LOW, _TOO_LOW = 1024**3, 100 * 1024**2  # bytes
_SOON = timedelta(days=30)
_PRIVATE = (engines.FILE_NAME, keys.FILE_NAME, first_token.FILE_NAME)


def check_program(_: ServeOptions) -> Results:
    """Which program this is."""
    version = engine_version() or "unreleased"
    yield Result("program", "fine", f"hpa-discovery {version}, Python {platform.python_version()}")


def check_state_dir(options: ServeOptions) -> Results:
    """Whether the service can write there, others cannot, and there is room."""
    folder = options.settings.state_dir
    fault = _fault(folder)
    if fault is not None:
        yield fault
        return
    yield Result("state directory", "fine", f"{folder}, {_used(folder)}")
    yield from _permissions(folder)
    yield disk_result(folder, shutil.disk_usage(folder).free)


def check_address(options: ServeOptions) -> Results:
    """Whether the service may and could listen there; while one runs, the address is its own."""
    address = f"{url_host(options.host)}:{options.port}"
    if state_lock.is_held(options.settings.state_dir):
        yield Result("address", "fine", f"{address} is not tried while a service runs")
        return
    try:
        try_address(options.host, options.port, encrypted=options.tls is not None, insecure=options.insecure_http)
    except (DataError, UsageError) as error:
        yield Result("address", "wrong", str(error))
    else:
        yield Result("address", "fine", f"{address} can be had")


def check_tls(options: ServeOptions) -> Results:
    """Whether the certificate can be used, and for how long."""
    if options.tls is None:
        yield Result("tls", "fine", "no certificate is named", "--tls-cert and --tls-key name one")
        return
    try:
        validity = check(*options.tls)
    except DataError as error:
        yield Result("tls", "wrong", str(error))
        return
    left = validity.until - datetime.now(UTC)
    told = f"for {', '.join(validity.names) or 'no name'} until {validity.until:%Y-%m-%d %H:%M} UTC, {left.days} days"
    if left < _SOON:
        yield Result("tls", "warning", told, "put a new one in its place; a running service takes it up")
    else:
        yield Result("tls", "fine", told)


def check_isolation(options: ServeOptions) -> Results:
    """Each fence around drivers, and why it does not stand."""
    standing = fences()
    for name in ("namespaces", "landlock", "user"):
        reason = standing.missing.get(name)
        if reason is None:
            yield Result(f"isolation: {name}", "fine", "stands")
        elif options.settings.require_isolation:
            yield Result(f"isolation: {name}", "wrong", reason, "with --require-isolation no driver is started")
        else:
            yield Result(
                f"isolation: {name}", "warning", reason, "drivers run without this fence; allow only such as you trust"
            )


def check_egress(options: ServeOptions) -> Results:
    """Which networks each kind of other system may be asked in."""
    for kind in get_args(Kind):
        allowed = options.settings.egress.get(kind, ())
        if allowed:
            yield Result(f"egress: {kind}", "fine", f"only {', '.join(map(str, allowed))}")
        else:
            told = "any address but those of this machine, link-local and reserved ones"
            yield Result(f"egress: {kind}", "fine", told, f"--egress {kind}=CIDR:PORTS allows that and nothing else")


def _fault(folder: Path) -> Result | None:
    """Why there is nothing to look at in the state directory, or it cannot be used."""
    check, owner = "state directory", "start the service as the user who owns it, or change its owner"
    try:
        is_folder = stat.S_ISDIR(folder.stat().st_mode)
    except FileNotFoundError:
        if folder.is_symlink():
            return Result(check, "wrong", f"{folder} is a link to nothing", "name another by --state-dir")
        return Result(check, "fine", f"{folder} is not there yet", "hpa serve makes it")
    except OSError as error:
        return Result(check, "wrong", f"{folder} cannot be looked at: {error.strerror}", owner)
    if not is_folder:
        return Result(check, "wrong", f"{folder} is no directory", "name another by --state-dir")
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        hint = "mount it so that it can be written, or name another by --state-dir"
        return Result(check, "wrong", f"{folder} is on a file system that is read-only", hint)
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return Result(check, "wrong", f"{folder} cannot be written by this user", owner)
    return None


def _used(folder: Path) -> str:
    return "in use by a service now" if state_lock.is_held(folder) else "not in use by a service now"


def _permissions(folder: Path) -> Results:
    if stat.S_IMODE(folder.stat().st_mode) & stat.S_IWOTH:
        yield Result("permissions", "wrong", f"everybody may write into {folder}", f"chmod o-w {folder}")
        return
    open_files = [name for name in _PRIVATE if _is_open(folder / name)]
    if open_files:
        names = ", ".join(open_files)
        hint = f"chmod 0600 {' '.join(str(folder / name) for name in open_files)}"
        yield Result("permissions", "wrong", f"others may read or write {names}", hint)
    else:
        yield Result("permissions", "fine", "nobody else may write there, or read what is secret")


def _is_open(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
    except OSError:
        return False


def disk_result(folder: Path, free: int) -> Result:
    """Whether so many free bytes are enough."""
    told = f"{free / 1024**2:.0f} MiB are free at {folder}"
    if free < _LOW:
        return Result(
            "disk", "wrong" if free < _TOO_LOW else "warning", told, "make room: without it nothing is stored"
        )
    return Result("disk", "fine", told)
