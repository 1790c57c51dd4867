# SPDX-License-Identifier: Apache-2.0
"""Regions: what bodies say of them, and what is known of them. region_settings.py is what checks the bodies."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from hpa_discovery.service.forms.base import Form, Object, Text
from hpa_discovery.service.forms.outcomes import CapabilityRow, DiagnosticRow, Identity, UnknownRow
from hpa_discovery.service.questions import DEFAULT_SOURCE
from hpa_discovery.service.region_settings import SOURCES
from hpa_discovery.store.changes import Kind
from hpa_discovery.store.operations import State
from hpa_discovery.store.region import Mode, OnFailure, Replace
from hpa_discovery.store.region_limits import LONGEST, SHORTEST
from hpa_discovery.store.subjects import Presence
from hpa_discovery.store.texts import MOST_NAME

Short = Annotated[str, Field(max_length=MOST_NAME)]
PathPart = Annotated[str, Field(min_length=1, max_length=MOST_NAME, pattern="^[^/]+$")]
Version = Annotated[str, Field(pattern="^v(1[4-9]|2[0-9]|30)$")]
Seconds = Annotated[int, Field(ge=int(SHORTEST.total_seconds()), le=int(LONGEST.total_seconds()))]
_COORDINATES = "Where the cloud is. openstack.flavor: auth_url, region_name, interface, ca (PEM text)."
_CREDENTIAL = (
    "openstack.flavor: password, token or application_credential_secret, with the members that Keystone wants beside "
    "it. Values only. Sealed, and never told."
)


class AaiSaid(Form):
    """How a region's A&AI is reached and kept. What is absent or null stays, or has its default."""

    url: Text | None = Field(None, description="Of the server, with or without its /aai.")
    user: Short | None = Field(None, description="The user of Basic authentication.")
    password: str | None = Field(None, description="Sealed, and never told. Null forgets it.")
    ca: str | None = Field(None, description="PEM text of the CAs to trust; else those of the machine.")
    version: Version | None = Field(None, description="Of its schema: v14 to v30, v28 by default.")
    mode: Mode | None = Field(None, description="plan only says what it would do; apply does it.")
    on_failure: OnFailure | None = Field(None, description="What becomes of what is unknown.")
    replace: Replace | None = Field(None, description="Whether a capability changes in one transaction.")
    adopt: bool | None = Field(None, description="Take over what ONAP's own driver wrote.")


class _Settings(Form):
    name_prefix: Short | None = Field(None, description="Only subjects whose name begins so.")
    context: Object | None = Field(None, description="What is known beside the subjects: vim info, PCI aliases.")
    interval_seconds: Seconds | None = Field(None, description="From one discovery to the next; a new one has 3600.")
    enabled: bool | None = None
    aai: AaiSaid | None = None


class RegionRequest(_Settings):
    """A new region."""

    owner: PathPart = Field(description="The cloud-owner in A&AI.")
    region: PathPart = Field(description="The cloud-region-id in A&AI.")
    source: Annotated[str, Field(json_schema_extra={"enum": list(SOURCES)})] | None = Field(
        DEFAULT_SOURCE, description="What its subjects are."
    )
    coordinates: Object = Field(description=_COORDINATES)
    credential: Object = Field(description=_CREDENTIAL)


class RegionChangeRequest(_Settings):
    """What is to be different. What is absent stays; a new host or port needs its credential again."""

    revision: int = Field(description="Of the region as it was read; 409 when it has another by now.")
    coordinates: Object | None = Field(None, description=_COORDINATES)
    credential: Object | None = Field(None, description=f"{_CREDENTIAL} Null forgets it.")


class ImportAai(Form):
    """The A&AI that is asked, and that the regions are published to."""

    url: Text = Field(description="Of the server, with or without its /aai.")
    user: Short | None = Field(None, description="The user of Basic authentication.")
    password: str | None = Field(None, description="Sealed with each region, and never told.")
    ca: str | None = Field(None, description="PEM text of the CAs to trust; else those of the machine.")
    version: Version | None = Field(None, description="Of its schema: v14 to v30, v28 by default.")


class ImportRequest(Form):
    """Which regions of an A&AI are to be registered."""

    aai: ImportAai
    regions: list[Text] | None = Field(None, description="Only these, as OWNER/REGION; else all.")
    dry_run: bool = Field(False, description="Only say what would become of each.")


