# SPDX-License-Identifier: Apache-2.0
"""What ONAP Multicloud hands to its plugin, as a subject and a context.

Multicloud makes viminfo of the cloud region and the first esr-system-info in A&AI,
password included. Only the members that the input contract names go on: rules,
drivers and messages never see the others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hpa_discovery.errors import DataError

# Multicloud joins owner and region so, and takes them apart by the first underscore.
_VIM_ID = re.compile(r"([0-9a-zA-Z-]+)_([0-9a-zA-Z_-]+)")
# What stands in place of extra specs that could not be read. An empty object means that there are none.
_UNREAD = (None, "", "none", "None", "null")


@dataclass(frozen=True, slots=True)
class OnapData:
    """`subject` is the flavor with its extra specs, if they are known; `owner` and `region` are "" where unsaid."""

    subject: dict[str, Any]
    context: dict[str, Any]
    owner: str
    region: str

    @property
    def complete(self) -> bool:
        """Whether the extra specs could be read."""
        return "extra_specs" in self.subject


def read_data(data: Any, vim_members: Mapping[str, Any], known: Mapping[str, Any]) -> OnapData:
    """The parts of `data`: {"flavor", "extra_specs", "viminfo", "vimtype"}. DataError for what is no such thing.

    `vim_members` are those that rules may read; `known` is the context of the deployment.
    """
    if not isinstance(data, dict):
        raise DataError(f"the data is {_kind(data)}; an object with flavor, extra_specs, viminfo, vimtype is needed")
    vim = _object(data, "viminfo", needed=False)
    owner, region = place_of(vim)
    readable = {name: vim[name] for name in vim_members if vim.get(name) is not None}
    said = known.get("vim")
    context = {**known, "vim": {**said, **readable} if isinstance(said, dict) else readable}
    vimtype = data.get("vimtype")
    if isinstance(vimtype, str):
        context["vimtype"] = vimtype
    elif vimtype is not None:
        raise DataError(f"vimtype is {_kind(vimtype)}; a text is needed")
    return OnapData(_subject(data), context, owner, region)


def _subject(data: dict[str, Any]) -> dict[str, Any]:
    flavor = _object(data, "flavor", needed=True)
    specs = data.get("extra_specs")
    if isinstance(specs, dict):
        return {**flavor, "extra_specs": specs}
    if not (specs is None or isinstance(specs, str)) or specs not in _UNREAD:
        raise DataError(f"extra_specs is {_kind(specs)}; an object is needed, or None where it could not be read")
    # Since microversion 2.61 Nova's flavors have theirs inside.
    if isinstance(flavor.get("extra_specs"), dict):
        return flavor
    return {name: value for name, value in flavor.items() if name != "extra_specs"}


def _object(data: dict[str, Any], name: str, *, needed: bool) -> dict[str, Any]:
    value = data.get(name)
    if isinstance(value, dict):
        return value
    if value is None and not needed:
        return {}
    raise DataError(f"{name} is {_kind(value)}; an object is needed")


def place_of(vim: Mapping[str, Any]) -> tuple[str, str]:
    """The cloud-owner and cloud-region-id that viminfo says; "" for what it does not."""
    said = _text(vim.get("cloud_owner")), _text(vim.get("cloud_region_id"))
    if all(said):
        return said
    joined = _VIM_ID.fullmatch(_text(vim.get("vimId")))
    return (joined[1], joined[2]) if joined else said


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _kind(value: Any) -> str:
    return "missing or None" if value is None else f"a {type(value).__name__}"
