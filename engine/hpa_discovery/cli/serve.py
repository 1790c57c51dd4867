# SPDX-License-Identifier: Apache-2.0
"""`hpa serve`: the service in the foreground, until a signal ends it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from hpa_discovery.cli.printable import many, printable
from hpa_discovery.cli.service_extra import service_extra
from hpa_discovery.cli.service_options import options_said, service_options
from hpa_discovery.cli.streams import forget_stdout
from hpa_discovery.cli.verbs import Verb

if TYPE_CHECKING:
    from hpa_discovery.service.serving import Announcement

EXAMPLES = """
# For this machine only, with the packs in a folder that may change meanwhile
hpa serve --pack-path packs

# For others, encrypted
hpa serve --host 0.0.0.0 --tls-cert tls.crt --tls-key tls.key

# On several hosts with one database
hpa serve --database postgresql://hpa@db/hpa --secret-key-file secret.key
"""


@click.command(cls=Verb, examples=EXAMPLES)
@service_options
def command(**said: Any) -> None:
    """Serve the HTTP API, and take up packs while they change.

    The first start writes an administrator's token to admin.token in the state
    directory. SIGTERM or Ctrl-C finishes what is under way; a second one does not.
    SIGHUP reads the certificate again.
    """
    with service_extra("serve"):
        from hpa_discovery.service.serving import serve
    serve(options_said(**said), _announce)


def _announce(told: Announcement) -> None:
    token = "make one with hpa token create" if told.token_file is None else str(told.token_file)
    lines = [f"address  {told.address}", f"token    {token}", f"packs    {', '.join(told.serving) or 'none'}"]
    if told.pin is not None:
        lines.append(f"pinned   {told.pin}; what is new waits until: hpa pack unpin")
    lines += [
        f"folder   {root.root}: {many(root.packs, 'pack')}, {many(root.overlays, 'overlay')}"
        for root in told.roots
        if not root.problem
    ]
    for status in told.not_serving:
        findings = f": {many(len(status.findings), 'finding')}" if status.findings else ""
        lines.append(f"{status.state:8} {status.kind} {status.name or status.origin}{findings}")
    lines += [f"problem  {root}: {reason}" for root, reason in told.problems.items()]
    try:
        click.echo("\n".join(printable(line) for line in lines))
        sys.stdout.flush()
    except OSError:  # the log has it too, and a service does not end for lack of readers
        forget_stdout()
