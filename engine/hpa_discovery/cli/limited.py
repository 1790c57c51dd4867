# SPDX-License-Identifier: Apache-2.0
"""`--limit` of the verbs that list rows, and what is said where it leaves some out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Generic, TextIO, TypeVar

import click

from hpa_discovery.cli.faults import say
from hpa_discovery.cli.writers import encoded

Row = TypeVar("Row")

limit_option = click.option(
    "--limit", metavar="N", type=click.IntRange(1), default=100, show_default=True, help="At most so many."
)


class Limited(Generic[Row]):
    """The first rows, to be read once; `tell` says on standard error whether there are more."""

    def __init__(self, rows: Iterable[Row], limit: int) -> None:
        self._rows = rows
        self._limit = limit
        self._more = False

    def __iter__(self) -> Iterator[Row]:
        following = iter(self._rows)
        yield from islice(following, self._limit)
        self._more = next(following, None) is not None

    def show(
        self, rows: list[dict[str, Any]], output: str, draw: Callable[[list[dict[str, Any]], TextIO], None]
    ) -> None:
        """Print what was made of the rows, as JSON or as `draw` does, and below it what was left out."""
        if output == "json":
            sys.stdout.buffer.write(encoded(rows) + b"\n")
        else:
            draw(rows, sys.stdout)
        self.tell()

    def tell(self) -> None:
        """To be called below the rows: a table that just ends looks like all there is."""
        if self._more:
            sys.stdout.flush()
            say(f"there are more than {self._limit}; --limit N tells more of them")
