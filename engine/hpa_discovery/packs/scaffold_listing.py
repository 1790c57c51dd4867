# SPDX-License-Identifier: Apache-2.0
"""pack.yaml with one more driver under requires.drivers, everything else of it as its author wrote it."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

from hpa_discovery.errors import DataError
from hpa_discovery.language.yaml_reader import read_yaml
from hpa_discovery.packs.files import PACK_FILE

_FLOW = re.compile(r"^(requires:\s*\{.*)\}(\s*(?:#.*)?)$", re.MULTILINE)
_BLOCK = re.compile(r"^requires:[ \t]*(?:#.*)?\n(?:[ \t]*#.*\n)*([ \t]+)(?=\S)", re.MULTILINE)
_LISTED = re.compile(r"^(\s+drivers:\s*\[)([^\]]*)(\])", re.MULTILINE)
_ITEMS = re.compile(r"^\s+drivers:[ \t]*(?:#.*)?\n((?:[ \t]*)- )", re.MULTILINE)


def with_driver(text: str, driver_id: str) -> str:
    """The text of a pack.yaml that lists the driver, too. DataError where it is written in a way unknown here."""
    before = read_yaml(text.encode(), PACK_FILE).value
    wanted = deepcopy(before)
    requires = wanted.setdefault("requires", {})
    requires["drivers"] = [*requires.get("drivers", ()), driver_id]
    made = _written(text, before.get("requires"), driver_id)
    document = read_yaml(made.encode(), PACK_FILE)
    if document.findings or _in_order(document.value) != _in_order(wanted):
        hint = f"requires: {{drivers: [{', '.join(requires['drivers'])}]}}"
        raise DataError(f"new: {PACK_FILE} cannot be changed by a program; write {hint} there, and try again")
    return made


def _in_order(pack: dict[str, Any]) -> dict[str, Any]:
    """The pack with its drivers in an order that says nothing."""
    requires = pack.get("requires") or {}
    return {**pack, "requires": {**requires, "drivers": sorted(requires.get("drivers", ()))}}


def _written(text: str, requires: dict[str, Any] | None, driver_id: str) -> str:
    if requires is None:
        return f"{text.rstrip()}\nrequires:\n  drivers: [{driver_id}]\n"
    if "drivers" in requires:
        if _LISTED.search(text):
            return _LISTED.sub(lambda match: match[1] + ", ".join(filter(None, (match[2], driver_id))) + "]", text, 1)
        return _ITEMS.sub(lambda match: f"{match[0]}{driver_id}\n{match[1]}", text, 1)
    if _FLOW.search(text):
        return _FLOW.sub(lambda match: f"{match[1]}, drivers: [{driver_id}]}}{match[2]}", text, 1)
    return _BLOCK.sub(lambda match: f"{match[0]}drivers: [{driver_id}]\n{match[1]}", text, 1)
