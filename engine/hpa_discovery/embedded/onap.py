# SPDX-License-Identifier: Apache-2.0
"""ONAP Multicloud's HPA plugin: entry point `discovery` of the group `hpa.discovery`.

The contract is that of the driver in onap/multicloud-openstack, which stevedore
loads by these names: an object with get_hpa_capabilities(data). It never raises,
since Multicloud would leave out all later flavors of the region.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from hpa_discovery.discovery.rows import Row
from hpa_discovery.embedded.context_file import read_context_file
from hpa_discovery.embedded.discovery import OPENSTACK_FLAVOR, Discovery
from hpa_discovery.embedded.issues import LOGGER, Issues, OnIssue
from hpa_discovery.embedded.observing import LoggingObserver
from hpa_discovery.embedded.onap_data import OnapData, read_data
from hpa_discovery.embedded.rivals import GROUP, NAME, Rival, rivals
from hpa_discovery.embedded.settings import Settings, from_environment
from hpa_discovery.errors import DataError, HpaError, PackError
from hpa_discovery.packs.contracts import load_contracts

Capabilities = list[dict[str, Any]]
_SHOWN_FINDINGS = 3


@dataclass(frozen=True, slots=True)
class _Loaded:
    """What all plugins of a process with equal settings share: Multicloud makes a new plugin for each flavor."""

    discovery: Discovery
    context: dict[str, Any]
    vim_members: dict[str, Any]


_LOADED: dict[Settings, _Loaded] = {}
_LOADING = threading.Lock()
_LOGGED: set[Rival] = set()


class HPADiscovery:
    """The plugin. `on_issue` is called with (code, message, fields) for all that is not as it should be; see issues.py.

    It may be set later, too. `settings` are by default those of the environment, as they are at each call.
    """

    def __init__(self, on_issue: OnIssue | None = None, settings: Settings | None = None) -> None:
        self.on_issue = on_issue
        self._settings = settings
        self._introduced = False
        try:
            # Here and not at the first call: stevedore may fail to load the other one, and never call.
            _warn_of(_rivals(), Issues(on_issue))
        except Exception as error:  # noqa: BLE001 - see the docstring of the module
            Issues(on_issue).fault(error)

    def get_hpa_capabilities(self, data: Any) -> Capabilities:
        """A&AI's hpa-capability objects of the flavor in data: {"flavor", "extra_specs", "viminfo", "vimtype"}.

        An empty list means that the flavor could not be judged, never that it has nothing: each flavor has CPUs and
        memory. Whoever keeps an inventory leaves there what it has. Never raises an Exception.
        """
        issues = Issues(self.on_issue, data)
        try:
            return self._answer(data, issues)
        except Exception as error:  # noqa: BLE001 - see the docstring of the module
            issues.fault(error)
            return []

    def _answer(self, data: Any, issues: Issues) -> Capabilities:
        try:
            loaded = _loaded(from_environment(os.environ) if self._settings is None else self._settings)
        except HpaError as error:
            issues.tell("error", "onap.settings", _with_findings(error))
            return []
        try:
            return self._ask(loaded, data, issues)
        except HpaError as error:
            code = "onap.packs" if isinstance(error, PackError) else "onap.settings"
            issues.tell("error", code, _with_findings(error))
            return []

    def _ask(self, loaded: _Loaded, data: Any, issues: Issues) -> Capabilities:
        try:
            known = read_data(data, loaded.vim_members, loaded.context)
        except DataError as error:
            issues.tell("error", "onap.data", str(error))
            return []
        if not known.complete:
            message = "the flavor's extra specs could not be read, so nearly all of it is unknown"
            issues.tell("error", "onap.extra_specs", message)
            return []
        discovery = loaded.discovery
        row = discovery.answer(known.subject, known.context, owner=known.owner, region=known.region)
        if not self._introduced:
            self._introduced = True
            for problem in discovery.problems:
                issues.tell("error", problem.code, problem.message, known=True, file=problem.file)
        _tell_identity(row, known, issues)
        _tell_diagnostics(row, issues)
        capabilities: Capabilities = row["capabilities"]
        return capabilities


def _loaded(settings: Settings) -> _Loaded:
    with _LOADING:
        if settings not in _LOADED:
            discovery = Discovery(
                settings.packs,
                settings.pack_path,
                state_dir=settings.state_dir,
                database=settings.database,
                observer=LoggingObserver(LOGGER),
            )
            context = {} if settings.context is None else read_context_file(settings.context)
            promise = load_contracts()[OPENSTACK_FLAVOR].schema["x-hpa"]["context"]["properties"]
            _LOADED[settings] = _Loaded(discovery, context, promise["vim"]["properties"])
            atexit.register(discovery.close)
        return _LOADED[settings]


def _tell_identity(row: Row, known: OnapData, issues: Issues) -> None:
    """Say what the ids of capabilities lack: they would be the same as those of other flavors."""
    if not known.owner or not known.region:
        issues.tell("warning", "onap.region", "viminfo says no cloud_owner and cloud_region_id, so ids lack them")
    if not row["subject"]["id"]:
        issues.tell("warning", "onap.flavor_id", "the flavor has no id, so the ids of its capabilities lack it")


def _tell_diagnostics(row: Row, issues: Issues) -> None:
    for found in row["diagnostics"]:
        hidden = list(dict.fromkeys(each["feature"] for each in row["unknown"] if _is_of(each, found)))
        issues.tell(found["level"], found["code"], found["message"], rule=found["rule"], unknown=hidden)
    if not row["capabilities"] and not row["diagnostics"]:
        issues.tell("warning", "onap.empty", "the packs in force find nothing in the flavor, not even CPUs and memory")


def _is_of(unknown: dict[str, str], diagnostic: dict[str, str]) -> bool:
    return unknown["code"] == diagnostic["code"] and unknown["rule"] == diagnostic["rule"]


def _with_findings(error: HpaError) -> str:
    findings = error.findings if isinstance(error, PackError) else ()
    errors = [finding for finding in findings if finding.severity == "error"]
    shown = [f"{found.file}:{found.line}: {found.code}: {found.message}" for found in errors[:_SHOWN_FINDINGS]]
    more = [f"{len(errors) - len(shown)} more"] if len(errors) > len(shown) else []
    return "; ".join([str(error), *shown, *more])


@cache
def _rivals() -> tuple[Rival, ...]:
    return rivals()


def _warn_of(found: Iterable[Rival], issues: Issues) -> None:
    for rival in found:
        message = (
            f"{rival.distribution} {rival.version} registers the plugin {GROUP} {NAME} too, as {rival.value}; "
            f"stevedore may take it, or fail: pip uninstall {rival.distribution}"
        )
        issues.tell("warning", "onap.rival", message, known=rival in _LOGGED, distribution=rival.distribution)
        _LOGGED.add(rival)
