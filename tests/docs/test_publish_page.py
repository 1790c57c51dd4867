# SPDX-License-Identifier: Apache-2.0
"""The page about publishing, followed from the first line to the last, in an environment into which pip installs."""

from __future__ import annotations

import sys
from pathlib import Path

import hpa_discovery
from docs.console import Console
from docs.fenced import DOCS, blocks
from packs.publishing.pack_folders import make_environment, site_of

PAGE = DOCS / "publish.md"


def _with_pip(console: Console, environment: Path) -> None:
    """Let `pip` install where this `hpa` looks, and from nowhere but files."""
    python = make_environment(environment)
    where = f"{Path(hpa_discovery.__file__).parents[1]}:{site_of(python)}"
    alone = "PIP_NO_INDEX=1 PIP_DISABLE_PIP_VERSION_CHECK=1"
    programs = {
        "pip": f'{alone} exec "{sys.executable}" -m pip --python "{python}" "$@"',
        "hpa": f'PYTHONPATH="{where}" exec "{sys.executable}" -m hpa_discovery.cli "$@"',
    }
    for name, run in programs.items():
        (console.folder.parent / "bin" / name).write_text(f"#!/bin/sh\n{run}\n", "utf-8")
        (console.folder.parent / "bin" / name).chmod(0o755)


def test_every_command_does_what_the_page_says(tmp_path: Path) -> None:
    """Build, show, install, use, remove, print a ConfigMap, clone and compare, every output being as it says."""
    console = Console(tmp_path)
    _with_pip(console, tmp_path / "environment")
    for block in blocks(PAGE):
        console.follow(block)


def test_the_image_takes_the_wheel_that_is_built() -> None:
    """The Dockerfile copies from where the page builds the wheel, and installs without fetching anything."""
    (block,) = (block for block in blocks(PAGE) if block.language == "dockerfile")
    wheel = "onap_device_driver_acme_nic-0.1.0-py3-none-any.whl"
    assert "\nCOPY dist/*.whl /tmp/wheels/\n" in block.text
    assert "--no-index --no-deps /tmp/wheels/*.whl" in block.text
    assert f"\n$ hpa pack build acme.nic\ndist/{wheel}\n" in PAGE.read_text("utf-8")
