# SPDX-License-Identifier: Apache-2.0
"""Events in the log of a program that does not listen itself."""

from __future__ import annotations

import logging

import pytest

from hpa_discovery.embedded.observing import LoggingObserver

LOGGER = logging.getLogger("hpa_discovery.test")


@pytest.mark.parametrize(
    ("fields", "level", "line"),
    [
        ({"driver": "acme.nic/cards", "message": "it ended"}, "WARNING", "driver acme.nic/cards, message it ended"),
        ({"driver": "acme.nic/cards", "faults": 2}, "DEBUG", "driver acme.nic/cards, faults 2"),
        ({"message": "x\nERROR forged \x1b[2J\u2028"}, "WARNING", "message x\\nERROR forged \\x1b[2J\\u2028"),
        ({}, "DEBUG", ""),
    ],
)
def test_an_event_is_one_line(
    caplog: pytest.LogCaptureFixture, fields: dict[str, object], level: str, line: str
) -> None:
    """What went wrong is a warning; whatever a driver said, the line ends where it should."""
    caplog.set_level(logging.DEBUG, LOGGER.name)
    LoggingObserver(LOGGER).event("acme.event", fields)
    [record] = caplog.records
    assert (record.levelname, record.getMessage()) == (level, f"acme.event: {line}")