class ImportedRow(Form):
    """What became of a region of A&AI: `new` is what a dry run would add, `why` says why one is left out."""

    region: str = Field(description="OWNER/REGION.")
    outcome: Literal["added", "new", "there", "left out"]
    why: str


class ImportReply(Form):
    """All regions of A&AI, or those that were asked for, by name."""

    regions: list[ImportedRow]


class ListingRow(Form):
    """The last listing of a region; `stale_since` is when the first of those failed that came after a complete one."""

    number: int
    complete: bool
    finished_at: datetime
    completed_at: datetime | None
    generation: str | None
    error: str
    stale_since: datetime | None


class RegionRow(Form):
    """A region, and how its last listing went."""

    owner: str = Field(description="The cloud-owner.")
    region: str = Field(description="The cloud-region-id.")
    source: str
    enabled: bool
    interval_seconds: int
    mode: Mode
    revision: int
    changed_at: datetime
    subjects: int
    listing: ListingRow | None


class RegionsReply(Form):
    """Regions by name. `next` is the `after` of the next page, null on the last one."""

    regions: list[RegionRow]
    next: str | None


class AaiRow(Form):
    """How a region's A&AI is reached and kept; the password is never told."""

    url: str
    user: str
    ca: str
    version: str
    mode: Mode
    on_failure: OnFailure
    replace: Replace
    adopt: bool


class CredentialsRow(Form):
    """For which targets a credential is kept."""

    cloud: bool
    aai: bool


class StepRow(Form):
    """What is to be done for a region; `due_at` is null while nothing asks for it."""

    kind: Literal["discover", "publish"]
    due_at: datetime | None
    lease_until: datetime | None
    attempts: int
    last_error: str
    last_ok_at: datetime | None


class RegionReply(RegionRow):
    """All of a region. `in_aai` counts the capabilities in A&AI that are ours."""

    created_at: datetime
    coordinates: Object
    name_prefix: str
    context: Object
    aai: AaiRow
    credentials: CredentialsRow
    in_aai: int
    published: Object | None = Field(
        description="What the last turn at A&AI came to: mode, counts, deletes, held, and refused writes."
    )
    steps: list[StepRow]


class RegionRemovedReply(Form):
    """The region that is gone."""

    removed: str = Field(description="OWNER/REGION.")


class SubjectRow(Form):
    """A subject as the last listings gave it. `generation` is the first that gave this outcome."""

    id: str
    name: str
    presence: Presence
    generation: str | None
    changed_at: datetime
    capabilities: int
    unknown: list[UnknownRow]
    diagnostics: list[DiagnosticRow]


class SubjectDetail(SubjectRow):
    """A subject with what the cloud said of it."""

    body: Object


class SubjectsReply(Form):
    """Subjects by id. `next` is the `after` of the next page, null on the last one."""

    subjects: list[SubjectRow | SubjectDetail]
    next: str | None


class FoundCapability(Form):
    """A capability and the subject that has it."""

    subject: Identity
    presence: Presence
    capability: CapabilityRow


class CapabilitiesReply(Form):
    """Capabilities by subject. `next` is the `after` of the next page, null on the last one."""

    capabilities: list[FoundCapability]
    next: str | None


class ChangeRow(Form):
    """What happened to a subject; `detail` says what of it changed."""

    id: int
    at: datetime
    generation: str | None
    subject: Identity
    kind: Kind
    detail: dict[str, Any]


class HistoryReply(Form):
    """Changes, newest first. `next` is the `before` of the next page, null on the last one."""

    changes: list[ChangeRow]
    next: int | None


class OperationReply(Form):
    """Work that somebody asked for; `result` is in the words of its kind."""

    id: int
    kind: Literal["discover", "publish"]
    region: str | None = Field(description="OWNER/REGION.")
    state: State
    progress: Object | None = Field(description="Of a discovery that runs: {subjects}, those listed so far.")
    result: Object | None
    error: str | None
    made_by: str
    request_id: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class OperationsReply(Form):
    """Operations, newest first. `next` is the `before` of the next page, null on the last one."""

    operations: list[OperationReply]
    next: int | None
