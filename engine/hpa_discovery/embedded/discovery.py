# SPDX-License-Identifier: Apache-2.0
"""The Python API: packs in force, and what they say of subjects."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from hpa_discovery.aai.paths import Place, can_be_named
from hpa_discovery.aai.resource_urls import resource_urls
from hpa_discovery.aai.versions import LAST
from hpa_discovery.discovery.explain import Explanation, explain
from hpa_discovery.discovery.generation import Generation
from hpa_discovery.discovery.rows import Row, answer_row
from hpa_discovery.embedded.drivers import AllowedHere
from hpa_discovery.embedded.observing import LoggingObserver
from hpa_discovery.embedded.refusals import Refusals
from hpa_discovery.embedded.wheels import activate_with_wheels
from hpa_discovery.errors import DataError, HpaError
from hpa_discovery.model import Finding, Observer, Outcome
from hpa_discovery.packs.installed import Installed, InstalledPacks

OPENSTACK_FLAVOR = "openstack.flavor"


class Discovery:
    """Packs, loaded once and asked as often as one likes, by any number of threads.

    `packs` are namespaces: exactly these packs are in force. Without any they are the bundled ones and those of
    installed wheels that are not optional, and all in `pack_path` (packs, or folders of packs and overlays).
    Drivers of the packs run where `state_dir` is given, and there only as an operator allowed them; `database`
    is its PostgreSQL URL, if it has one. `observer` hears what happens beside the answers; by default it is logged.

    Packs are loaded when the first subject of their source comes: whatever is wrong with them is raised there,
    UsageError for a pack or source that is not there, PackError with findings. It is raised again for the next
    subjects, until something in `pack_path` or the wheels changes. A wheel that is wrong is left out instead, and
    told in `problems`.
    """

    def __init__(
        self,
        packs: Sequence[str] = (),
        pack_path: Sequence[str | Path] = (),
        *,
        state_dir: str | Path | None = None,
        database: str | None = None,
        observer: Observer | None = None,
    ) -> None:
        self._packs = tuple(packs)
        self._folders = [Path(folder) for folder in pack_path]
        self._observer = LoggingObserver(logging.getLogger("hpa_discovery")) if observer is None else observer
        self._drivers = AllowedHere(None if state_dir is None else Path(state_dir), database, self._observer)
        self._generations: dict[str, Generation] = {}
        self._problems: dict[Finding, None] = {}
        self._refusals = Refusals(self._folders, InstalledPacks())
        self._loading = threading.Lock()

    def discover(self, subject: Any, context: Any = None, *, source: str = OPENSTACK_FLAVOR) -> Outcome:
        """What is known of one subject: plain JSON, as a cloud gives it.

        A subject or context that cannot be used gives an outcome in which everything is unknown, and no exception.
        """
        return self._generation(source).evaluate(source, subject, context)

    def answer(
        self,
        subject: Any,
        context: Any = None,
        *,
        source: str = OPENSTACK_FLAVOR,
        owner: str | None = None,
        region: str | None = None,
    ) -> Row:
        """The row that `hpa discover -o jsonl` prints, with A&AI's objects and their ids.

        {"subject": {"id", "name"}, "capabilities", "unknown", "diagnostics"}. `owner` and `region` are A&AI's
        cloud-owner and cloud-region-id; without them those of the context's `vim` count.
        """
        generation = self._generation(source)
        outcome = generation.evaluate(source, subject, context)
        said = (_said(context, "cloud_owner", owner), _said(context, "cloud_region_id", region))
        return answer_row(generation.source(source).contract, subject, outcome, *said)

    def resource_urls(
        self, flavor: Any, owner: str, region: str, context: Any = None, *, version: int = LAST
    ) -> list[dict[str, Any]]:
        """Where in A&AI each capability of an OpenStack flavor belongs, for programs that write A&AI themselves.

        [{"resource-url": "/aai/v30/cloud-infrastructure/...", "hpa-capability": {...}}]: PUT each object at the path
        of A&AI's server. Both stay the same on every run. What `discover` has as unknown is not in the list, and must
        stay in A&AI as it is. `version` is that of A&AI's schema. DataError for one that is not known, and for a
        name or a flavor's id that no path can hold.
        """
        row = self.answer(flavor, context, owner=owner, region=region)
        names = {"cloud-owner": owner, "cloud-region-id": region, "flavor's id": row["subject"]["id"] or ""}
        for what, name in names.items():
            if not can_be_named(name):
                raise DataError(f"making resource URLs: the {what} is {name!r}; a name that a path can hold is needed")
        return resource_urls(Place(owner, region), names["flavor's id"], row["capabilities"], version)

    def explain(
        self, subject: Any, context: Any = None, *, source: str = OPENSTACK_FLAVOR, rule: str | None = None
    ) -> Explanation:
        """Why each rule, or the one with this id, answered as it did: what `hpa explain -o json` prints.

        UsageError when there is no such rule.
        """
        return explain(self._generation(source), source, subject, context, rule=rule)

    @property
    def problems(self) -> tuple[Finding, ...]:
        """What is wrong with installed wheels whose packs are left out, of the sources that were asked so far."""
        return tuple(self._problems)

    def close(self) -> None:
        """End the drivers. What is asked afterwards starts them again."""
        self._drivers.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def _generation(self, source: str) -> Generation:
        known = self._generations.get(source)
        if known is not None:
            return known
        with self._loading:
            if source not in self._generations:
                self._generations[source] = self._loaded(source)
            return self._generations[source]

    def _loaded(self, source: str) -> Generation:
        self._refusals.check(source)
        looked = self._refusals.look()
        try:
            return self._load(source, looked.installed)
        except HpaError as error:
            self._refusals.keep(source, error, looked)
            raise

    def _load(self, source: str, installed: Installed) -> Generation:
        generation, problems = activate_with_wheels(
            source, self._packs, self._folders, installed, ask=self._drivers.ask
        )
        for problem in problems:
            if problem not in self._problems:
                self._problems[problem] = None
                fields = {"file": problem.file, "line": problem.line, "message": problem.message}
                self._observer.event(problem.code, fields)
        return generation


def _said(context: Any, member: str, given: str | None) -> str:
    vim = context.get("vim") if isinstance(context, Mapping) else None
    value = given if given is not None else vim.get(member) if isinstance(vim, Mapping) else None
    # A lone surrogate could not be hashed into the capability's id.
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""
