# SPDX-License-Identifier: Apache-2.0
"""Which fences this machine can put around a driver.

fence.py puts them up; here is found out which stand. Fences that the kernel or our rights
do not allow are left out and told as `missing`, unless they are required.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from hpa_discovery.drivers.guarding import Fences, guard, trial_spec

_TRIAL_SECONDS = 20.0
_AGAIN_SECONDS = 300.0  # a trial that came to no end says nothing of the machine, but may hold up whoever waits

Spec = Mapping[str, Any]


class UntriedError(Exception):
    """A fence could not be tried, and why."""


def try_guard(spec: Spec, seconds: float = _TRIAL_SECONDS) -> str:
    """What is in the way of these fences; "" when they stand. UntriedError when that cannot be found out."""
    try:
        ran = subprocess.run(guard(spec), capture_output=True, timeout=seconds, check=False, env={})
    except subprocess.TimeoutExpired:
        raise UntriedError(f"its trial did not end within {seconds:g} s") from None
    except OSError as error:
        raise UntriedError(f"its trial could not be started: {error.strerror}") from None
    if not ran.returncode:
        return ""
    return ran.stderr.decode(errors="replace").strip().rpartition("\n")[2] or f"exit code {ran.returncode}"


class FencesHere:
    """The fences of this machine, tried when first asked for; again later when a trial came to no end."""

    def __init__(
        self,
        attempt: Callable[[Spec], str] = try_guard,
        clock: Callable[[], float] = time.monotonic,
        *,
        root: bool | None = None,
    ) -> None:
        self._attempt = attempt
        self._clock = clock
        self._root = os.geteuid() == 0 if root is None else root
        self._found: Fences | None = None
        self._until: float | None = None
        self._lock = threading.Lock()

    def __call__(self) -> Fences:
        """Those that stand, and why the others do not."""
        found = self._found
        if found is None or (self._until is not None and self._clock() >= self._until):
            return self._renewed(found)
        return found

    def _renewed(self, known: Fences | None) -> Fences:
        # One thread tries. Others go on with what is known, if anything is.
        if not self._lock.acquire(blocking=known is None) and known is not None:
            return known
        try:
            if self._found is None or self._found is known:
                self._until = None
                self._found = self._tried()
            return self._found
        finally:
            self._lock.release()

    def _tried(self) -> Fences:
        missing: dict[str, str] = {}
        landlock = self._stands("landlock", missing, Fences(False, True, False, {}))
        namespaces = self._stands("namespaces", missing, Fences(True, False, False, {}))
        if self._root:
            user = self._stands("user", missing, Fences(False, landlock, True, {}))
        else:
            user, missing["user"] = False, "only root can start a driver as another user"
        return Fences(namespaces, landlock, user, missing)

    def _stands(self, name: str, missing: dict[str, str], alone: Fences) -> bool:
        try:
            reason = self._attempt(trial_spec(alone))
        except UntriedError as error:
            reason = str(error)
            self._until = self._clock() + _AGAIN_SECONDS
        if reason:
            missing[name] = reason
        return not reason


fences = FencesHere()
