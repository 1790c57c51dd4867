# SPDX-License-Identifier: Apache-2.0
"""Rule ids that were there in an earlier copy of a pack and are gone: `hpa lint --base`.

Overlays, tests and histories of sites name rules by id, so an id is for life:
a renamed rule says what it `replaces`, and a removed one was deprecated first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from hpa_discovery.language.yaml_reader import read_yaml
from hpa_discovery.model import Finding
from hpa_discovery.packs.checks.sets import Member
from hpa_discovery.packs.files import PACK_FILE, TEST_SUFFIX, read_files
from hpa_discovery.packs.lint_targets import packs_at
from hpa_discovery.packs.versions import allows


class _Earlier(NamedTuple):
    """What an earlier copy of a pack says of itself: its rule ids, with the version a deprecated one was to go in."""

    version: str
    rules: dict[str, str]


def gone(members: Sequence[Member], base: Path) -> Iterator[Finding]:
    """Ids of the packs below `base` that the packs of the same namespace no longer know.

    UsageError or DataError when nothing can be read there.
    """
    earlier = dict(filter(None, map(_read, packs_at(base))))
    for member in members:
        pack, before = member.pack, earlier.get(member.pack.namespace)
        if before is None:
            continue
        known = {name for rule in pack.rules for name in (rule.id, *rule.replaces)}
        for rule, removal in before.rules.items():
            if rule in known or (removal and _is_due(removal, pack.version)):
                continue
            message = f"{rule} of version {before.version} is gone, and no rule replaces it"
            hint = f"add replaces: [{rule}] to the rule that took its place, or keep it as deprecated first"
            yield member.finding("rule.renamed", message, ("metadata", "version"), hint)


def _is_due(removal: str, version: str) -> bool:
    """Whether what was to go in version `removal` may be gone in `version`; in an unknown one ("") it may."""
    return not version or allows(f">={removal.partition('-')[0].partition('+')[0]}", version)


def _read(root: Path) -> tuple[str, _Earlier] | None:
    """An earlier copy, as far as it can be read: it need not be clean."""
    values = {
        name: read_yaml(text, name).value
        for name, text in read_files(root, tests=False).texts.items()
        if not name.endswith(TEST_SUFFIX)
    }
    metadata = _part(values.pop(PACK_FILE, None), "metadata")
    namespace = metadata.get("namespace")
    if not isinstance(namespace, str):
        return None
    rules = [_part(value, "metadata") for value in values.values() if _kind(value) == "Rule"]
    found = {
        rule["id"]: str(_part(rule, "deprecated").get("removal", ""))
        for rule in rules
        if isinstance(rule.get("id"), str)
    }
    return namespace, _Earlier(str(metadata.get("version")), found)


def _part(value: Any, name: str) -> dict[str, Any]:
    part = value.get(name) if isinstance(value, dict) else None
    return part if isinstance(part, dict) else {}


def _kind(value: Any) -> Any:
    return value.get("kind") if isinstance(value, dict) else None
