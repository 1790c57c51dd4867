# SPDX-License-Identifier: Apache-2.0
"""Version ranges such as ">=1.0,<2", as pack.yaml and overlays write them."""

from __future__ import annotations

import re
from functools import cache

_PART = re.compile(r"\s*(==|!=|>=|<=|~=|>|<)\s*([0-9]+(?:\.[0-9]+)*)\s*")
_RELEASE = re.compile(r"[0-9]+(?:\.[0-9]+)*")


def allows(wanted: str, version: str) -> bool:
    """Whether `version` is in the range `wanted`, which the schemas have accepted.

    Only the release counts: 1.2.0-rc.1 and 1.2.0+site are 1.2.0 here, because a
    site that tries a release candidate wants what is meant for the release.
    """
    release = _numbers(version)
    return all(_holds(release, *match.groups()) for match in _PART.finditer(wanted))


def raised(before: str, after: str) -> bool:
    """Whether the range `after` begins above the range `before`; "" begins at the first version."""
    return _lowest(after) > _lowest(before)


def _lowest(wanted: str) -> tuple[int, ...]:
    bounds = [_numbers(text) for sign, text in _PART.findall(wanted) if sign in {"==", ">=", "~=", ">"}]
    return max(bounds, default=_numbers(""))


def _holds(release: tuple[int, ...], sign: str, text: str) -> bool:
    bound = _numbers(text)
    if sign == "~=":
        written = text.count(".") + 1
        return release >= bound and release[: max(written - 1, 1)] == bound[: max(written - 1, 1)]
    return {
        "==": release == bound,
        "!=": release != bound,
        ">=": release >= bound,
        "<=": release <= bound,
        ">": release > bound,
        "<": release < bound,
    }[sign]


def _numbers(text: str) -> tuple[int, ...]:
    found = _RELEASE.match(text)
    parts = [int(part) for part in found[0].split(".")] if found else []
    return tuple(parts + [0] * (6 - len(parts)))


@cache
def engine_version() -> str | None:
    """The installed version of hpa-discovery; None in a checkout that is only on the path."""
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - slow, and rarely needed

    try:
        return version("hpa-discovery")
    except PackageNotFoundError:
        return None
