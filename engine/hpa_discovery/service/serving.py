# SPDX-License-Identifier: Apache-2.0
"""`hpa serve` from its options to its end: what is started in which order, and what is told when it is up."""

from __future__ import annotations

import resource
import signal
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from hpa_discovery.errors import DataError
from hpa_discovery.model import Observer
from hpa_discovery.packs.live.root_states import RootState
from hpa_discovery.packs.live.state import PackStatus
from hpa_discovery.packs.versions import engine_version
from hpa_discovery.service.app import make_app
from hpa_discovery.service.certificate import Certificate
from hpa_discovery.service.first_token import FILE_NAME as TOKEN_FILE
from hpa_discovery.service.first_token import give_first_token
from hpa_discovery.service.listening import Listening, listen, url_host
from hpa_discovery.service.logs import LogObserver, start_logging
from hpa_discovery.service.metrics import Metrics
from hpa_discovery.service.pin import Pin, read_pin
from hpa_discovery.service.runtime import Runtime
from hpa_discovery.service.server import Stopping, run
from hpa_discovery.service.service_manager import READY, STOPPING, notify
from hpa_discovery.service.settings import ServeOptions
from hpa_discovery.service.state_lock import held
from hpa_discovery.service.state_place import insist_on_place
from hpa_discovery.service.working import Working
from hpa_discovery.store.state_dir import make

_FILES = 4096  # each connection, driver and database connection is one or more


@dataclass(frozen=True, slots=True)
class Announcement:
    """What is told when the service answers. `token_file` is None where an administrator must know a token already.

    `roots` are the watched folders with what they hold, `not_serving` packs and overlays at whose origin something
    lies that does not serve; `problems` maps roots that cannot be looked at to the reason. `pin` is what keeps an
    earlier generation serving.
    """

    address: str
    token_file: Path | None
    serving: Sequence[str]
    roots: Sequence[RootState]
    not_serving: Sequence[PackStatus]
    problems: dict[str, str]
    pin: Pin | None = None


def serve(options: ServeOptions, announce: Callable[[Announcement], None]) -> None:
    """Serve until a signal ends it; SystemExit when SIGTERM comes before it answers.

    UsageError and DataError, StoreError among them, before it answers: the address, the certificate, the state
    directory or the database cannot be used.
    """
    # The first process of a container would not be ended by a signal that it does not handle.
    signal.signal(signal.SIGTERM, _end)
    # Before and after it answers there is no certificate to read again, which is no reason to end.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    start_logging(options.log_form)
    _allow_files()
    metrics = Metrics()
    observer = Observers((LogObserver(), metrics))
    with ExitStack() as ending:
        certificate = None if options.tls is None else Certificate(*options.tls)
        listening = listen(
            options.host, options.port, encrypted=certificate is not None, insecure=options.insecure_http
        )
        ending.callback(listening.close)
        runtime = _started(options, observer, ending)
        new_token = give_first_token(runtime.store, options.settings.state_dir)
        announcement = _announcement(options, listening, runtime, new_token)
        runtime.listeners = tuple(each.getsockname()[:2] for each in listening.sockets)
        working = Working(runtime)
        ending.callback(working.end, options.grace)
        working.start()
        stopping = Stopping(
            options.grace, lambda: _tell(announcement, observer, announce), lambda: _leave(runtime, working)
        )
        app = make_app(runtime, metrics=metrics, legacy_basic=options.legacy_basic)
        run(app, list(listening.sockets), stopping, certificate)
        ending.close()
        observer.event("service.stopped", {})


class Observers:
    """Tells each event to several."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._observers = observers

    def event(self, name: str, fields: dict[str, Any]) -> None:
        """Tell all of them."""
        for observer in self._observers:
            observer.event(name, fields)


def _started(options: ServeOptions, observer: Observer, ending: ExitStack) -> Runtime:
    folder = options.settings.state_dir
    insist_on_place(folder)
    make(folder)
    ending.enter_context(held(folder))
    runtime = Runtime(options.settings, observer)
    ending.callback(runtime.end)
    _ = runtime.secrets  # whoever has no key must hear of it before anything is served
    try:
        runtime.start()
    except OSError as error:
        raise DataError(f"starting with the state directory {folder}: {error}") from error
    return runtime


def _announcement(
    options: ServeOptions, listening: Listening, runtime: Runtime, new_token: Path | None
) -> Announcement:
    kept = options.settings.state_dir / TOKEN_FILE
    status = runtime.keeper.status()
    return Announcement(
        f"{'http' if options.tls is None else 'https'}://{url_host(options.host)}:{listening.port}",
        new_token or (kept if kept.is_file() else None),
        [f"{pack.namespace} {pack.version}" for pack in runtime.live.generation.packs],
        runtime.keeper.roots(),
        [one for one in status if one.state != "serving"],
        runtime.keeper.problems(),
        read_pin(runtime.store),
    )


def _tell(told: Announcement, observer: Observer, announce: Callable[[Announcement], None]) -> None:
    fields = {
        "address": told.address,
        "version": engine_version() or "unreleased",
        "token_file": None if told.token_file is None else str(told.token_file),
        "serving": list(told.serving),
        "roots": [{"root": str(one.root), "packs": one.packs, "overlays": one.overlays} for one in told.roots],
        "not_serving": [f"{one.kind} {one.name or one.origin} is {one.state}" for one in told.not_serving],
        "problems": told.problems,
        "pinned": told.pin and told.pin.as_json(),
    }
    observer.event("service.ready", fields)
    announce(told)
    notify(READY, f"STATUS=answers on {told.address}")


def _leave(runtime: Runtime, working: Working) -> None:
    runtime.leave()
    working.leave()
    notify(STOPPING)


def _end(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _allow_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
