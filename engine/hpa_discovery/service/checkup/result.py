# SPDX-License-Identifier: Apache-2.0
"""What was looked at, how it is, and what can be done about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Literal

Grade = Literal["fine", "warning", "wrong"]


@dataclass(frozen=True, slots=True)
class Result:
    """One line of `hpa doctor`. `state` is wrong where the service cannot do what it was told to."""

    check: str
    state: Grade
    message: str
    hint: str = ""

    def as_json(self) -> dict[str, str]:
        """The form of `hpa doctor -o json`."""
        return asdict(self)


Results = Iterator[Result]
