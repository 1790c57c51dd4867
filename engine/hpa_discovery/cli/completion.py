# SPDX-License-Identifier: Apache-2.0
"""`hpa completion`: the script with which a shell completes verbs, options and files."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from hpa_discovery.cli.verbs import Verb

SHELLS = ("bash", "zsh", "fish")
EXAMPLES = """
# For this bash session; put the line in ~/.bashrc to keep it
source <(hpa completion bash)

# For zsh; put the line in ~/.zshrc to keep it
source <(hpa completion zsh)

# For fish, kept
hpa completion fish > ~/.config/fish/completions/hpa.fish
"""


@click.command(cls=Verb, examples=EXAMPLES)
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell."""
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"this click does not know {shell}")
    click.echo(kind(ctx.find_root().command, {}, "hpa", "_HPA_COMPLETE").source())
