# SPDX-License-Identifier: Apache-2.0
"""`hpa secrets`: the keys that secrets in the database are sealed with."""

from __future__ import annotations

from pathlib import Path

import click

from hpa_discovery.cli.deployment import Deployment, Told, actor
from hpa_discovery.cli.faults import say
from hpa_discovery.cli.options import database_option, state_dir_option
from hpa_discovery.cli.printable import many
from hpa_discovery.cli.service_extra import service_extra
from hpa_discovery.cli.service_options import secret_key_file_option
from hpa_discovery.cli.verbs import Verb, VerbGroup

EXAMPLES = """
# After a new key was put first into the key file of every host
hpa secrets rotate --secret-key-file secret.key
"""


@click.group(cls=VerbGroup, examples=EXAMPLES, no_args_is_help=False)
def command() -> None:
    """Look after the keys that secrets are sealed with."""


@command.command("rotate", cls=Verb, examples=EXAMPLES)
@secret_key_file_option
@state_dir_option
@database_option
def rotate_command(secret_key_file: Path | None, state_dir: Path, database: str | None) -> None:
    """Seal all secrets again with the first key of the key file.

    Every host must have the new key first; afterwards the old ones may go.
    Nothing changes when one secret cannot be opened.
    """
    with service_extra("secrets"):
        from hpa_discovery.store import audit
        from hpa_discovery.store.keys import load_keys
        from hpa_discovery.store.secret_values import Secrets
    with Deployment(state_dir, database).opened("rotating secrets") as store:
        secrets = Secrets(load_keys(store, state_dir, secret_key_file, Told()))
        with store.write("rotating secrets") as transaction:
            count = secrets.rotate(transaction)
            audit.record(transaction, audit.Act(actor(), "secrets.rotate", "all", detail={"secrets": count}))
    say(f"sealed {many(count, 'secret')} with the first key")
