# SPDX-License-Identifier: Apache-2.0
"""What is known of subjects."""

from __future__ import annotations

from pydantic import BaseModel, Field

from hpa_discovery.service.forms.base import Digest, Form, Object, Severity


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


class ResourceUrl(BaseModel):
    """Where in A&AI a capability belongs: PUT the object at this path of its server."""

    url: str = Field(alias="resource-url")
    capability: CapabilityRow = Field(alias="hpa-capability")


class ResourceUrlsRow(Form):
    """A flavor with its capabilities. What is unknown of it must stay in A&AI as it is."""

    subject: Identity
    resource_urls: list[ResourceUrl]
    unknown: list[UnknownRow]
    diagnostics: list[DiagnosticRow]


class ResourceUrlsReply(Form):
    """One row for each flavor, in order, all by this generation."""

    generation: Digest
    flavors: list[ResourceUrlsRow]


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
