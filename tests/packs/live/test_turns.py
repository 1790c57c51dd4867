# SPDX-License-Identifier: Apache-2.0
"""A vendor whose packs take long to check holds up the others as little as can be."""

from __future__ import annotations

import time
from pathlib import Path

from hpa_discovery.packs.live.check import CheckResult, check_pack
from packs.live.sites import Vendor, answers, world


class Slow:
    """A check that takes its time for the packs of one vendor, and remembers which packs it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, root: Path) -> CheckResult:
        """The result, sooner or later."""
        text = (root / "pack.yaml").read_text("utf-8")
        name = text.partition("namespace: ")[2].partition(",")[0]
        self.asked.append(name)
        if "slow" in name:
            time.sleep(1.2)
        return check_pack(root)


def test_quick_ones_come_first(tmp_path: Path) -> None:
    """What is known to be quick serves before what is slow or new, and what there is no time for has its turn later."""
    quick = Vendor(tmp_path / "root" / "zzz", "zzz.nic", key="zzz:nic").write()
    slow = [Vendor(tmp_path / "root" / f"slow{n}", f"slow{n}.nic", key="slow:nic").write() for n in range(4)]
    here = world(tmp_path, tmp_path / "root")
    here.check = check = Slow()
    keeper = here.started()
    while keeper.left:  # on a machine that is slow, a start does not wait for all of them
        keeper.step()
    check.asked.clear()
    quick.write(count="2")
    for vendor in slow:
        vendor.write(count="2")
    Vendor(tmp_path / "root" / "aslow", "aslow.nic", key="slow:nic").write()
    keeper.step(patience=1.0)
    assert check.asked == ["zzz.nic"]
    assert answers(keeper, {"zzz:nic": "x"}) == ["pciePassthrough x 2"]
    assert keeper.left
    for _ in range(6):
        keeper.step(patience=1.0)
    assert not keeper.left
    assert len(check.asked) == 6
    assert {status.state for status in keeper.status()} == {"serving"}
