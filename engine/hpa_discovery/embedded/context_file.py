# SPDX-License-Identifier: Apache-2.0
"""A file with what is known beside the subjects, as JSON or YAML."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hpa_discovery.errors import DataError, PackError
from hpa_discovery.language.budgets import DEFAULT
from hpa_discovery.language.yaml_reader import read_yaml

Context = dict[str, Any]


def read_context_file(path: Path) -> Context:
    """The object in the file. DataError when it cannot be read, or is no object; PackError with findings of YAML."""
    doing = f"reading the context in {path}"
    try:
        with path.open("rb") as stream:
            text = stream.read(DEFAULT.subject_bytes + 1)
    except OSError as error:
        raise DataError(f"{doing}: {error.strerror}") from None
    if len(text) > DEFAULT.subject_bytes:
        raise DataError(f"{doing}: it is larger than {DEFAULT.subject_bytes} bytes")
    value = _json(text, doing) if text.lstrip()[:1] == b"{" else _yaml(text, path, doing)
    if not isinstance(value, dict):
        raise DataError(f'{doing}: an object is needed, such as {{"vim": {{"cloud_owner": "..."}}}}')
    return value


def _json(text: bytes, doing: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{doing}: it is not JSON: {error}") from None


def _yaml(text: bytes, path: Path, doing: str) -> Any:
    document = read_yaml(text, str(path))
    if any(finding.severity == "error" for finding in document.findings):
        raise PackError(f"{doing}: it has errors", document.findings)
    return document.value
