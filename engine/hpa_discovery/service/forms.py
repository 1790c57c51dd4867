# SPDX-License-Identifier: Apache-2.0
"""The shapes of what is asked and answered, for the OpenAPI document. questions.py is what checks a body."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from pydantic.json_schema import SkipJsonSchema

from hpa_discovery.packs.contracts import load_contracts
from hpa_discovery.service import questions
from hpa_discovery.service.limits import DEFAULT
from hpa_discovery.service.problems import MEDIA_TYPE


def _without_default(schema: JsonDict) -> None:
    schema.pop("default", None)


Object = Annotated[dict[str, Any], Field(json_schema_extra={"additionalProperties": True})]
Text = Annotated[str, Field(max_length=questions.MOST_TEXT)]
Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Source = Annotated[str, Field(json_schema_extra={"enum": list(load_contracts())})]
_ABSENT = Field(json_schema_extra=_without_default)
Severity = Literal["error", "warning", "info"]


class Form(BaseModel):
    """A JSON object with these members and no others."""

    model_config = ConfigDict(extra="forbid")


_ONE: JsonDict = {"oneOf": [{"required": ["subject"]}, {"required": ["subjects"]}]}
_Subject = Annotated[Object | SkipJsonSchema[None], _ABSENT]
_Many = Annotated[list[Object], Field(max_length=DEFAULT.subjects)]
_Few = Annotated[list[Object], Field(max_length=DEFAULT.explained)]


class DiscoverRequest(Form):
    """Exactly one of `subject` and `subjects`. `context` is for all of them."""

    model_config = ConfigDict(json_schema_extra=_ONE)

    source: Source | None = Field(questions.DEFAULT_SOURCE, description="What the subjects are.")
    subject: _Subject = Field(None, description="One subject, as the source's cloud tells it.")
    subjects: Annotated[_Many | SkipJsonSchema[None], _ABSENT] = None
    context: Object | None = Field(None, description="What is known beside the subjects: vim info, PCI aliases.")
    owner: Text | None = Field(None, description="The cloud-owner in A&AI; else the context's vim.cloud_owner.")
    region: Text | None = Field(None, description="The cloud-region-id; else the context's vim.cloud_region_id.")


class ExplainRequest(Form):
    """Exactly one of `subject` and `subjects`."""

    model_config = ConfigDict(json_schema_extra=_ONE)

    source: Source | None = Field(questions.DEFAULT_SOURCE, description="What the subjects are.")
    subject: _Subject = None
    subjects: Annotated[_Few | SkipJsonSchema[None], _ABSENT] = None
    context: Object | None = None
    rule: Text | None = Field(None, description="Only this rule or driver, such as onap.openstack/cpu-pinning.")


class Identity(Form):
    """Which subject a row is about; null for what it does not say."""

    id: str | None
    name: str | None


class AttributeRow(BaseModel):
    """An hpa-feature-attribute; the value is JSON text such as {"value":"2","unit":"MB"}."""

    key: str = Field(alias="hpa-attribute-key")
    value: str = Field(alias="hpa-attribute-value")


class CapabilityRow(BaseModel):
    """An hpa-capability as A&AI has it."""

    id: str = Field(alias="hpa-capability-id", description="The same for the same thing, on every run.")
    feature: str = Field(alias="hpa-feature")
    architecture: str
    version: str = Field(alias="hpa-version")
    attributes: list[AttributeRow] = Field(alias="hpa-feature-attributes")


class UnknownRow(Form):
    """What could not be judged; discriminator * is every instance of the feature."""

    feature: str
    discriminator: str
    rule: str
    code: str
    reason: str


class DiagnosticRow(Form):
    """What could not be answered, and whose fault it is; rule "" is nobody's."""

    code: str
    rule: str
    level: Severity
    message: str


class OutcomeRow(Form):
    """All that is known of one subject, as `hpa discover -o jsonl` writes it."""

    subject: Identity
    capabilities: list[CapabilityRow]
    unknown: list[UnknownRow]
    diagnostics: list[DiagnosticRow]


class DiscoverReply(Form):
    """One outcome for each subject, in order, all by this generation."""

    generation: Digest
    outcomes: list[OutcomeRow]


class ExplanationRow(BaseModel):
    """Why each rule and driver answered as it did."""

    subject: Identity
    source: str
    rules: list[Object]
    drivers: list[Object]
    unknown: list[UnknownRow]
    diagnostics: list[DiagnosticRow]


class ExplainReply(Form):
    """One explanation for each subject, in order, all by this generation."""

    generation: Digest
    explanations: list[ExplanationRow]


class FindingRow(Form):
    """What is wrong in a pack; line and column count from 1, and 0 is the whole file."""

    code: str
    severity: Severity
    message: str
    file: str
    line: int
    column: int
    hint: str
    rule: str


class ServingRow(Form):
    """Which version of a pack serves."""

    version: str
    digest: str


