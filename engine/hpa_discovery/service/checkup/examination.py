# SPDX-License-Identifier: Apache-2.0
"""All checks, in the order in which they are of use."""

from __future__ import annotations

from collections.abc import Iterator

from hpa_discovery.model import Observer
from hpa_discovery.service.checkup import database, machine, packs
from hpa_discovery.service.checkup.result import Patient, Result


def examine(patient: Patient, observer: Observer) -> Iterator[Result]:
    """One result after the other; the packs take longest. A check that finds something wrong does not end the next."""
    yield from machine.check_program(patient)
    yield from machine.check_state_dir(patient)
    yield from database.check_database(patient, observer)
    yield from machine.check_tls(patient)
    yield from machine.check_egress(patient)
    yield from machine.check_isolation(patient)
    yield from packs.check_serving(patient)
    yield from packs.check_packs(patient)
