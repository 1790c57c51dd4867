# SPDX-License-Identifier: Apache-2.0
"""The options that several verbs share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

DEFAULT_SOURCE = "openstack.flavor"
Names = tuple[str, ...]

_FILE = click.Path(exists=True, dir_okay=False, readable=True, allow_dash=True)
_FOLDER = click.Path(exists=True, file_okay=False, readable=True, path_type=Path)
_CONTEXT = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


class Folder(click.Path):
    """A folder that need not be there yet. A shell's empty variable is not the folder one is in."""

    def __init__(self, *, file_okay: bool) -> None:
        super().__init__(file_okay=file_okay, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path."""
        if value == "":
            self.fail("it is empty; name a folder, or . for the one you are in", param, ctx)
        return super().convert(value, param, ctx)


def _split(_ctx: click.Context, _param: click.Parameter, value: str | None) -> Names:
    return tuple(name.strip() for name in value.split(",") if name.strip()) if value else ()


def default_state_dir() -> Path:
    """Where a user's programs keep their state: XDG Base Directory Specification, which ignores relative paths.

    A user without a home, as in some containers, has that of the machine.
    """
    said = Path(os.environ.get("XDG_STATE_HOME", ""))
    try:
        place = said if said.is_absolute() else Path.home() / ".local" / "state"
    except RuntimeError:
        place = Path("/var/lib")
    return place / "hpa-discovery"


input_files = click.argument("files", metavar="[FILE|-]...", nargs=-1, type=_FILE)
needed_files = click.argument("files", metavar="FILE|-...", nargs=-1, type=_FILE, required=True)
paths_argument = click.argument(
    "paths", metavar="[PATH]...", nargs=-1, type=click.Path(exists=True, readable=True, path_type=Path)
)
source_option = click.option(
    "--source", metavar="NAME", default=DEFAULT_SOURCE, help=f"What the subjects are.  [default: {DEFAULT_SOURCE}]"
)
context_option = click.option(
    "--context", metavar="FILE", type=_CONTEXT, help="What is known beside the subjects: JSON or YAML."
)
packs_option = click.option(
    "--packs",
    metavar="NAME,NAME",
    callback=_split,
    help="Exactly these packs.  "
    "[default: the bundled and installed ones that are not optional, and those of --pack-path]",
)
pack_path_option = click.option(
    "--pack-path", metavar="DIR", type=_FOLDER, multiple=True, help="A pack, or a folder of packs and overlays."
)
state_dir_option = click.option(
    "--state-dir",
    metavar="DIR",
    envvar="HPA_STATE_DIR",
    default=default_state_dir,
    type=Folder(file_okay=False),
    help="Where the database and the drivers that may run are kept.  "
    "[default: HPA_STATE_DIR, else ~/.local/state/hpa-discovery]",
)
# By the environment too, since a command line is seen by every user of the machine and the URL may hold a password.
database_option = click.option(
    "--database",
    metavar="URL",
    envvar="HPA_DATABASE",
    help="postgresql://... instead of a file in --state-dir.  [default: HPA_DATABASE]",
)
_OUTPUT_HELP = "table is for people.  [default: table]"
output_option = click.option("-o", "--output", type=click.Choice(["table", "json"]), default="table", help=_OUTPUT_HELP)
lines_output_option = click.option(
    "-o", "--output", type=click.Choice(["table", "json", "jsonl"]), default="table", help=_OUTPUT_HELP
)
