# SPDX-License-Identifier: Apache-2.0
"""Text on its way into a row: the same limits on both databases.

SQLite ignores the length of a column and takes a NUL; PostgreSQL refuses both,
and neither takes half a surrogate pair.
"""

from __future__ import annotations

from hpa_discovery.errors import StoreRefused

MOST_NAME = 200


def checked(what: str, value: str, most: int = MOST_NAME) -> str:
    """The value itself: 1 to `most` characters, all printable. StoreRefused names `what` and the value otherwise."""
    if 0 < len(value) <= most and value.isprintable():
        return value
    shown = value if len(value) <= 60 else value[:60] + "..."
    raise StoreRefused(f"{what} is {shown!r}: it must have 1 to {most} characters, all of them printable")


def exact(what: str, value: str, most: int = MOST_NAME) -> str:
    """The value itself, which someone else chose: 1 to `most` characters that both databases keep as they are.

    StoreRefused names `what` and the value otherwise.
    """
    if 0 < len(value) <= most and "\0" not in value and value.encode("utf-8", "replace").decode() == value:
        return value
    shown = value if len(value) <= 60 else value[:60] + "..."
    raise StoreRefused(f"{what} is {shown!r}: it must have 1 to {most} characters, and no NUL or half a surrogate pair")


def cleaned(value: str, most: int) -> str:
    """What any database takes of a text that must not be refused: cut at `most` characters, odd ones replaced."""
    if len(value) > most:
        value = value[: most - 3] + "..."
    return value.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
