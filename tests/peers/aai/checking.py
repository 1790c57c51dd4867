# SPDX-License-Identifier: Apache-2.0
"""What A&AI does with an object before it looks into the graph: keys from the path, defaults, required properties."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peers.aai.errors import AaiFault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from peers.aai.paths import Address
    from peers.aai.schema import View
    from peers.aai.unmarshalling import Draft


def check_put(view: View, address: Address, draft: Draft) -> None:
    """Complete a draft for PUT, or refuse it with AAI_3000."""
    inject_keys(address, draft)
    missing = [name for each in _all(draft) for name in _missing(view, each)]
    if missing:
        raise AaiFault(3000, ",".join(f"Missing required property: {name}" for name in missing))
    check_keys(address, draft)


def inject_keys(address: Address, draft: Draft) -> None:
    """A key that the body leaves out comes from the path."""
    for name, value in zip(draft.kind.keys, address.key, strict=True):
        if name not in draft.properties:
            draft.properties = {name: value, **draft.properties}


def check_keys(address: Address, draft: Draft) -> None:
    """A key in the body is the one of the path."""
    if tuple(draft.properties[name] for name in draft.kind.keys) != address.key:
        raise AaiFault(3000, "uri and payload keys don't match")


def check_patch(draft: Draft, *, strict: bool) -> None:
    """Children in a patch are not allowed, but only `strict` minds."""
    if strict and draft.children:
        raise AaiFault(3000, f"strict: a patch with children: {', '.join(draft.children)}")


def _all(draft: Draft) -> Iterator[Draft]:
    yield draft
    for children in draft.children.values():
        for child in children:
            yield from _all(child)


def _missing(view: View, draft: Draft) -> Iterator[str]:
    """The required properties that are not there; those with a default are filled in."""
    for name, wanted in view.properties[draft.kind.name].items():
        if not wanted.required or name in draft.properties:
            continue
        if wanted.default is None:
            yield name
        else:
            draft.properties[name] = wanted.default == "true" if wanted.kind == "Boolean" else wanted.default
