# SPDX-License-Identifier: Apache-2.0
"""Plans for a region's A&AI, and what an apply came to."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hpa_discovery.service.forms.base import Form
from hpa_discovery.service.limits import FORMS


class PlanRequest(Form):
    """How a plan is made, or done."""

    allow_deletes: int = Field(0, ge=0, le=10**9, description="So many capabilities may go, though it would be held.")
    adopt: bool = Field(False, description="What ONAP's own driver wrote becomes ours.")


class PlanCounts(Form):
    """How many actions of each kind; a flavor object counts as one."""

    create: int
    change: int
    delete: int
    keep: int


class PlanAction(Form):
    """What would be done to one capability, or to the flavor object where `capability` is empty, and why."""

    action: Literal["create", "change", "delete"]
    flavor: str
    flavor_name: str
    capability: str
    feature: str
    discriminator: str
    why: str


class PlanReply(Form):
    """A plan from a fresh read. `held` says why it would not be done, and is empty where it would."""

    counts: PlanCounts
    deletes: int
    held: str
    actions: list[PlanAction] = Field(description=f"What is not kept; the first {FORMS.actions:,}.")
    more: int = Field(description="Actions that are not told.")
    oof_skips: str = Field(
        description="Whether and why ONAP's OOF skips the region, whatever is published; empty where it takes it."
    )


class RefusedWrite(Form):
    """A write that A&AI refused."""

    flavor: str
    capability: str
    feature: str
    reason: str


class AppliedReply(Form):
    """What an apply came to. `complete`: A&AI now has what is known. The service tries again what it may."""

    complete: bool
    counts: PlanCounts | None
    done: int
    silent: int = Field(description="Writes that had no answer.")
    left: int = Field(description="Writes that were not tried.")
    held: str
    error: str
    refused: list[RefusedWrite]
