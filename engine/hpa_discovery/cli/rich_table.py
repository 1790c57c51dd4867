# SPDX-License-Identifier: Apache-2.0
"""A table on a terminal, drawn by rich."""

from __future__ import annotations

from typing import TextIO

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text


def write_rich(header: list[str], lines: list[list[str]], stream: TextIO) -> None:
    """Draw the table as wide as the terminal; nothing in a cell is taken for markup."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for place, name in enumerate(header):
        table.add_column(name, style=None if place else "cyan", overflow="fold")
    for line in lines:
        table.add_row(*map(Text, line))
    Console(file=stream).print(Padding(table, (0, 0, 0, 2)))
