# SPDX-License-Identifier: Apache-2.0
"""The paths of ONAP Multicloud, and what holds for them alone: callers that cannot be changed use them.

Multicloud's own plugins take each path with a slash at its end, too, and answer `{"error": TEXT}` where
something is not done.
"""

from __future__ import annotations

from hpa_discovery.service.passage import Scope

PREFIX = "/api/multicloud-"
Pair = tuple[str, str]


def is_onap(scope: Scope) -> bool:
    """Whether the request is for one of these paths: no other route begins so."""
    path: str = scope["path"]
    return path.startswith(PREFIX)


def forgive_slash(scope: Scope) -> None:
    """Let the path of a request end without the slash that it may end with."""
    if is_onap(scope) and scope["path"].endswith("/"):
        scope["path"] = scope["path"][:-1]


def meanings(vimid: str) -> tuple[Pair, ...]:
    """Each (cloud-owner, cloud-region-id) that CLOUD-OWNER_CLOUD-REGION-ID may mean.

    ONAP's own reading comes first, by which an owner has no underscore.
    """
    parts = vimid.split("_")
    pairs = (("_".join(parts[:end]), "_".join(parts[end:])) for end in range(1, len(parts)))
    return tuple(pairs) or ((vimid, ""),)
