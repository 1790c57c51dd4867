# SPDX-License-Identifier: Apache-2.0
"""The shape of every command: help that ends with examples, and verbs imported only when used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click

from hpa_discovery.language.spelling import nearest


@dataclass(slots=True)
class Settings:
    """What the options before the verb say."""

    debug: bool = False


class PipeClosed(Exception):
    """Nobody reads our output any more. Not an OSError, since click would end on one as if the data had errors."""


class Verb(click.Command):
    """A command whose help ends with `examples`: shell lines, each after a `# comment` that says what it is for."""

    def __init__(self, *args: Any, examples: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.examples = examples

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples."""
        write_examples(self.examples, formatter)


class VerbGroup(click.Group):
    """A group of verbs, with examples as a verb."""

    def __init__(self, *args: Any, examples: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.examples = examples

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples."""
        write_examples(self.examples, formatter)


class LazyGroup(VerbGroup):
    """A group that lists its verbs without importing them.

    `verbs` maps each verb to (module, one line of help); the module holds the command as `command`.
    """

    def __init__(self, *args: Any, verbs: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.verbs = verbs

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs, in the order in which they are needed."""
        return list(self.verbs)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb's command, imported now; None when there is no such verb."""
        if cmd_name not in self.verbs:
            return None
        command: click.Command = import_module(self.verbs[cmd_name][0]).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The verb that was asked for; the error about a misspelt one says which was probably meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            meant = nearest(args[0], self.verbs)
            hint = f"Did you mean {meant!r}?" if meant else f"There are: {', '.join(self.verbs)}."
            raise click.UsageError(f"{error.format_message()} {hint}", ctx) from error

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise PipeClosed from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs with the help given here."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self.verbs.items()])


def write_examples(examples: str, formatter: click.HelpFormatter) -> None:
    """Write the lines of `examples` under a heading, as they are: a wrapped command could not be copied."""
    formatter.write("\nExamples:\n")
    for line in examples.strip().splitlines():
        formatter.write(f"  {line}".rstrip() + "\n")
