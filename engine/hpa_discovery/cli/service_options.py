# SPDX-License-Identifier: Apache-2.0
"""The options that say what a service works with, for the verb that starts one and the one that looks after it."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

from hpa_discovery.cli.durations import as_retention
from hpa_discovery.cli.options import Folder, database_option, state_dir_option
from hpa_discovery.errors import UsageError
from hpa_discovery.resources import CHECKOUT, PACKAGE

if TYPE_CHECKING:
    from hpa_discovery.connectors.egress_rules import Allowed, Kind
    from hpa_discovery.service.settings import ServeOptions

Command = TypeVar("Command", bound=Callable[..., Any])

_FILE = click.Path(dir_okay=False, path_type=Path)


def as_rules(_ctx: click.Context, _param: click.Parameter, value: Sequence[str]) -> Mapping[Kind, tuple[Allowed, ...]]:
    """The rules of egress. UsageError for a text that is none."""
    from hpa_discovery.connectors.egress_rules import read_rules

    return read_rules(value)


secret_key_file_option = click.option(
    "--secret-key-file",
    metavar="FILE",
    type=_FILE,
    envvar="HPA_SECRET_KEY_FILE",
    show_envvar=True,
    help="The keys that secrets are sealed with.  [default: secret.key in --state-dir, made when missing]",
)
egress_option = click.option(
    "--egress",
    metavar="KIND=CIDR[:PORTS]",
    multiple=True,
    callback=as_rules,
    envvar="HPA_EGRESS",
    show_envvar=True,
    help="A network that clouds or A&AI may be asked in.  [default: any that is not this machine's own]",
)
_OPTIONS = (
    click.option(
        "--host",
        metavar="HOST",
        default="127.0.0.1",
        show_default=True,
        envvar="HPA_HOST",
        show_envvar=True,
        help="The name or address to listen on.",
    ),
    click.option(
        "--port",
        metavar="PORT",
        default=8780,
        show_default=True,
        type=click.IntRange(0, 65535),
        envvar="HPA_PORT",
        show_envvar=True,
        help="The port to listen on; 0 takes a free one and tells it.",
    ),
    state_dir_option,
    database_option,
    click.option(
        "--pack-path",
        metavar="DIR",
        multiple=True,
        type=Folder(file_okay=True),
        envvar="HPA_PACK_PATH",
        show_envvar=True,
        help="A folder to watch: a pack, or packs and overlays.",
    ),
    click.option(
        "--enable",
        metavar="PACK",
        multiple=True,
        envvar="HPA_ENABLE",
        show_envvar=True,
        help="A bundled pack that is optional, to serve as well.",
    ),
    click.option(
        "--tls-cert",
        metavar="FILE",
        type=_FILE,
        envvar="HPA_TLS_CERT",
        show_envvar=True,
        help="The certificate and those that signed it, PEM.",
    ),
    click.option(
        "--tls-key",
        metavar="FILE",
        type=_FILE,
        envvar="HPA_TLS_KEY",
        show_envvar=True,
        help="The key of the certificate, PEM, without a password.",
    ),
    click.option(
        "--insecure-http",
        is_flag=True,
        envvar="HPA_INSECURE_HTTP",
        show_envvar=True,
        help="Let others reach the service without TLS, for a proxy in front that has it.",
    ),
    click.option(
        "--legacy-basic",
        is_flag=True,
        envvar="HPA_LEGACY_BASIC",
        show_envvar=True,
        help="Let callers of ONAP Multicloud's paths, and of no others, send a token as the password of Basic.",
    ),
    click.option(
        "--require-isolation",
        is_flag=True,
        envvar="HPA_REQUIRE_ISOLATION",
        show_envvar=True,
        help="Start no driver where a fence is missing; hpa doctor lists them.",
    ),
    secret_key_file_option,
    egress_option,
    click.option(
        "--retention",
        metavar="SPAN",
        default="30d",
        show_default=True,
        callback=as_retention,
        envvar="HPA_RETENTION",
        show_envvar=True,
        help="How long history, audit, and operations and alarms that are over are kept; a day at least.",
    ),
    click.option(
        "--log-format",
        type=click.Choice(["json", "text"]),
        envvar="HPA_LOG_FORMAT",
        show_envvar=True,
        help="Of the log on standard error.  [default: text on a terminal, else json]",
    ),
    click.option(
        "--grace",
        metavar="SECONDS",
        default=20,
        show_default=True,
        type=click.IntRange(0, 3600),
        envvar="HPA_GRACE",
        show_envvar=True,
        help="For requests under way when the service is stopped.",
    ),
)


def service_options(command: Command) -> Command:
    """Let a verb be told all that `hpa serve` can be told; it makes them one value by `options_said`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def options_said(
    *,
    host: str,
    port: int,
    state_dir: Path,
    database: str | None,
    pack_path: Sequence[Path],
    enable: Sequence[str],
    tls_cert: Path | None,
    tls_key: Path | None,
    insecure_http: bool,
    legacy_basic: bool,
    require_isolation: bool,
    secret_key_file: Path | None,
    egress: Mapping[Kind, tuple[Allowed, ...]],
    retention: timedelta,
    log_format: Literal["json", "text"] | None,
    grace: int,
) -> ServeOptions:
    """What an operator said. UsageError for half a pair of TLS files."""
    from hpa_discovery.service.settings import ServeOptions, Settings

    settings = Settings(
        state_dir=state_dir.absolute(),
        database=database,
        pack_path=tuple(pack_path),
        sites=_site_folders(),
        enabled=frozenset(enable),
        require_isolation=require_isolation,
        secret_key_file=secret_key_file,
        egress=egress,
        retention=retention,
    )
    return ServeOptions(
        settings,
        host=host,
        port=port,
        tls=_tls_pair(tls_cert, tls_key),
        insecure_http=insecure_http,
        legacy_basic=legacy_basic,
        log_form=log_format or ("text" if sys.stderr.isatty() else "json"),
        grace=grace,
    )


def _tls_pair(certificate: Path | None, key: Path | None) -> tuple[Path, Path] | None:
    """Both files, or None. UsageError for one alone."""
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise UsageError("--tls-cert and --tls-key belong together: give both, or neither")
    return certificate, key


def _site_folders() -> tuple[Path, ...]:
    """Where wheels are installed for this Python: the folders it imports from, but for its own library."""
    paths = sysconfig.get_paths()
    own = {Path(paths["stdlib"]), Path(paths["platstdlib"]), Path.cwd()}
    if (CHECKOUT / "setup.py").is_file():
        own.add(PACKAGE.parent)
    folders = dict.fromkeys(Path(entry).absolute() for entry in sys.path if entry)
    return tuple(folder for folder in folders if folder not in own and folder.name != "lib-dynload" and folder.is_dir())
