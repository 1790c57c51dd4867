# SPDX-License-Identifier: Apache-2.0
"""Lets an earlier generation serve and stay, and takes that back where it turns out that it cannot serve."""

from __future__ import annotations

from hpa_discovery.errors import DataError, StoreError
from hpa_discovery.packs.live.keeper import Keeper
from hpa_discovery.packs.live.state import Live
from hpa_discovery.service.shelf import StoreShelf


def pin(keeper: Keeper, shelf: StoreShelf, digest: str, by: str, reason: str, request_id: str | None = None) -> Live:
    """Pin a generation for all hosts; what serves here then. When it cannot serve, nothing changes on any host.

    DataError for one that is damaged, or that another engine made; StoreError when the store has none like it or
    cannot be used; OSError when this host cannot read or write the files of its packs.
    """
    pinned = shelf.pin(digest, by, reason, request_id)
    try:
        keeper.follow()
    except (DataError, OSError) as error:
        told = f"generation {digest} cannot serve here: {error}"
        try:
            shelf.take_back(pinned, by, f"{digest} cannot serve", request_id)
            keeper.follow()
        except (DataError, OSError) as second:
            raise StoreError(f"{told}; taking it back failed, too: {second}") from error
        if isinstance(error, StoreError | OSError):  # of the store or of this host: the generation may be good
            raise
        raise DataError(f"{told}; so nothing changed") from error
    return keeper.live
