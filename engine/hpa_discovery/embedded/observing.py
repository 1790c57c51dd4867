# SPDX-License-Identifier: Apache-2.0
"""Events as log lines, for programs that do not listen themselves."""

from __future__ import annotations

from logging import Logger
from typing import Any

from hpa_discovery.language.values import printable


class LoggingObserver:
    """An Observer that writes a warning for what went wrong, and the rest at level debug."""

    def __init__(self, logger: Logger) -> None:
        self._logger = logger

    def event(self, name: str, fields: dict[str, Any]) -> None:
        """Log it."""
        told = ", ".join(f"{key} {value}" for key, value in fields.items())
        write = self._logger.warning if "message" in fields else self._logger.debug
        write("%s: %s", name, printable(told))
