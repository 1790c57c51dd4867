# SPDX-License-Identifier: Apache-2.0
"""`hpa token`: who may ask the service, made and ended on the machine that has its database."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from hpa_discovery.cli.deployment import Deployment, actor
from hpa_discovery.cli.durations import as_span
from hpa_discovery.cli.faults import say
from hpa_discovery.cli.options import database_option, output_option, state_dir_option
from hpa_discovery.cli.printable import printable
from hpa_discovery.cli.service_extra import service_extra
from hpa_discovery.cli.tables import drawer
from hpa_discovery.cli.verbs import Verb, VerbGroup
from hpa_discovery.cli.writers import encoded
from hpa_discovery.errors import DataError

if TYPE_CHECKING:
    from hpa_discovery.store.tokens import Token

EXAMPLES = """
# A token for a program that only asks
hpa token create multicloud --role viewer --expires 90d

# All tokens, and the end of one
hpa token list
hpa token revoke multicloud
"""
CREATE_EXAMPLES = """
# For a program that only asks; the token is all that is printed
hpa token create multicloud --role viewer --expires 90d > multicloud.token

# For two regions and no other
hpa token create lab --role operator --region example/region-one --region example/region-two
"""
LIST_EXAMPLES = """
# Who may ask, since when, until when, and when they last did
hpa token list
"""
REVOKE_EXAMPLES = """
# A running service refuses it within 5 seconds
hpa token revoke multicloud
"""


@click.group(cls=VerbGroup, examples=EXAMPLES, no_args_is_help=False)
def command() -> None:
    """Create, list and revoke the tokens of a deployment.

    These commands act on the database itself, so whoever may read and write it needs no token.
    """


@command.command("create", cls=Verb, examples=CREATE_EXAMPLES)
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(["viewer", "operator", "admin"]),
    required=True,
    help="viewer asks and looks, operator also changes what serves and discovers, admin also registers regions.",
)
@click.option("--expires", metavar="SPAN", callback=as_span, help="After 30m, 12h, 90d or 52w.  [default: never]")
@click.option(
    "--region", "regions", metavar="OWNER/REGION", multiple=True, help="Only for this region.  [default: for all]"
)
@state_dir_option
@database_option
def create_command(
    name: str,
    role: Literal["viewer", "operator", "admin"],
    expires: timedelta | None,
    regions: Sequence[str],
    state_dir: Path,
    database: str | None,
) -> None:
    """Make a token and print it. It is shown this once.

    NAME says who uses it. A name is never used twice, so that the audit stays clear.
    """
    for region in regions:
        _check_region(region)
    with service_extra("token"):
        from hpa_discovery.store import audit, tokens
    deployment = Deployment(state_dir, database)
    with deployment.begun() as store, store.write(f"creating the token {name!r}") as transaction:
        issued = tokens.create(transaction, name, role=role, by=actor(), lifetime=expires, regions=regions or None)
        until = issued.token.expires_at
        detail = {"role": role, "regions": list(regions) or None, "expires_at": until and until.isoformat()}
        audit.record(transaction, audit.Act(actor(), "token.create", name, detail=detail))
    click.echo(issued.text)


@command.command("list", cls=Verb, examples=LIST_EXAMPLES)
@state_dir_option
@database_option
@output_option
def list_command(state_dir: Path, database: str | None, output: str) -> None:
    """List all tokens, also those that ended; never the tokens themselves."""
    with service_extra("token"):
        from hpa_discovery.store import clock, tokens
    doing = "listing tokens"
    with Deployment(state_dir, database).opened(doing) as store, store.read(doing) as transaction:
        found, now = tokens.tokens(transaction), clock.read_clock(transaction)
    if output == "json":
        sys.stdout.buffer.write(encoded([_as_json(token, now) for token in found]) + b"\n")
        return
    lines = [list(map(printable, _cells(token, now))) for token in found]
    drawer(sys.stdout)(["name", "role", "state", "until", "last used", "regions"], lines, sys.stdout)


@command.command("revoke", cls=Verb, examples=REVOKE_EXAMPLES)
@click.argument("name")
@state_dir_option
@database_option
def revoke_command(name: str, state_dir: Path, database: str | None) -> None:
    """End a token for good."""
    with service_extra("token"):
        from hpa_discovery.store import audit, tokens
    doing = f"revoking the token {name!r}"
    with Deployment(state_dir, database).opened(doing) as store, store.write(doing) as transaction:
        if not tokens.revoke(transaction, name):
            known = ", ".join(token.name for token in tokens.tokens(transaction) if token.revoked_at is None)
            raise DataError(f"{doing}: no token with this name is valid; there are: {known or 'none'}")
        audit.record(transaction, audit.Act(actor(), "token.revoke", name))
    say(printable(f"revoked {name}"))


def _check_region(region: str) -> None:
    owner, slash, name = region.partition("/")
    if not (owner and slash and name) or "/" in name:
        raise click.BadParameter(f"{region!r} must be OWNER/REGION", param_hint="'--region'")


def _state(token: Token, now: datetime) -> str:
    if token.revoked_at is not None:
        return "revoked"
    return "expired" if token.expires_at is not None and token.expires_at <= now else "valid"


def _as_json(token: Token, now: datetime) -> dict[str, Any]:
    times = ("created_at", "expires_at", "last_used_at", "revoked_at")
    told = {name: _iso(getattr(token, name)) for name in times}
    regions = None if token.regions is None else list(token.regions)
    known = {"name": token.name, "role": token.role, "state": _state(token, now), "regions": regions}
    return {**known, "created_by": token.created_by, **told}


def _cells(token: Token, now: datetime) -> list[str]:
    return [
        token.name,
        token.role,
        _state(token, now),
        _day(token.expires_at, "for ever"),
        _day(token.last_used_at, "never"),
        "all" if token.regions is None else ", ".join(token.regions),
    ]


def _day(moment: datetime | None, none: str) -> str:
    return none if moment is None else moment.strftime("%Y-%m-%d %H:%M")


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
