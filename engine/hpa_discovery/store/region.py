# SPDX-License-Identifier: Apache-2.0
"""One region: where its cloud is, how often that is looked at, and what A&AI is to be told of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

Mode = Literal["plan", "apply"]
OnFailure = Literal["keep", "withdraw"]
Replace = Literal["transaction", "sequential"]


@dataclass(frozen=True, slots=True)
class AaiSettings:
    """How a region's A&AI is reached and kept; without a `url` it has none.

    `version` is that of the schema, v14 to v30; `ca` is PEM text, "" for the CAs of the machine. `replace` says
    whether a changed capability is deleted and put in one call. `adopt` takes over what ONAP's own driver wrote.
    """

    url: str = ""
    user: str = ""
    ca: str = field(default="", repr=False)
    version: str = "v28"
    mode: Mode = "plan"
    on_failure: OnFailure = "keep"
    replace: Replace = "transaction"
    adopt: bool = False


@dataclass(frozen=True, slots=True)
class Region:
    """One cloud under (cloud-owner, cloud-region-id); the last four members are the store's, and times are UTC.

    `coordinates` say where the cloud is, in the words of its source; whatever names another system in them is a
    URL. `context` is what rules see beside a subject. `interval` is whole seconds.
    """

    owner: str
    region_id: str
    source: str
    coordinates: Mapping[str, Any] = field(default_factory=dict)
    name_prefix: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)
    aai: AaiSettings = AaiSettings()
    interval: timedelta = timedelta(hours=1)
    enabled: bool = True
    id: int = 0
    revision: int = 0
    created_at: datetime | None = None
    changed_at: datetime | None = None

    @property
    def name(self) -> str:
        """The form "<cloud-owner>/<cloud-region-id>", which tokens and messages use."""
        return f"{self.owner}/{self.region_id}"
