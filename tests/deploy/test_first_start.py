# SPDX-License-Identifier: Apache-2.0
"""What deploys the service waits for the first start of a new version, which checks every pack before it answers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from hpa_discovery.packs.live.checker import SECONDS

ROOT = Path(__file__).resolve().parents[2]
SAID = 5 * 60  # docs/service.md, Upgrade


def kubernetes() -> int:
    """Seconds until the pod is ended."""
    [container] = yaml.safe_load((ROOT / "deploy" / "kubernetes" / "deployment.yaml").read_text("utf-8"))["spec"][
        "template"
    ]["spec"]["containers"]
    probe = container["startupProbe"]
    return int(probe["periodSeconds"]) * int(probe["failureThreshold"])


def oom() -> int:
    """Seconds until the liveness probe is asked: the templates there know no startup probe."""
    return int(
        yaml.safe_load((ROOT / "deploy" / "oom" / "values.yaml").read_text("utf-8"))["liveness"]["initialDelaySeconds"]
    )


def systemd() -> int:
    """Seconds until the unit has failed."""
    [seconds] = re.findall(
        r"^TimeoutStartSec=(\d+)$",
        (ROOT / "deploy" / "systemd" / "hpa-discovery.service").read_text("utf-8"),
        re.MULTILINE,
    )
    return int(seconds)


@pytest.mark.parametrize("allowed", [kubernetes, oom, systemd])
def test_there_is_time_to_check_every_pack(allowed: object) -> None:
    """As long as the page says, which is time for ten packs whose check is given up."""
    assert callable(allowed)
    assert allowed() >= SAID > 10 * SECONDS


def test_the_page_says_how_long() -> None:
    """The time that the examples wait, and that after which a check is given up."""
    text = " ".join((ROOT / "docs" / "service.md").read_text("utf-8").split())
    assert "The examples in deploy/ wait five minutes for a start" in text
    assert f"given up after {SECONDS:.0f}" in text
