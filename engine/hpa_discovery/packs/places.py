# SPDX-License-Identifier: Apache-2.0
"""Where the parts of a loaded rule and of its test cases stand, for messages.

A loaded pack keeps no marks, since most runs need none: a file is read again
when the first place in it is asked for.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from hpa_discovery.language.yaml_reader import Document, Pointer, read_yaml
from hpa_discovery.packs.files import TEST_SUFFIX, shown


class Place(NamedTuple):
    """A place in a file; line and column count from 1, 0 is "the whole file"."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


class Places:
    """The places in the files of the pack at `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._documents: dict[str, Document | None] = {}

    def in_rule(self, rule_id: str, pointer: Pointer, offset: int | None = None) -> Place:
        """Where the value at `pointer` of the rule file stands, or one character of its text."""
        return self._place(f"{_stem(rule_id)}.yaml", pointer, offset)

    def in_tests(self, rule_id: str, pointer: Pointer) -> Place:
        """Where the value at `pointer` of the rule's test file stands."""
        return self._place(f"{_stem(rule_id)}{TEST_SUFFIX}", pointer)

    def _place(self, name: str, pointer: Pointer, offset: int | None = None) -> Place:
        if name not in self._documents:
            self._documents[name] = self._read(name)
        document = self._documents[name]
        if document is None:
            return Place(shown(self._root, name), 0, 0)
        mark = document.mark(pointer) if offset is None else document.mark_inside(pointer, offset)
        return Place(shown(self._root, name), mark.line, mark.column)

    def _read(self, name: str) -> Document | None:
        path = self._root / name
        try:
            return read_yaml(path.read_bytes(), str(path))
        except OSError:  # gone since the pack was loaded: the message does without the line
            return None


def _stem(rule_id: str) -> str:
    return rule_id.rpartition("/")[2]
