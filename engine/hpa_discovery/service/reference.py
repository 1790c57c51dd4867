# SPDX-License-Identifier: Apache-2.0
"""docs/api.md, made from the OpenAPI document: `python -m hpa_discovery.service.reference > docs/api.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from hpa_discovery.service.app import make_api
from hpa_discovery.service.limits import CONNECTIONS, DEFAULT, FORMS, MIB, Rate
from hpa_discovery.service.problems import KINDS

_HEAD = """<!-- SPDX-License-Identifier: Apache-2.0 -->
<!-- Made by python -m hpa_discovery.service.reference; change the routes instead. -->
# The HTTP API

`hpa serve` answers it. `GET /v1/openapi.json` is the same for programs, with all schemas.

```
curl -sK hpa.curl -H "Content-Type: application/json" \\
  -d '{"subject": {"id": "1", "name": "small", "vcpus": 2, "ram": 2048, "disk": 1, "extra_specs": {}}}' \\
  "$HPA_URL/v1/discover"
```

The file `hpa.curl` holds the token, as [service.md](service.md#start) makes it: on the command line, others on the
machine would see it.

Every request but those to `/healthz` and `/readyz` needs a bearer token. A token has a role: a viewer
asks and reads, an operator also changes which generation serves, lets regions be discovered and looks after
alarms, an admin also removes packs and registers regions. A token that is limited to regions sees no others,
and changes nothing that concerns all of them. What changes something, and what is refused for its role,
stands in the audit log (`hpa audit`). Where the service is started with `--legacy-basic`, the paths under
`/api/multicloud-...` also take the token as the password of Basic, with any user name.

A body is one JSON document in UTF-8, as `application/json` and without Content-Encoding. It is read
strictly: members and query parameters that a route does not have, a name twice in one object, NaN and
infinities are refused. In `subject` and `context` anything may stand. A subject that is too deep, too large
or holds what no rule can read is not refused: its outcome says so.

A request may have an `X-Request-ID` of up to 100 characters (letters, digits and `._:/+=@-`); the answer has
it, or one that was made. It stands in the access log, in problems and in the audit log.
"""

_PROBLEMS = """
## Problems

Whatever is not done is answered by `application/problem+json` (RFC 9457): `type`, `title`, `status`,
`detail`, `instance`, `request_id`, and for some `errors`, a list of `{"pointer" or "parameter", "message"}`
where the pointer is a JSON pointer into the body. Under `/api/multicloud-...` there is `error`, too, which
is the `detail`: ONAP's callers read it. What never became a request has no `instance`. Programs
decide by `type` and `status`; texts may change.

| status | type | what it says | what to do |
|---|---|---|---|
"""

_LIMITS = """
## Limits

| limit | |
|---|---|
"""


def reference() -> str:
    """The page."""
    document = make_api().openapi()
    return "".join([_HEAD, *_routes(document), *_schemas(document), _PROBLEMS, *_problems(), _LIMITS, *_limits()])


def _routes(document: dict[str, Any]) -> Iterator[str]:
    yield "\n## Routes\n"
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"\n### {method.upper()} {path}\n\n{operation['description']}\n"
            yield from _parameters(operation.get("parameters", []))
            asked = operation.get("requestBody", {}).get("content", {}).values()
            done = next(each for status, each in operation["responses"].items() if status.startswith("2"))
            answered = done.get("content", {}).items()
            told = [f"Body: {_link(each['schema'])}." for each in asked]
            told += [f"Answers {_answer(kind, each['schema'])}." for kind, each in answered]
            yield "\n" + " ".join(told) + "\n"


def _parameters(parameters: list[dict[str, Any]]) -> Iterator[str]:
    if parameters:
        yield "\n| parameter | in | type | |\n|---|---|---|---|\n"
    for each in parameters:
        schema = each["schema"]
        default = f" Default: {schema['default']}." if schema.get("default") is not None else ""
        text = each.get("description", "") + default
        yield f"| `{each['name']}` | {each['in']} | {_type(schema)} | {text.strip()} |\n"


def _schemas(document: dict[str, Any]) -> Iterator[str]:
    yield "\n## What is asked and answered\n"
    for name, schema in sorted(document["components"]["schemas"].items()):
        yield f"\n### {name}\n\n{schema['description']}\n\n| member | type | |\n|---|---|---|\n"
        for member, each in schema["properties"].items():
            yield f"| `{member}` | {_type(each)} | {each.get('description', '')} |\n"


def _answer(kind: str, schema: dict[str, Any]) -> str:
    return _link(schema) if kind == "application/json" else f"`{kind}`"


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return _link(schema)
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    return " ".join(filter(None, [schema.get("type", "any"), *_bounds(schema)]))


def _bounds(schema: dict[str, Any]) -> Iterator[str]:
    if "minimum" in schema:
        yield f"from {schema['minimum']}"
    if "maximum" in schema:
        yield f"to {schema['maximum']}"
    if "maxLength" in schema:
        yield f"of at most {schema['maxLength']} characters"
    if "format" in schema:
        yield f"({schema['format']})"


def _link(schema: dict[str, Any]) -> str:
    name = schema["$ref"].rpartition("/")[2] if "$ref" in schema else ""
    return f"[{name}](#{name.lower()})" if name else schema.get("type", "any")


def _problems() -> Iterator[str]:
    for kind in KINDS:
        yield f"| {kind.status} | `{kind.type}` | {kind.title} | {kind.remedy} |\n"


def _limits() -> Iterator[str]:
    for limits in (DEFAULT, FORMS, CONNECTIONS):
        for each in fields(limits):
            yield f"| {_amount(getattr(limits, each.name))} | {each.metadata['says']} |\n"


def _amount(value: int | float | Rate) -> str:
    if isinstance(value, Rate):
        return f"{value.per_second:g}, {value.burst} at once"
    if isinstance(value, int) and value % MIB == 0:
        return f"{value:,} ({value // MIB} MiB)"
    return f"{value:,g}"


if __name__ == "__main__":
    sys.stdout.write(reference())
