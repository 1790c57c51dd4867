# SPDX-License-Identifier: Apache-2.0
"""docs/cli.md, made from the help of every verb: `python -m hpa_discovery.cli.reference > docs/cli.md`."""

from __future__ import annotations

from collections.abc import Iterator

import click

from hpa_discovery.cli.main import CONTEXT, cli

WIDTH = 88
_HEAD = """<!-- Made by `python -m hpa_discovery.cli.reference`; change the help of the verb instead. -->
# The command line

| exit code | what it says |
|---|---|
| 0 | fine |
| 1 | findings, or errors in the data |
| 2 | wrong usage |
| 3 | our own fault; the message names a file to report it with |
| 130 | interrupted |

Results go to standard output and everything else to standard error. Tables are for
people; programs read `-o json` or `-o jsonl`, which are UTF-8 in every locale.
"""


def reference() -> str:
    """The page."""
    return "\n".join([_HEAD, *_sections(cli, None)])


def _sections(command: click.Command, parent: click.Context | None) -> Iterator[str]:
    name = "hpa" if parent is None else command.name
    context = click.Context(command, info_name=name, parent=parent, terminal_width=WIDTH, **CONTEXT)
    yield f"## {context.command_path}\n\n```text\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for verb in command.list_commands(context):
            below = command.get_command(context, verb)
            if below is not None:
                below.name = verb
                yield from _sections(below, context)


if __name__ == "__main__":
    click.echo(reference(), nl=False)
