# SPDX-License-Identifier: Apache-2.0
"""`hpa doctor`: whether a service could do its work here, without starting one."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from hpa_discovery.cli.deployment import Told
from hpa_discovery.cli.faults import say
from hpa_discovery.cli.options import output_option
from hpa_discovery.cli.printable import many, printable
from hpa_discovery.cli.service_extra import service_extra
from hpa_discovery.cli.service_options import options_said, service_options
from hpa_discovery.cli.tables import drawer
from hpa_discovery.cli.verbs import Verb
from hpa_discovery.cli.writers import encoded

if TYPE_CHECKING:
    from hpa_discovery.service.checkup.result import Result

EXAMPLES = """
# With the options, or the environment, that the service has
hpa doctor --state-dir /var/lib/hpa-discovery --pack-path packs

# For a program
hpa doctor -o json
"""


@click.command(cls=Verb, examples=EXAMPLES)
@service_options
@output_option
def command(output: str, **said: Any) -> int:
    """Look at all that the service needs, and say what is wrong.

    Nothing is changed, and a running service is not disturbed. Exit code 1 when
    something is wrong; a warning alone is not.
    """
    with service_extra("doctor"):
        from hpa_discovery.service.checkup.examination import examine
    results = list(examine(options_said(**said), Told()))
    if output == "json":
        sys.stdout.buffer.write(encoded([result.as_json() for result in results]) + b"\n")
    else:
        _draw(results)
    return 1 if any(result.state == "wrong" for result in results) else 0


def _draw(results: Iterable[Result]) -> None:
    lines = []
    counts: Counter[str] = Counter()
    for result in results:
        counts[result.state] += 1
        told = printable(result.message) + (f"\n  {printable(result.hint)}" if result.hint else "")
        lines.append([result.state, printable(result.check), told])
    drawer(sys.stdout)(["state", "what", "how it is\n  what to do"], lines, sys.stdout)
    sys.stdout.flush()
    wrong = f"{counts['wrong']} wrong" if counts["wrong"] else "nothing wrong"
    say(f"{wrong}, {many(counts['warning'], 'warning')}")
