# SPDX-License-Identifier: Apache-2.0
"""Packs beside each other: one namespace, one rule id, and one owner of each exclusive feature of a source."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from hpa_discovery.language.pack import Pack, answered
from hpa_discovery.language.yaml_reader import Pointer, read_yaml
from hpa_discovery.model import Finding
from hpa_discovery.packs.draft import PackDocument
from hpa_discovery.packs.files import PACK_FILE, shown


class Member(NamedTuple):
    """A pack of a set, and the folder it was loaded from."""

    root: Path
    pack: Pack

    def finding(self, code: str, message: str, pointer: Pointer, hint: str) -> Finding:
        """A finding at a value of the pack's pack.yaml, which is read again for its place."""
        file = shown(self.root, PACK_FILE)
        try:
            text = (self.root / PACK_FILE).read_bytes()
        except OSError:  # gone since it was loaded: the finding does without line and column
            text = b""
        return PackDocument(PACK_FILE, file, read_yaml(text, file)).finding(code, message, pointer, hint=hint)


def check_namespaces(members: Sequence[Member]) -> Iterator[Finding]:
    """A namespace has one pack."""
    seen: dict[str, Member] = {}
    for member in members:
        first = seen.setdefault(member.pack.namespace, member)
        if first is not member:
            message = f"the namespace {member.pack.namespace} is also that of {shown(first.root, PACK_FILE)}"
            hint = "use one of the two packs, or give one another namespace"
            yield member.finding("pack.namespace", message, ("metadata", "namespace"), hint)


def check_set(members: Sequence[Member], exclusive: Callable[[str], bool]) -> Iterator[Finding]:
    """What is wrong with packs that are to be used together, once overlays have been applied.

    `exclusive` says of a feature that several packs answer whether only one may.
    """
    yield from _ids(members)
    yield from _owners(members, exclusive)


def _ids(members: Sequence[Member]) -> Iterator[Finding]:
    """A rule that moved to another pack: its old self must be gone."""
    present = {rule.id: member.pack for member in members for rule in member.pack.rules}
    for member in members:
        for rule in member.pack.rules:
            for old in rule.replaces:
                other = present.get(old)
                if other is not None and other is not member.pack:
                    message = f"{rule.id} replaces {old}, which {other.namespace} still has"
                    hint = f"disable {old} in an overlay for {other.namespace}"
                    yield member.finding("rule.duplicate_id", message, ("metadata", "namespace"), hint)


def _owners(members: Sequence[Member], exclusive: Callable[[str], bool]) -> Iterator[Finding]:
    owners: defaultdict[tuple[str, str], dict[str, Member]] = defaultdict(dict)
    for member in members:
        for source, feature in answered(member.pack):
            owners[source, feature][member.pack.namespace] = member
    for (source, feature), by_name in owners.items():
        if len(by_name) == 1 or not exclusive(feature):
            continue
        for first, second in pairwise(by_name.values()):
            yield _two_owners(source, feature, first, second)


def _two_owners(source: str, feature: str, first: Member, second: Member) -> Finding:
    one, other = first.pack.namespace, second.pack.namespace
    message = f"both {one} and {other} answer {feature} of {source}, which is for one pack to answer"
    settled = f"{{source: {source}, feature: {feature}, use: {one}, reason: WHY}}"
    hint = f"use one of them, or say in an overlay: onConflict: [{settled}]"
    features = second.pack.features
    pointer: Pointer = ("provides", "features", features.index(feature)) if feature in features else ("provides",)
    return second.finding("set.exclusive", message, pointer, hint)
