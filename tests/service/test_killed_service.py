# SPDX-License-Identifier: Apache-2.0
"""kill -9 in the middle of a reload: the service starts again on what was accepted, whole and not older.

The long form, HPA_PROVE=1, kills 50 times.
"""

from __future__ import annotations

import os
import random
import time
from pathlib import Path
from typing import Any

from hpa_discovery.service.commands import history, serving
from hpa_discovery.store.opening import open_store
from packs.live.sites import Events
from service.mischief import PLAIN, subjects
from service.replaying import Replay
from service.runtimes import Deployment
from service.serving import served

KILLS = 50 if os.environ.get("HPA_PROVE") == "1" else 6
FLAVOR = subjects()[PLAIN]


def test_what_was_accepted_survives(tmp_path: Path) -> None:
    """After each kill it answers by the generation that the store says, which is the last one or a newer one."""
    random_moment = random.Random(5)
    deployment = Deployment(tmp_path)
    deployment.vendor.write(count="0")
    last = 0
    for number in range(1, KILLS + 1):
        with served(deployment) as service:
            answer = service.discover(FLAVOR)
            last = _check(deployment, answer, last)
            deployment.vendor.write(count=str(number))
            time.sleep(random_moment.uniform(0.0, 0.15))  # a reload takes 50 to 120 ms
            service.kill()
    with served(deployment) as service:
        row = service.discover(FLAVOR)["outcomes"][0]
        found = [each for each in row["capabilities"] if each["hpa-feature"] == "pciePassthrough"]
        assert found[0]["hpa-feature-attributes"][0]["hpa-attribute-value"] == f'{{"value":"{KILLS}"}}'


def _check(deployment: Deployment, answer: dict[str, Any], last: int) -> int:
    """Hold the answer against the store; the sequence of what serves."""
    store = open_store(deployment.state_dir, Events())
    replay = Replay(store, deployment.folder / "replay")
    try:
        assert answer["generation"] == serving(store).generation
        assert answer["outcomes"] == replay.rows(answer["generation"], [FLAVOR])
        sequence = history(store, 1)[0].sequence
        assert sequence >= last
        return sequence
    finally:
        replay.end()
        store.close()
