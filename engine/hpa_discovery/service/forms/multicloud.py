# SPDX-License-Identifier: Apache-2.0
"""What callers of ONAP Multicloud are answered."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hpa_discovery.service.forms.base import Form

Status = Literal["registered", "discovering", "discovered", "stale", "unregistered"]


class RegistryReply(Form):
    """How it stands with a region that ONAP registered."""

    cloud_owner: str
    cloud_region_id: str
    status: Status = Field(description="stale: the last listing was not complete; unregistered: it is switched off.")
    flavors: int = Field(description="That the last listings gave.")
    error: str = Field(description="Why the last listing was not complete, or why A&AI does not have what it gave.")
