# SPDX-License-Identifier: Apache-2.0
"""What the verbs that ask A&AI share: the deployment's store and keys, and where this process may ask."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from hpa_discovery.cli.deployment import Deployment, Told
from hpa_discovery.cli.options import output_option
from hpa_discovery.cli.printable import printable
from hpa_discovery.cli.region_faults import known_region
from hpa_discovery.cli.region_options import region_argument, store_options
from hpa_discovery.cli.service_extra import service_extra
from hpa_discovery.cli.service_options import egress_option
from hpa_discovery.errors import AaiRefused, ConnectorError, DataError, IncompleteRead

if TYPE_CHECKING:
    from hpa_discovery.connectors.egress_rules import Allowed, Kind
    from hpa_discovery.service.aai_turns import AaiTurns
    from hpa_discovery.work.workplace import Workplace

_PATIENCE = 60.0  # for a step of the region that a service does at this moment
Command = TypeVar("Command", bound=Callable[..., Any])

_OPTIONS = (
    region_argument,
    click.option(
        "--allow-deletes",
        metavar="N",
        type=click.IntRange(0),
        default=0,
        help="So many capabilities may go, though the plan would be held.",
    ),
    click.option("--adopt", is_flag=True, help="What ONAP's own driver wrote becomes ours."),
    egress_option,
    store_options,
    output_option,
)


def aai_options(command: Command) -> Command:
    """Let a verb be told of which region, and how."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@contextmanager
def aai_turns(verb: str, **place: Any) -> Iterator[AaiTurns]:
    """What turns at A&AI are made with; `place` as aai_workplace. DataError where there is no deployment."""
    with aai_workplace(verb, **place) as workplace:
        from hpa_discovery.service.aai_turns import AaiTurns

        yield AaiTurns(workplace, patience=_PATIENCE)


@contextmanager
def aai_workplace(
    verb: str,
    *,
    state_dir: Path,
    database: str | None,
    secret_key_file: Path | None,
    egress: Mapping[Kind, tuple[Allowed, ...]],
    begin: bool = False,
) -> Iterator[Workplace]:
    """A deployment's store and keys, and the way to its A&AIs. DataError where there is none, unless to `begin` one."""
    with service_extra(verb):
        from hpa_discovery.connectors.client import HttpClient
        from hpa_discovery.connectors.egress import Egress
        from hpa_discovery.store.keys import load_keys
        from hpa_discovery.store.secret_values import Secrets
        from hpa_discovery.work.workplace import Workplace
    told, deployment = Told(), Deployment(state_dir, database)
    with (
        deployment.begun() if begin else deployment.opened(f"hpa {verb}") as store,
        HttpClient(Egress(egress)) as http,
    ):
        secrets = Secrets(load_keys(store, state_dir, secret_key_file, told, make=begin))
        name = f"{socket.gethostname()}:{os.getpid()}"
        with known_region(store, f"hpa {verb}"):
            yield Workplace(store, secrets, _nothing_serves, http, told, name)


@contextmanager
def asking_aai(doing: str) -> Iterator[None]:
    """What an A&AI that cannot be asked or read says becomes a DataError, with what most often helps."""
    try:
        yield
    except (AaiRefused, ConnectorError, IncompleteRead) as error:
        from hpa_discovery.aai.refusals import with_remedy

        raise DataError(f"{printable(doing)}: {with_remedy(error)}") from error


def _nothing_serves() -> NoReturn:
    raise DataError("judging subjects: this command only publishes; a service judges")
