# SPDX-License-Identifier: Apache-2.0
"""Events as log lines."""

from __future__ import annotations

import logging

import pytest

from hpa_discovery.embedded.observing import LoggingObserver

LOGGER = logging.getLogger("hpa_discovery.test_observing")


@pytest.fixture
def observer(caplog: pytest.LogCaptureFixture) -> LoggingObserver:
    """An observer whose lines are all kept."""
    caplog.set_level(logging.DEBUG, LOGGER.name)
    return LoggingObserver(LOGGER)


def test_what_went_wrong_is_a_warning(observer: LoggingObserver, caplog: pytest.LogCaptureFixture) -> None:
    """An event with a message says that something is wrong; the rest is for those who look."""
    observer.event("driver.fault", {"driver": "a/b", "message": "no card"})
    observer.event("store.allowances_read", {})
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", "driver.fault: driver a/b, message no card"),
        ("DEBUG", "store.allowances_read: "),
    ]


def test_an_event_is_one_line(observer: LoggingObserver, caplog: pytest.LogCaptureFixture) -> None:
    """What a driver wrote begins no line of its own, and can be written to any file."""
    observer.event("driver.fault", {"message": "x\nWARNING forged\x1b[2J \ud800"})
    (record,) = caplog.records
    assert record.getMessage() == r"driver.fault: message x\nWARNING forged\x1b[2J \ud800"
