# SPDX-License-Identifier: Apache-2.0
"""From loaded packs and overlays to the packs that are used together."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from hpa_discovery.language.pack import Pack
from hpa_discovery.model import Finding
from hpa_discovery.packs.checks.sets import Member, check_namespaces, check_set
from hpa_discovery.packs.contracts import load_vocabulary
from hpa_discovery.packs.draft import UNTOLD
from hpa_discovery.packs.load import LoadedPack
from hpa_discovery.packs.overlays import OverlayDraft, Site, apply


def combine(
    loaded: Sequence[LoadedPack], overlays: Sequence[OverlayDraft] = (), *, left_out: Collection[str] = ()
) -> tuple[list[Pack], list[Finding]]:
    """The packs as the overlays change them, and why they cannot be used together.

    Of refused packs, what is known of them is looked at; their own findings are
    not repeated. Packs that are there and `left_out` are not missed by overlays.
    """
    named = [item for item in loaded if item.known is not None and item.known.namespace]
    members = [Member(item.root, item.known) for item in named if item.known is not None]
    findings = list(check_namespaces(members))
    by_name: dict[str, Member] = {}
    unknown: dict[str, Collection[str]] = {}
    for member, item in zip(members, named, strict=True):
        by_name.setdefault(member.pack.namespace, member)
        unknown.setdefault(member.pack.namespace, item.unknown)
    site = Site(unknown, left_out, len(named) == len(loaded))
    packs, faults = apply([member.pack for member in by_name.values()], overlays, site)
    findings += faults
    # An overlay that cannot be read whole may settle anything.
    if all(draft.settled for draft in overlays):
        findings += check_set([Member(by_name[pack.namespace].root, pack) for pack in packs], _exclusive)
    usable = {item.pack.namespace for item in loaded if item.pack is not None}
    return [pack for pack in packs if pack.namespace in usable], [item for item in findings if item is not UNTOLD]


def _exclusive(feature: str) -> bool:
    """Whether the vocabulary has the feature for one pack to answer; a feature of a pack's own is for all."""
    return bool(load_vocabulary().get(feature, {}).get("exclusive"))
