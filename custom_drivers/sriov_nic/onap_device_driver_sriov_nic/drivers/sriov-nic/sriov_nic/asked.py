# SPDX-License-Identifier: Apache-2.0
"""What a flavor asks for, and what of it cannot be read; the bounds within which a text is looked at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

PASSTHROUGH = "pciePassthrough"
NETWORK = "sriovNICNetwork"

MOST_REQUESTS = 64  # of one key: three keys stay below the 256 capabilities of one flavor
MOST_CHARACTERS = 255  # of one request; a name of Nova or Neutron has no more
_SHOWN = 60
_KINDS = {dict: "an object", list: "a list", bool: "a boolean", type(None): "null"}
_COUNT = re.compile(r"[0-9]{1,9}")
_ID = re.compile(r"[0-9a-fA-F]{4}")
_ENDS_IN_IDS = re.compile(r"(?:.+-)?([0-9a-fA-F]{4})-([0-9a-fA-F]{4})")


@dataclass(frozen=True, slots=True)
class Asked:
    """`count` functions of the card with these ids; equal `feature` and `discriminator` are one capability.

    `operator_type` is the device_type of the operator's alias, "" where none is given.
    """

    feature: str
    discriminator: str
    vendor: str
    device: str
    count: int
    network: str = ""
    operator_type: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What cannot be judged: one instance, or any of the feature where the discriminator is ""."""

    code: str
    feature: str
    message: str
    discriminator: str = ""
    level: str = "error"


Found = Asked | Problem


def read_each(
    value: object, key: str, feature: str, form_code: str, read: Callable[[str], Iterator[Found]]
) -> Iterator[Found]:
    """What `read` finds in each request in the value of an extra spec, between commas."""
    if not isinstance(value, str):
        yield Problem(form_code, feature, f"{key} is {shown(value)}; a text is needed")
        return
    pieces = value.split(",", MOST_REQUESTS)
    if len(pieces) > MOST_REQUESTS:
        yield too_many(feature, key)
        return
    for piece in pieces:
        yield from read(piece.strip())


def too_many(feature: str, where: str) -> Problem:
    """More requests than are looked at."""
    return Problem("sriov.many", feature, f"{where} holds more than {MOST_REQUESTS} requests; none of it is judged")


def is_name(text: str) -> bool:
    """Whether the text can name an alias or a network: printable, and not too long."""
    return 0 < len(text) <= MOST_CHARACTERS and text.isprintable()


def is_id(text: object) -> bool:
    """Whether the value is a PCI id: four hexadecimal digits."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def ids_at_end(text: str) -> tuple[str, str] | None:
    """Vendor and device id of a text that ends in VENDOR-DEVICE."""
    found = _ENDS_IN_IDS.fullmatch(text)
    return None if found is None else (found[1].lower(), found[2].lower())


def is_count(text: str) -> bool:
    """Whether the text is a number of devices that a host may have."""
    return _COUNT.fullmatch(text) is not None


def is_number(text: str) -> bool:
    """Whether the text is a whole number, of whatever size."""
    return text.isascii() and text.isdigit()


def shown(value: object) -> str:
    """A value as a message shows it: a text, short and printable, or what kind of value of JSON it is."""
    if not isinstance(value, str):
        return _KINDS.get(type(value), "a number")
    cut = value if len(value) <= _SHOWN else value[:_SHOWN] + "..."
    return "'" + "".join(letter if letter.isprintable() else "?" for letter in cut) + "'"


def total(found: Iterable[Found]) -> Iterator[Asked]:
    """Each instance once, with all that is asked of it. One with a problem is left out: its count is not known."""
    items = list(found)
    unjudged = {(item.feature, item.discriminator) for item in items if isinstance(item, Problem)}
    sums: dict[tuple[str, str], Asked] = {}
    for item in items:
        key = (item.feature, item.discriminator)
        if isinstance(item, Asked) and key not in unjudged:
            before = sums.get(key)
            sums[key] = item if before is None else replace(before, count=before.count + item.count)
    return (asked for asked in sums.values() if asked.count)
