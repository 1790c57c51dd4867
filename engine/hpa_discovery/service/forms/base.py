# SPDX-License-Identifier: Apache-2.0
"""What all forms share: objects without other members, problems, and how a route names its forms."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

from hpa_discovery.service.limits import FORMS
from hpa_discovery.service.problems import MEDIA_TYPE

REFERENCE = "#/components/schemas/"
OBJECT: JsonDict = {"additionalProperties": True}

Object = Annotated[dict[str, Any], Field(json_schema_extra=OBJECT)]
Text = Annotated[str, Field(max_length=FORMS.text)]
# PostgreSQL has no text with a NUL.
Name = Annotated[str, StringConstraints(max_length=FORMS.name, pattern=r"^[^\x00]*$")]
SHA256 = "[0-9a-f]{64}"
Digest = Annotated[str, Field(pattern=f"^{SHA256}$")]
Severity = Literal["error", "warning", "info"]


class Form(BaseModel):
    """A JSON object with these members and no others."""

    model_config = ConfigDict(extra="forbid")


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
    instance: str | None = None
    request_id: str
    errors: list[FaultRow] = []
    missing: list[str] = []
    error: str | None = Field(default=None, description="The detail again, on the paths of Multicloud alone.")


def reply(form: type[BaseModel] | None, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """What a route answers, for its `responses`: this form, if it is one, or a problem."""
    problem = {"schema": {"$ref": REFERENCE + ProblemReply.__name__}}
    answer: dict[int | str, dict[str, Any]] = {} if form is None else {status: {"model": form}}
    return {**answer, "default": {"description": "A problem", "content": {MEDIA_TYPE: problem}}}


def body_of(form: type[BaseModel], *, required: bool = True) -> dict[str, Any]:
    """The `openapi_extra` of a route that reads its body itself."""
    schema = {"$ref": REFERENCE + form.__name__}
    return {"requestBody": {"required": required, "content": {"application/json": {"schema": schema}}}}
