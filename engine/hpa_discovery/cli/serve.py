# SPDX-License-Identifier: Apache-2.0
"""`hpa serve`: the service in the foreground, until a signal ends it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from hpa_discovery.cli.options import database_option, state_dir_option
from hpa_discovery.cli.printable import many, printable
from hpa_discovery.cli.service_extra import service_extra
from hpa_discovery.cli.service_options import (
    pack_path_option,
    require_isolation_option,
    secret_key_file_option,
    site_folders,
    tls_cert_option,
    tls_key_option,
    tls_pair,
)
from hpa_discovery.cli.streams import forget_stdout
from hpa_discovery.cli.verbs import Verb

if TYPE_CHECKING:
    from hpa_discovery.service.serving import Ready

EXAMPLES = """
# For this machine only, with the packs in a folder that may change meanwhile
hpa serve --pack-path packs

# For others, encrypted
hpa serve --host 0.0.0.0 --tls-cert tls.crt --tls-key tls.key

# On several hosts with one database
hpa serve --database postgresql://hpa@db/hpa --secret-key-file secret.key
"""


@click.command(cls=Verb, examples=EXAMPLES)
@click.option(
    "--host",
    metavar="HOST",
    default="127.0.0.1",
    show_default=True,
    envvar="HPA_HOST",
    show_envvar=True,
    help="The name or address to listen on.",
)
@click.option(
    "--port",
    metavar="PORT",
    default=8780,
    show_default=True,
    type=click.IntRange(0, 65535),
    envvar="HPA_PORT",
    show_envvar=True,
    help="The port to listen on; 0 takes a free one and tells it.",
)
@state_dir_option
@database_option
@pack_path_option
@click.option(
    "--enable",
    metavar="PACK",
    multiple=True,
    envvar="HPA_ENABLE",
    show_envvar=True,
    help="A bundled pack that is optional, to serve as well.",
)
@tls_cert_option
@tls_key_option
@click.option(
    "--insecure-http",
    is_flag=True,
    envvar="HPA_INSECURE_HTTP",
    show_envvar=True,
    help="Let others reach the service without TLS, for a proxy in front that has it.",
)
@require_isolation_option
@secret_key_file_option
@click.option(
    "--log-format",
    type=click.Choice(["json", "text"]),
    envvar="HPA_LOG_FORMAT",
    show_envvar=True,
    help="Of the log on standard error.  [default: text on a terminal, else json]",
)
@click.option(
    "--grace",
    metavar="SECONDS",
    default=20,
    show_default=True,
    type=click.IntRange(0, 3600),
    envvar="HPA_GRACE",
    show_envvar=True,
    help="For requests under way when the service is stopped.",
)
def command(
    host: str,
    port: int,
    state_dir: Path,
    database: str | None,
    pack_path: Sequence[Path],
    enable: Sequence[str],
    tls_cert: Path | None,
    tls_key: Path | None,
    insecure_http: bool,
    require_isolation: bool,
    secret_key_file: Path | None,
    log_format: Literal["json", "text"] | None,
    grace: int,
) -> None:
    """Serve the HTTP API, and take up packs while they change.

    The first start writes an administrator's token to admin.token in the state
    directory. SIGTERM or Ctrl-C finishes what is under way; a second one does not.
    SIGHUP reads the certificate again.
    """
    with service_extra("serve"):
        from hpa_discovery.service.serving import ServeOptions, serve
        from hpa_discovery.service.settings import Settings
    settings = Settings(
        state_dir=state_dir.absolute(),
        database=database,
        pack_path=tuple(pack_path),
        sites=site_folders(),
        enabled=frozenset(enable),
        require_isolation=require_isolation,
    )
    options = ServeOptions(
        settings,
        host=host,
        port=port,
        tls=tls_pair(tls_cert, tls_key),
        insecure_http=insecure_http,
        secret_key_file=secret_key_file,
        log_form=log_format or ("text" if sys.stderr.isatty() else "json"),
        grace=grace,
    )
    serve(options, _announce)


def _announce(ready: Ready) -> None:
    token = "make one with hpa token create" if ready.token_file is None else str(ready.token_file)
    lines = [f"address  {ready.address}", f"token    {token}", f"packs    {', '.join(ready.serving) or 'none'}"]
    if ready.pin is not None:
        lines.append(f"pinned   {ready.pin}; what is new waits until: hpa pack unpin")
    lines += [
        f"folder   {root.root}: {many(root.packs, 'pack')}, {many(root.overlays, 'overlay')}"
        for root in ready.roots
        if not root.problem
    ]
    for status in ready.not_serving:
        findings = f": {many(len(status.findings), 'finding')}" if status.findings else ""
        lines.append(f"{status.state:8} {status.kind} {status.name or status.origin}{findings}")
    lines += [f"problem  {root}: {reason}" for root, reason in ready.problems.items()]
    try:
        click.echo("\n".join(printable(line) for line in lines))
        sys.stdout.flush()
    except OSError:  # the log has it too, and a service does not end for lack of readers
        forget_stdout()
