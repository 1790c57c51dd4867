# SPDX-License-Identifier: Apache-2.0
"""Commands in driver.yaml that could not be started, found before anybody allows the driver."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hpa_discovery.packs.load import load_pack
from packs.publishing.pack_folders import add_driver, make_pack

LONG = ", ".join(["x" * 1000] * 17)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ('[answer, "two\\nlines", "../data"]', ""),
        ("[/usr/bin/env, answer]", ""),
        ('[answer, "a\\0b"]', r"spec\.command\[1\] .* must not hold the character U\+0000"),
        (f"[answer, {LONG}]", "have more than 16384 characters"),
        ("[answers]", "there is no answers in the driver's folder"),
        ("[.]", "there is no . in the driver's folder"),
        ("[../answer]", "leads out of the driver's folder"),
        ("[/usr/../answer]", "leads out of the driver's folder"),
        ("[driver.yaml]", "may not be executed"),
    ],
    ids=lambda text: text[:24],
)
def test_commands(tmp_path: Path, command: str, said: str) -> None:
    """The finding says what is wrong; what the kernel can start is nobody's business here."""
    root = make_pack(tmp_path)
    file = add_driver(root) / "driver.yaml"
    file.write_text(re.sub("command: .*", lambda _: f"command: {command}", file.read_text("utf-8")), "utf-8")
    messages = [finding.message for finding in load_pack(root).findings]
    assert len(messages) == bool(said)
    assert not said or re.search(said, messages[0])
