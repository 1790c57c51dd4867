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
from typing import Any, TypeVar

from hpa_discovery.embedded.onap_data import place_of
from hpa_discovery.embedded.secret_values import secret_values, without
from hpa_discovery.language.values import is_usable, printable
from hpa_discovery.model import Severity

Found = TypeVar("Found")
OnIssue = Callable[[str, str, dict[str, Any]], object]
LOGGER = logging.getLogger("hpa_discovery.onap")
_LEVELS = {"error": logging.ERROR, "warning": logging.WARNING, "info": logging.INFO}
_MOST = 2000  # characters of a message
_SHOWN = 100  # characters of an id or name


class Issues:
    """Tells the issues of one call. Of whom they are, and what is secret, is read off `data` when there is one."""

    def __init__(self, on_issue: OnIssue | None, data: Any = None) -> None:
        self._on_issue = on_issue
        self._data = data
        self._known: tuple[dict[str, str], frozenset[str]] | None = None

    def tell(self, level: Severity, code: str, message: str, *, known: bool = False, **fields: Any) -> None:
        """Log it and call back; what is `known` from an earlier log line is logged at level debug.

        What the callback raises is logged. Raises what an object of the caller's own making in `data` does.
        """
        if self._known is None:
            self._known = _about(self._data), _secrets(self._data)
        about, secrets = self._known
        shown = printable(without(message, secrets))[:_MOST]
        place = ", ".join(f"{name} {printable(value)}" for name, value in about.items())
        LOGGER.log(logging.DEBUG if known else _LEVELS[level], "%s: %s%s", code, shown, f" ({place})" if place else "")
        if self._on_issue is None:
            return
        try:
            self._on_issue(code, shown, {"level": level, **about, **fields})
        except Exception as error:  # noqa: BLE001 - the callback is the caller's code, and must not end the call
            LOGGER.error("onap.callback: on_issue raised %s", type(error).__name__)

    def fault(self, error: Exception) -> None:
        """An exception that nobody expected. Its traceback is logged at level debug. Never raises."""
        about, secrets = _tried(_about, self._data), _tried(_secrets, self._data)
        if secrets is not None:  # else nobody knows what to mask
            LOGGER.debug("%s", without("".join(traceback.format_exception(error)), secrets))
        self._known = about or {}, secrets or frozenset()
        where = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{where.filename.rpartition('/')[2]}:{where.lineno}"
        self.tell("error", "onap.fault", f"unexpected {type(error).__name__} in {place}")


def _about(data: Any) -> dict[str, str]:
    """What is told of the flavor and its region with each issue."""
    flavor, vim = _member(data, "flavor"), _member(data, "viminfo")
    told: dict[str, Any] = {}
    if isinstance(flavor, dict):
        told = {"flavor": flavor.get("id"), "name": flavor.get("name")}
    if isinstance(vim, dict):
        told["owner"], told["region"] = place_of(vim)
    return {name: str(value)[:_SHOWN] for name, value in told.items() if isinstance(value, str) or is_usable(value)}


def _secrets(data: Any) -> frozenset[str]:
    return secret_values(_member(data, "viminfo"))


def _member(data: Any, name: str) -> Any:
    return data.get(name) if isinstance(data, dict) else None


def _tried(read: Callable[[Any], Found], data: Any) -> Found | None:
    try:
        return read(data)
    except Exception:  # noqa: BLE001 - objects of the caller's own making may raise anything
        return None
