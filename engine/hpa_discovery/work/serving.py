# SPDX-License-Identifier: Apache-2.0
"""What serves now, as far as work must know it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from hpa_discovery.discovery.generation import Generation


class Serving(Protocol):
    """A generation and the digest that names it; packs.live.state.Live is one."""

    @property
    def digest(self) -> str:
        """The generation's identity: SHA-256 in hexadecimal."""

    @property
    def generation(self) -> Generation:
        """What subjects are judged with."""


# Asked once for each listing, so that all its subjects are judged with the same.
Serves = Callable[[], Serving]
