# SPDX-License-Identifier: Apache-2.0
"""The regions: which are stale, which only plan, which cannot log in or be listed, and which alarms stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from hpa_discovery.alarms.inventory import at_least
from hpa_discovery.service.checkup.asking import asked
from hpa_discovery.service.checkup.result import Result, Results
from hpa_discovery.service.settings import ServeOptions
from hpa_discovery.sources import openstack_client
from hpa_discovery.store import alarm_rows
from hpa_discovery.store.alarm_rows import Alarm, Wanted
from hpa_discovery.store.database import Store
from hpa_discovery.store.region_census import Census, Some, take_census

_LISTED_BY = timedelta(hours=1)
_TOLD = 3
_WANTED = Wanted(severities=at_least("major"), cleared=False)


def check_regions(options: ServeOptions) -> Results:
    """What the database knows of them; nothing where it cannot answer, which its own check tells."""
    found = asked(options.settings, _look)
    if found is None:
        return
    census, alarms = found
    yield _counts(census)
    yield from _library(census)
    yield from _stale(census)
    yield from _others(census)
    yield _alarms(alarms)


def _look(store: Store) -> tuple[Census, Sequence[Alarm]]:
    with store.read("looking at the regions") as transaction:
        return take_census(transaction, _LISTED_BY), alarm_rows.page(
            transaction, limit=alarm_rows.MOST_PAGE, wanted=_WANTED
        )


def _counts(census: Census) -> Result:
    if not census.count:
        return Result(
            "regions", "fine", "there are none", "hpa region add registers a cloud, docs/regions.md tells how"
        )
    message = (
        f"{census.count}: {census.applying} are applied, {census.planning.count} only planned, "
        f"{census.without_aai} have no A&AI, {census.off} are off"
    )
    hint = f"hpa plan {census.planning.names[0]}; hpa region set --mode apply writes" if census.planning.count else ""
    return Result("regions", "fine", message, hint)


def _library(census: Census) -> Results:
    if census.count > census.off and not openstack_client.is_installed():
        told = "openstacksdk is not installed, so no cloud can be listed"
        hint = "pip install 'hpa-discovery[openstack]' where the service is installed"
        yield Result("openstacksdk", "wrong", told, hint)


def _stale(census: Census) -> Results:
    if census.stale_count:
        told = [f"{each.name} since {each.since:%Y-%m-%d %H:%M} UTC ({each.error})" for each in census.stale[:_TOLD]]
        more = census.stale_count - len(told)
        message = f"{census.stale_count} stale: {'; '.join(told)}" + (f"; and {more} more" if more else "")
        yield Result("regions: stale", "warning", message, "nothing is deleted meanwhile; hpa alarms tells what to do")


def _others(census: Census) -> Results:
    if census.unlisted.count:
        hint = "a service that runs on this database lists them; is there one?"
        yield Result("regions: never listed", "warning", _named(census.unlisted), hint)
    if census.without_credential.count:
        hint = "hpa region set OWNER/REGION --credential FILE gives one"
        yield Result("regions: no credential", "warning", _named(census.without_credential), hint)


def _alarms(alarms: Sequence[Alarm]) -> Result:
    if not alarms:
        return Result("alarms", "fine", "none that is major or worse")
    counts = Counter(alarm.severity for alarm in alarms)
    worst = sorted(alarms, key=lambda alarm: alarm.severity != "critical")[:_TOLD]
    more = " or more" if len(alarms) == alarm_rows.MOST_PAGE else ""
    message = (
        f"{counts['critical']} critical, {counts['major']} major{more}, "
        f"{sum(alarm.acknowledged_at is None for alarm in alarms)} of them looked after by nobody: "
        + "; ".join(f"{alarm.type} of {alarm.resource}" for alarm in worst)
    )
    return Result("alarms", "wrong" if counts["critical"] else "warning", message, "hpa alarms tells all of them")


def _named(some: Some) -> str:
    more = some.count - len(some.names)
    return f"{some.count}: {', '.join(some.names)}" + (f" and {more} more" if more else "")
