# SPDX-License-Identifier: Apache-2.0
"""`--limit` of the verbs that list rows, and what is said where it leaves some out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

import click

from hpa_discovery.cli.faults import say

Row = TypeVar("Row")

limit_option = click.option(
    "--limit", metavar="N", type=click.IntRange(1), default=100, show_default=True, help="At most so many."
)


def limited(rows: Iterable[Row], limit: int) -> Iterator[Row]:
    """The first rows; whoever reads them to the end is told on standard error when there are more."""
    following = iter(rows)
    yield from islice(following, limit)
    if next(following, None) is not None:
        say(f"there are more than {limit}; --limit N tells more of them")
