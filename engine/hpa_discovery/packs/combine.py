# SPDX-License-Identifier: Apache-2.0
"""From loaded packs and overlays to the packs that are used together."""

from __future__ import annotations

from collections.abc import Sequence

from hpa_discovery.language.pack import Pack
from hpa_discovery.model import Finding
from hpa_discovery.packs.checks.sets import Member, check_namespaces, check_set
from hpa_discovery.packs.contracts import load_vocabulary
from hpa_discovery.packs.load import LoadedPack
from hpa_discovery.packs.overlays import OverlayDraft, apply


def combine(loaded: Sequence[LoadedPack], overlays: Sequence[OverlayDraft] = ()) -> tuple[list[Pack], list[Finding]]:
    """The packs as the overlays change them, and why they cannot be used together.

    Refused packs take no part; their own findings are not repeated.
    """
    members = [Member(item.root, item.pack) for item in loaded if item.pack is not None]
    findings = list(check_namespaces(members))
    by_name: dict[str, Member] = {}
    for member in members:
        by_name.setdefault(member.pack.namespace, member)
    packs, faults = apply([member.pack for member in by_name.values()], overlays)
    findings += faults
    findings += check_set([Member(by_name[pack.namespace].root, pack) for pack in packs], load_vocabulary())
    return packs, findings