class PackRow(Form):
    """How a pack or overlay stands. `offered` is the digest of what lies at its origin."""

    kind: Literal["pack", "overlay"]
    name: str
    origin: str
    state: Literal["serving", "held", "waiting", "missing"]
    serving: ServingRow | None
    offered: str | None
    findings: list[FindingRow]
    since: datetime


class PacksReply(Form):
    """All packs and overlays; `problems` says which roots cannot be looked at, and why."""

    generation: Digest
    pinned: bool
    packs: list[PackRow]
    problems: dict[str, str]


class RuleRow(Form):
    """A rule that serves."""

    id: str
    title: str
    maturity: str
    source: str
    feature: str


class DriverSummary(Form):
    """A driver in a pack that serves."""

    id: str
    title: str
    source: str
    features: list[str]
    digest: str


class PackDetail(Form):
    """A pack as it serves, with the overlays applied."""

    namespace: str
    version: str
    level: Literal["generic", "vendor", "site"]
    activation: str
    features: list[str]
    params: dict[str, Any]
    tables: list[str]
    rules: list[RuleRow]
    drivers: list[DriverSummary]


class PackReply(Form):
    """All that is known of a name; `serving` is null for an overlay, and for a pack that does not serve."""

    name: str
    status: list[PackRow]
    serving: PackDetail | None


class RemovedReply(Form):
    """What serves without the pack that was removed."""

    removed: str
    generation: Digest


class PackFinding(Form):
    """A finding and whose it is; kind "root" is a folder or wheel in which no pack could be told apart."""

    kind: Literal["pack", "overlay", "root"]
    name: str
    origin: str
    finding: FindingRow


class FindingsReply(Form):
    """The findings that were asked for; `total` counts those that are not in this answer, too."""

    total: int
    findings: list[PackFinding]


class ActivationRow(Form):
    """One change of what serves."""

    sequence: int
    generation: str | None
    action: Literal["activate", "pin", "unpin"]
    made_by: str
    reason: str
    at: datetime


class GenerationsReply(Form):
    """What served, newest first. `next` is the `before` of the next page, null on the last one."""

    serving: Digest
    sequence: int
    pinned: bool
    activations: list[ActivationRow]
    next: int | None


class PartRow(Form):
    """A pack, overlay or driver of a generation."""

    kind: Literal["pack", "overlay", "driver"]
    name: str
    version: str
    digest: str
    origin: str


class GenerationReply(Form):
    """What a generation is made of."""

    digest: Digest
    engine: str
    created_at: datetime
    serving: bool
    parts: list[PartRow]


class ActivateRequest(Form):
    """Why, for whoever reads the history."""

    reason: Text = Field("", description="Why; it stands in the history and in the audit log.")


class ActiveReply(Form):
    """What serves now on this host."""

    generation: Digest
    sequence: int
    pinned: bool


class DriverRow(Form):
    """A driver of a pack that serves, and how it is doing. state "absent": nothing was asked of it yet."""

    id: str
    title: str
    pack: str
    source: str
    features: list[str]
    digest: str
    allowed: bool
    state: Literal["ready", "idle", "waiting", "suspended", "absent"]
    faults: int
    last_fault: str
    name: str
    version: str


class FencesRow(Form):
    """The fences around drivers on this host; `missing` says why one does not stand."""

    namespaces: bool
    landlock: bool
    user: bool
    missing: dict[str, str]


class DriversReply(Form):
    """All drivers of the generation that serves."""

    drivers: list[DriverRow]
    fences: FencesRow


class SourceRow(Form):
    """What can be asked about: where in a document of rules the subject stands, and who answers for it."""

    source: str
    root: str
    features: list[str]
    rules: int
    drivers: int


class SourcesReply(Form):
    """All sources."""

    sources: list[SourceRow]


class Health(Form):
    """The process is alive."""

    status: Literal["ok"]


class Ready(Form):
    """Requests can be sent here."""

    status: Literal["ready"]
    generation: Digest


class FaultRow(Form):
    """Where a fault is, and what is wrong: a JSON pointer into the body, or a parameter."""

    pointer: str | None = None
    parameter: str | None = None
    message: str


class ProblemReply(Form):
    """A problem, RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    request_id: str
    errors: list[FaultRow] = []
    missing: list[str] = []


REFERENCE = "#/components/schemas/"


def reply(form: type[BaseModel] | None) -> dict[int | str, dict[str, Any]]:
    """What a route answers, for its `responses`: this form, if it is one, or a problem."""
    problem = {"schema": {"$ref": REFERENCE + ProblemReply.__name__}}
    answer: dict[int | str, dict[str, Any]] = {} if form is None else {200: {"model": form}}
    return {**answer, "default": {"description": "A problem", "content": {MEDIA_TYPE: problem}}}


def body_of(form: type[BaseModel], *, required: bool = True) -> dict[str, Any]:
    """The `openapi_extra` of a route that reads its body itself."""
    schema = {"$ref": REFERENCE + form.__name__}
    return {"requestBody": {"required": required, "content": {"application/json": {"schema": schema}}}}


BODIES = (DiscoverRequest, ExplainRequest, ActivateRequest, ProblemReply)
