# SPDX-License-Identifier: Apache-2.0
"""What bodies hold. questions.py is what checks them."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict
from pydantic.json_schema import SkipJsonSchema

from hpa_discovery.packs.contracts import load_contracts
from hpa_discovery.service import questions
from hpa_discovery.service.forms.base import Form, Object, Text
from hpa_discovery.service.limits import DEFAULT


def _without_default(schema: JsonDict) -> None:
    schema.pop("default", None)


Source = Annotated[str, Field(json_schema_extra={"enum": list(load_contracts())})]
_ABSENT = Field(json_schema_extra=_without_default)


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


class ResourceUrlsRequest(DiscoverRequest):
    """Exactly one of `subject` and `subjects`. `context` is for all of them; owner and region are needed."""

    version: str | None = Field(None, description="Of A&AI's schema: v14 to v30, the newest by default.")


class ExplainRequest(Form):
    """Exactly one of `subject` and `subjects`."""

    model_config = ConfigDict(json_schema_extra=_ONE)

    source: Source | None = Field(questions.DEFAULT_SOURCE, description="What the subjects are.")
    subject: _Subject = None
    subjects: Annotated[_Few | SkipJsonSchema[None], _ABSENT] = None
    context: Object | None = None
    rule: Text | None = Field(None, description="Only this rule or driver, such as onap.openstack/cpu-pinning.")


class ReasonRequest(Form):
    """Why, for whoever reads the history."""

    reason: Text = Field("", description="Why; it stands in the history and in the audit log.")
