# SPDX-License-Identifier: Apache-2.0
"""`hpa region subjects` and `hpa region history`: what is known of a region's cloud, and what changed when."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hpa_discovery.cli.deployment import Deployment
from hpa_discovery.cli.finding_tables import draw_changes, draw_subjects
from hpa_discovery.cli.limited import Limited, limit_option
from hpa_discovery.cli.options import database_option, output_option, state_dir_option
from hpa_discovery.cli.region_faults import known_region
from hpa_discovery.cli.region_options import region_argument
from hpa_discovery.cli.service_extra import service_extra
from hpa_discovery.cli.verbs import Verb

if TYPE_CHECKING:
    from hpa_discovery.store.changes import ChangeRow, Kind
    from hpa_discovery.store.database import Transaction
    from hpa_discovery.store.subjects import StoredSubject

SUBJECTS_EXAMPLES = """
# Those of which something is unknown, with the reason
hpa region subjects acme/region-one --unknown
"""
HISTORY_EXAMPLES = """
# Since when flavors are gone
hpa region history acme/region-one --kind gone

# The last ten changes, for a program
hpa region history acme/region-one --limit 10 -o json
"""
KINDS = ("appeared", "changed", "gone", "unknown", "known")  # store.changes.Kind; importing it is slow
_PAGE = 500


@click.command(cls=Verb, examples=SUBJECTS_EXAMPLES)
@region_argument
@click.option("--unknown", is_flag=True, help="Only those of which something is unknown.")
@limit_option
@state_dir_option
@database_option
@output_option
def subjects_command(name: tuple[str, str], unknown: bool, limit: int, output: str, **place: Any) -> None:
    """List the flavors of a region, and what is unknown of them.

    By id, as the last listings gave them. One that is gone is listed as long as A&AI
    has something of it.
    """
    with _region(f"listing the subjects of region {'/'.join(name)}", name, **place) as (transaction, number):
        from hpa_discovery.service.region_rows import subject_row

        found = (each for each in _subjects(transaction, number) if each.outcome.unknown or not unknown)
        some = Limited(found, limit)
        rows = [subject_row(each) for each in some]
    some.show(rows, output, draw_subjects)


@click.command(cls=Verb, examples=HISTORY_EXAMPLES)
@region_argument
@click.option("--kind", type=click.Choice(KINDS), help="Only what happened so.")
@click.option("--subject", metavar="ID", help="Only of the flavor with this id.")
@limit_option
@state_dir_option
@database_option
@output_option
def history_command(
    name: tuple[str, str], kind: Kind | None, subject: str | None, limit: int, output: str, **place: Any
) -> None:
    """Tell what changed in a region, and when.

    Of which flavor, and from which value to which; newest first. Times are the
    database's, in UTC.
    """
    with _region(f"reading the history of region {'/'.join(name)}", name, **place) as (transaction, number):
        from hpa_discovery.service.region_rows import change_row

        some = Limited(_changes(transaction, number, subject, kind), limit)
        rows = [change_row(each) for each in some]
    some.show(rows, output, draw_changes)


@contextmanager
def _region(
    doing: str, name: tuple[str, str], state_dir: Path, database: str | None
) -> Iterator[tuple[Transaction, int]]:
    """One moment of the store, and the number of the region. DataError where there is none of this name."""
    with service_extra("region"):
        from hpa_discovery.service.regions import found
    with (
        Deployment(state_dir, database).opened(doing) as store,
        known_region(store, doing),
        store.read(doing) as transaction,
    ):
        yield transaction, found(transaction, *name).id


def _subjects(transaction: Transaction, region: int) -> Iterator[StoredSubject]:
    from hpa_discovery.store.subjects import every

    return every(transaction, region)


def _changes(transaction: Transaction, region: int, subject: str | None, kind: Kind | None) -> Iterator[ChangeRow]:
    from hpa_discovery.store.changes import page

    kinds = () if kind is None else (kind,)
    some = page(transaction, region, None, _PAGE, subject_id=subject, kinds=kinds)
    while some:
        yield from some
        some = page(transaction, region, some[-1].id, _PAGE, subject_id=subject, kinds=kinds)
