# SPDX-License-Identifier: Apache-2.0
"""Why a driver gave no answer. It becomes a diagnostic, and the driver's features unknown."""

from __future__ import annotations

from hpa_discovery.language.values import printable


class DriverFault(Exception):
    """No answer, or none that can be used.

    `code` is the diagnostic's: driver.start (it could not be started), driver.timeout,
    driver.exit (it ended), driver.answer (what it wrote is no answer of this protocol),
    driver.refused (an answer with something that is not allowed in it), driver.error
    (its own error answer), driver.suspended (it failed too often), driver.untrusted
    (nobody allowed what lies in its folder), driver.isolation (a fence is missing, or fell).
    `message` is on one line, whatever the driver wrote that is in it.
    """

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = printable(message)
        super().__init__(self.message)
