# SPDX-License-Identifier: Apache-2.0
"""All checks, in the order in which they are of use."""

from __future__ import annotations

from collections.abc import Iterator

from hpa_discovery.model import Observer
from hpa_discovery.service.checkup import database, machine, packs, regions
from hpa_discovery.service.checkup.result import Result
from hpa_discovery.service.settings import ServeOptions


def examine(options: ServeOptions, observer: Observer) -> Iterator[Result]:
    """One result after the other; the packs take longest. A check that finds something wrong does not end the next."""
    checks = {
        "program": machine.check_program(options),
        "state directory": machine.check_state_dir(options),
        "database": database.check_database(options, observer),
        "address": machine.check_address(options),
        "tls": machine.check_tls(options),
        "egress": machine.check_egress(options),
        "isolation": machine.check_isolation(options),
        "generation": packs.check_serving(options),
        "packs": packs.check_packs(options),
        "regions": regions.check_regions(options),
    }
    for name, results in checks.items():
        try:
            yield from results
        except OSError as error:  # a disk, a mount or a mode may forbid any look
            told = f"looking at {error.filename or 'files'}: {error.strerror or error}"
            yield Result(name, "wrong", told, "let this user read it, or run it as the service's")
