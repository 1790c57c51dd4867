# SPDX-License-Identifier: Apache-2.0
"""Which drivers a deployment lets run: read, allowed and revoked, with the audit rows that belong to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hpa_discovery.cli.deployment import Deployment, actor
from hpa_discovery.drivers.deployed import copies
from hpa_discovery.drivers.folders import keep_copy
from hpa_discovery.errors import DataError

if TYPE_CHECKING:
    from hpa_discovery.packs.found_drivers import FoundDriver
    from hpa_discovery.store.allowances import Allowance

Allowed = Mapping[tuple[str, str], "Allowance"]


def read_allowed(deployment: Deployment) -> Allowed:
    """What may run there, by driver and digest; nothing where there is no deployment yet."""
    with deployment.found() as store:
        if store is None:
            return {}
        from hpa_discovery.store.allowances import allowances

        with store.read("reading which drivers may run") as transaction:
            return {(item.driver, item.digest): item for item in allowances(transaction)}


def allow(deployment: Deployment, found: Sequence[FoundDriver], digest: str) -> tuple[bool, Path]:
    """Let the one of `found`, all of one id, that has this digest run; whether that is new, and the copy that runs.

    DataError when none of them has it.
    """
    chosen = next((item.driver for item in found if item.driver.digest == digest), None)
    if chosen is None:
        now = ", ".join(f"{item.driver.digest} in {item.driver.folder}" for item in found)
        doing = f"allowing {found[0].driver.id}"
        raise DataError(f"{doing}: its digest is not {digest}, but {now}; look at what is there, then allow that")
    with deployment.begun() as store:
        from hpa_discovery.store import allowances, audit

        try:
            copy = keep_copy(Path(chosen.folder), digest, copies(deployment.state_dir))
        except OSError as error:
            raise DataError(f"copying {chosen.folder} to {copies(deployment.state_dir)}: {error.strerror}") from None
        with store.write(f"allowing {chosen.id}") as transaction:
            new = allowances.allow(transaction, chosen.id, digest, actor())
            detail = {"digest": digest, "new": new}
            audit.record(transaction, audit.Act(actor(), "driver.allow", chosen.id, detail=detail))
    return new, copy


def revoke(deployment: Deployment, driver: str, digest: str | None) -> list[str]:
    """Let the driver, or one digest of it, run no more; the digests that were revoked.

    DataError when none was allowed.
    """
    known = [item for each, item in read_allowed(deployment) if each == driver]
    wanted = [each for each in known if digest in (None, each)]
    if not wanted:
        what = driver if digest is None else f"{driver} with the digest {digest}"
        raise DataError(f"revoking {what}: it is not allowed; of this driver are allowed: {', '.join(known) or 'none'}")
    with deployment.opened(f"revoking {driver}") as store:
        from hpa_discovery.store import allowances, audit

        with store.write(f"revoking {driver}") as transaction:
            allowances.revoke(transaction, driver, digest)
            audit.record(transaction, audit.Act(actor(), "driver.revoke", driver, detail={"digests": wanted}))
    return wanted
