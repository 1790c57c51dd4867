# SPDX-License-Identifier: Apache-2.0
"""The options that say what a region is, and the members of a region's body that they become."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import click

from hpa_discovery.cli.durations import as_span
from hpa_discovery.cli.options import database_option, state_dir_option
from hpa_discovery.cli.service_options import secret_key_file_option
from hpa_discovery.cli.settings_file import INPUT, read_line, read_object, read_pem
from hpa_discovery.errors import DataError

Command = TypeVar("Command", bound=Callable[..., Any])

region_argument = click.argument("name", metavar="OWNER/REGION", callback=lambda _ctx, _param, value: split_name(value))
_SETTINGS = (
    click.option("--from", "document", metavar="FILE|-", type=INPUT, help="Settings as JSON or YAML, as the HTTP API."),
    click.option("--auth-url", metavar="URL", help="Of the cloud's Keystone."),
    click.option("--region-name", metavar="NAME", help="What OpenStack calls the region, where there are many."),
    click.option("--cloud-ca", metavar="FILE", type=INPUT, help="The CAs of the cloud, PEM; the text is kept."),
    click.option(
        "--credential", metavar="FILE|-", type=INPUT, help="For the cloud, as JSON or YAML: a password and its user ..."
    ),
    click.option("--name-prefix", metavar="TEXT", help="Only subjects whose name begins so."),
    click.option(
        "--interval",
        metavar="SPAN",
        callback=as_span,
        help="From one discovery to the next, 10s to 30d; a new one has 1h.",
    ),
    click.option("--on/--off", "enabled", default=None, help="Whether it is discovered at all."),
    click.option("--aai-url", metavar="URL", help="Of A&AI."),
    click.option("--aai-user", metavar="NAME", help="The user there."),
    click.option("--aai-password", metavar="FILE|-", type=INPUT, help="A file with the password and nothing else."),
    click.option("--aai-ca", metavar="FILE", type=INPUT, help="The CAs of A&AI, PEM; the text is kept."),
    click.option("--mode", type=click.Choice(["plan", "apply"]), help="plan only says what would be written."),
    click.option(
        "--on-failure",
        type=click.Choice(["keep", "withdraw"]),
        help="What becomes in A&AI of what cannot be judged any more.",
    ),
)


def settings_options(command: Command) -> Command:
    """Let a verb be told what a region is; `said` makes the members of a body of them."""
    for option in reversed(_SETTINGS):
        command = option(command)
    return store_options(command)


def store_options(command: Command) -> Command:
    """Let a verb be told which deployment it acts on, and its keys."""
    for option in reversed((state_dir_option, database_option, secret_key_file_option)):
        command = option(command)
    return command


def split_name(name: str) -> tuple[str, str]:
    """Owner and region id. BadParameter for another form."""
    owner, slash, region = name.partition("/")
    if not (owner and slash and region) or "/" in region:
        raise click.BadParameter(f"{name!r} must be OWNER/REGION: the cloud-owner and the cloud-region-id of A&AI")
    return owner, region


def said(
    *,
    document: str | None,
    credential: str | None,
    aai_password: str | None,
    interval: timedelta | None,
    auth_url: str | None,
    region_name: str | None,
    cloud_ca: str | None,
    name_prefix: str | None,
    enabled: bool | None,
    aai_url: str | None,
    aai_user: str | None,
    aai_ca: str | None,
    mode: str | None,
    on_failure: str | None,
) -> dict[str, Any]:
    """The members of a body: what stands in --from, and above it what the other options say. DataError."""
    value: dict[str, Any] = {} if document is None else read_object(document, "settings")
    ca = None if cloud_ca is None else read_pem(cloud_ca, "CAs")
    _lay(value, {"name_prefix": name_prefix, "enabled": enabled})
    _lay(value, {"interval_seconds": None if interval is None else int(interval.total_seconds())})
    _lay(value, {"credential": None if credential is None else _credential(credential)})
    _lay_below(value, "coordinates", {"auth_url": auth_url, "region_name": region_name, "ca": ca})
    aai = {"url": aai_url, "user": aai_user, "mode": mode, "on_failure": on_failure}
    aai["password"] = None if aai_password is None else read_line(aai_password, "password")
    aai["ca"] = None if aai_ca is None else read_pem(aai_ca, "CAs")
    _lay_below(value, "aai", aai)
    return value


def _credential(name: str) -> dict[str, Any]:
    """The credential in a file. DataError for a clouds.yaml, and for what another option says."""
    value = read_object(name, "credential")
    doing = f"reading the credential in {name}"
    if "clouds" in value:
        raise DataError(
            f"{doing}: it is a clouds.yaml; give a file with what stands under `auth` of one cloud, but for its "
            "auth_url, which is --auth-url"
        )
    if "auth_url" in value:
        raise DataError(f"{doing}: auth_url is given by --auth-url; leave it out here")
    return value


def _lay(value: dict[str, Any], given: dict[str, Any]) -> None:
    value.update({name: each for name, each in given.items() if each is not None})


def _lay_below(value: dict[str, Any], member: str, given: dict[str, Any]) -> None:
    told = {name: each for name, each in given.items() if each is not None}
    before = value.get(member)
    if told:
        value[member] = {**(before if isinstance(before, dict) else {}), **told}
