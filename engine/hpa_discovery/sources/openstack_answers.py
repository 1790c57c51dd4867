# SPDX-License-Identifier: Apache-2.0
"""What an API of OpenStack answered, and what messages say of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from hpa_discovery.connectors.reply import read_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from requests import Response

_ADVICE = {
    401: "give another credential; an expired token must be replaced",
    403: "give a user who may do this",
    413: "it is asked too often; give the region a longer interval",
    429: "it is asked too often; give the region a longer interval",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the HTTP status and the JSON body (None when it is not JSON).

    `form` says what came instead of JSON, `size` how many bytes there were.
    """

    status: int
    body: Any
    form: str = ""
    size: int = 0

    def describe(self) -> str:
        """The status with the server's own words, where it has some."""
        fault = next(iter(self.body.values()), None) if isinstance(self.body, dict) and self.status != 200 else None
        message = fault.get("message") if isinstance(fault, dict) else None
        said = in_one_line(str(message))[:300] if message else self.form
        return f"{self.status} ({said})" if said else str(self.status)


class Compute(Protocol):
    """The compute API of one cloud, as far as flavors need it."""

    @property
    def cloud(self) -> str:
        """How messages call the cloud."""

    @property
    def microversion(self) -> tuple[int, int] | None:
        """The microversion that requests are sent with; None when the server has none."""

    def get(self, path: str, query: Mapping[str, str]) -> Answer:
        """The answer to GET `path`; SourceError when there is none."""


def read_answer(response: Response, hide: Callable[[str], str]) -> Answer:
    """The answer in a response. What `hide` hides is taken out of one that is only told of."""
    status, content = response.status_code, response.content
    try:
        body = read_json(content.decode())
        if status != 200:
            body = _hidden(body, hide)
    except (ValueError, RecursionError):
        kind = in_one_line(response.headers.get("Content-Type", "no Content-Type"))[:100]
        return Answer(status, None, f"{kind}, {len(content)} bytes, no JSON", len(content))
    return Answer(status, body, "", len(content))


def _hidden(value: Any, hide: Callable[[str], str]) -> Any:
    """The value with its texts hidden: in JSON itself they may be written in escapes."""
    if isinstance(value, dict):
        return {name: _hidden(each, hide) for name, each in value.items()}
    if isinstance(value, list):
        return [_hidden(each, hide) for each in value]
    return hide(value) if isinstance(value, str) else value


def advice(status: int, what: str) -> str:
    """What can be done about a status; `what` gives the URL that was asked."""
    if status in _ADVICE:
        return _ADVICE[status]
    if 300 <= status < 400:
        return f"redirects are not followed: check {what}"
    if status >= 500:
        return "see the log of the cloud; it is tried again"
    return f"check that {what} is the URL of the API itself"


def in_one_line(text: str) -> str:
    """The text without line breaks, and without what is no character to show."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())
