# SPDX-License-Identifier: Apache-2.0
"""The one place for limits, and the meter that counts a subject's steps.

A step is deterministic, never wall time: each node visited, item produced and
16 characters produced costs 1. What is charged is charged before the work is
done, so an answer that would not fit is never built.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hpa_discovery.errors import BudgetError

CHARACTERS_PER_STEP = 16


@dataclass(frozen=True, slots=True)
class Limits:
    """Every budget of the rule language; sizes in bytes, lengths in characters."""

    steps: int = 200_000  # a subject
    expression_chars: int = 512
    expression_depth: int = 32
    expression_growth: int = 64  # how often one value may be repeated by multi-selects
    template_chars: int = 1024
    template_depth: int = 16
    pattern_chars: int = 256
    lets: int = 64  # a rule
    each_max: int = 256  # held by schemas/rule.json, with which a test compares it
    attributes: int = 256  # a capability
    word_chars: int = 100  # a feature, version or architecture
    capabilities: int = 256  # a subject
    diagnostics: int = 256  # a driver's answer
    capability_bytes: int = 8 * 1024
    capability_large_bytes: int = 1500  # the figure of ONAP's specification: a warning
    subject_bytes: int = 1024 * 1024
    subject_depth: int = 64
    file_bytes: int = 1024 * 1024  # one YAML file
    yaml_depth: int = 32
    yaml_nodes: int = 50_000
    pack_bytes: int = 16 * 1024 * 1024
    pack_files: int = 2000
    pack_depth: int = 4  # folders
    wheel_bytes: int = 128 * 1024 * 1024  # a published pack with its drivers, unpacked
    wheel_files: int = 6000
    wheel_name_chars: int = 240  # the path of one file inside its pack
    config_map_bytes: int = 1024 * 1024  # what Kubernetes takes
    archive_bytes: int = 96 * 1024 * 1024  # of a pack with all files of its drivers


DEFAULT = Limits()


class Meter:
    """What one evaluation may still spend, and the names `$name` refers to.

    `left` is the number of steps left. `names` is what an expression sees
    outside brackets: the source's root, context, tables, params, the item of
    `each` and the lets so far.
    """

    __slots__ = ("left", "names")

    def __init__(self, names: Any, left: int) -> None:
        self.names = names
        self.left = left

    def spend(self, steps: int) -> None:
        """Charge `steps`; BudgetError `limit.steps` when there are not that many left."""
        self.left -= steps
        if self.left < 0:
            raise BudgetError(
                "limit.steps", "the rule takes more evaluation steps than the subject's budget has left for it"
            )

    def spend_text(self, characters: int) -> None:
        """Charge for a text of so many characters that is about to be made."""
        self.spend(characters // CHARACTERS_PER_STEP)
