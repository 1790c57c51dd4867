# SPDX-License-Identifier: Apache-2.0
"""One page of a listing of flavors: those that can be kept, and what is wrong with the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hpa_discovery.errors import SourceError
from hpa_discovery.sources.openstack_answers import advice

if TYPE_CHECKING:
    from hpa_discovery.sources.openstack_answers import Answer

_DEEPEST = 20

Flavor = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """`marker` is the id that the next page comes after, None on the last one; `flaws` say what was left out, and why.

    The extra specs of a flavor are an object, or absent where nobody knows them.
    """

    flavors: tuple[Flavor, ...]
    flaws: tuple[str, ...]
    marker: str | None


def read_page(answer: Answer, doing: str) -> Page:
    """The page in an answer; SourceError, which begins with `doing`, when it is none or says not how to go on."""
    if answer.status != 200:
        said = f"the compute API answered {answer.describe()}; expected 200"
        raise SourceError(f"{doing}: {said}; {advice(answer.status, 'the URL in the catalog')}")
    body = answer.body if isinstance(answer.body, dict) else {}
    rows, links = body.get("flavors"), body.get("flavors_links") or []
    if not isinstance(rows, list) or not isinstance(links, list):
        said = answer.form or "JSON of another form"
        raise SourceError(f"{doing}: the answer is not a list of flavors ({said}); check the URL in the catalog")
    flaws = [_flaw(row) for row in rows]
    more = any(isinstance(link, dict) and link.get("rel") == "next" for link in links)
    if more and (not rows or flaws[-1]):
        end = "an empty page" if not rows else f"a page that ends with {_title(rows[-1])}, of which {flaws[-1]},"
        raise SourceError(f"{doing}: {end} says that more follow; the listing is incomplete; see the log of Nova")
    told = [f"{_title(row)}: {flaw}" for row, flaw in zip(rows, flaws, strict=True) if flaw]
    kept = tuple(_unknown_if_null(row) for row, flaw in zip(rows, flaws, strict=True) if not flaw)
    return Page(kept, tuple(told), rows[-1]["id"] if more else None)


def _flaw(value: object) -> str:
    """Why the flavor cannot be kept, or ""."""
    if not isinstance(value, dict):
        return "it is no object"
    identifier = value.get("id")
    if not isinstance(identifier, str) or not identifier or _has_half_a_pair(identifier):
        return "its id is no text"
    if not isinstance(value.get("name"), str):
        return "its name is no text"
    if not isinstance(value.get("extra_specs", {}), dict | None):
        return "its extra specs are no object"
    if _is_deeper(value, _DEEPEST):
        return f"it is nested deeper than {_DEEPEST} levels"
    return ""


def _has_half_a_pair(text: str) -> bool:
    """Whether JSON gave a surrogate of UTF-16 without its other half, which no URL can hold."""
    return text.encode("utf-8", "replace").decode() != text


def _is_deeper(value: object, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_is_deeper(each, levels - 1) for each in inner)


def _title(value: object) -> str:
    named = value.get("id") or value.get("name") if isinstance(value, dict) else None
    return f"flavor {str(named)[:60]!r}" if named else "a flavor without an id"


def _unknown_if_null(flavor: Flavor) -> Flavor:
    if "extra_specs" in flavor and flavor["extra_specs"] is None:
        return {key: value for key, value in flavor.items() if key != "extra_specs"}
    return flavor
