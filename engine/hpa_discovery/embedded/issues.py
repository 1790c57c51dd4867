# SPDX-License-Identifier: Apache-2.0
"""What a plugin could not answer, told twice: as a log line, and to whoever called it.

    on_issue(code, message, fields)

`fields` holds `level` (error, warning or info), what is known of `flavor`, `owner`
and `region`, and for a part of a flavor the `rule` and the features that are
`unknown` now. Nothing that is told holds a secret of viminfo.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from typing import Any

from hpa_discovery.embedded.secret_values import without
from hpa_discovery.model import Severity

OnIssue = Callable[[str, str, dict[str, Any]], object]
LOGGER = logging.getLogger("hpa_discovery.onap")
_LEVELS = {"error": logging.ERROR, "warning": logging.WARNING, "info": logging.INFO}
_MOST = 2000  # characters of a message


class Issues:
    """Tells the issues of one call. `about` is added to the fields of each; `secrets` is None until they are known."""

    def __init__(self, on_issue: OnIssue | None, secrets: frozenset[str] | None = None, **about: str) -> None:
        self._on_issue = on_issue
        self._secrets = secrets
        self._about = about

    def tell(self, level: Severity, code: str, message: str, *, known: bool = False, **fields: Any) -> None:
        """Log it and call back; what is `known` from an earlier log line is logged at level debug.

        Never raises: what the callback raises is logged.
        """
        shown = _one_line(without(message, self._secrets or frozenset()))[:_MOST]
        about = ", ".join(f"{name} {_one_line(value)}" for name, value in self._about.items())
        LOGGER.log(logging.DEBUG if known else _LEVELS[level], "%s: %s%s", code, shown, f" ({about})" if about else "")
        if self._on_issue is None:
            return
        try:
            self._on_issue(code, shown, {"level": level, **self._about, **fields})
        except Exception as error:  # noqa: BLE001 - the callback is the caller's code, and must not end the call
            LOGGER.error("onap.callback: on_issue raised %s", type(error).__name__)

    def fault(self, error: Exception) -> None:
        """An exception that nobody expected. Its traceback is logged at level debug."""
        if self._secrets is not None:
            LOGGER.debug("%s", without("".join(traceback.format_exception(error)), self._secrets))
        where = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{where.filename.rpartition('/')[2]}:{where.lineno}"
        self.tell("error", "onap.fault", f"unexpected {type(error).__name__} in {place}")


def _one_line(text: str) -> str:
    """Log lines are read by programs: what a flavor says must not begin a new one."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)
