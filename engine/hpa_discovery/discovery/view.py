# SPDX-License-Identifier: Apache-2.0
"""One subject and its context, as the index and the rules look at them."""

from __future__ import annotations

from typing import Any

from hpa_discovery.discovery.context import SeenContext
from hpa_discovery.discovery.contract import Contract, Path, member


class View:
    """`names` is what every rule sees: the source's root and context. Objects are found by their path once."""

    __slots__ = ("_objects", "context_digest", "names", "subject")

    def __init__(self, contract: Contract, subject: Any, context: SeenContext) -> None:
        self.subject = subject
        self.context_digest = context.digest
        self.names = {contract.root: subject, "context": context.value}
        self._objects: dict[Path, dict[str, Any]] = {}

    def object_at(self, path: Path) -> dict[str, Any]:
        """The object at `path`, empty where there is none."""
        found = self._objects.get(path)
        if found is None:
            value = member(self.names, path)
            found = self._objects[path] = value if type(value) is dict else {}
        return found


def all_text(value: dict[str, Any]) -> bool:
    """Whether every value of the object is text, as in extra specs; by far the quickest way to ask."""
    try:
        "".join(value.values())
    except TypeError:
        return False
    return True
