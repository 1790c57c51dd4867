# SPDX-License-Identifier: Apache-2.0
"""Whose a state directory is: one service's, whoever looks at it meanwhile."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from pathlib import Path

import pytest

from hpa_discovery.errors import DataError
from hpa_discovery.service.state_lock import FILE_NAME, held, is_held


def test_one_at_a_time(tmp_path: Path) -> None:
    """A second one is refused with the process id of the first, soon; then it is free again."""
    assert not is_held(tmp_path)
    with held(tmp_path):
        assert is_held(tmp_path)
        begun = time.monotonic()
        with pytest.raises(DataError, match=f"process id {os.getpid()} uses it"), held(tmp_path):
            pass
        assert time.monotonic() - begun < 20
    assert not is_held(tmp_path)


def test_who_only_looks_keeps_nobody_out(tmp_path: Path) -> None:
    """A service that starts while somebody looks whether one runs waits until that is known."""
    with held(tmp_path):
        pass
    handle = os.open(tmp_path / FILE_NAME, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_SH)
    looked = threading.Timer(0.03, os.close, [handle])
    looked.start()
    with held(tmp_path):
        assert is_held(tmp_path)
    looked.join()
