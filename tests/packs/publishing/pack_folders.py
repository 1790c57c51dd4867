# SPDX-License-Identifier: Apache-2.0
"""Packs to publish, made by the scaffold, and wheels installed by pip into an environment of their own."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

from hpa_discovery.packs.publishing.build import build_wheel
from hpa_discovery.packs.scaffold import new_pack

DRIVER = """\
apiVersion: hpa-discovery/v1
kind: Driver
metadata: {{id: {namespace}/{name}, title: A driver}}
spec:
  source: openstack.flavor
  features: [pciePassthrough]
  command: [./answer]
"""


def make_pack(folder: Path, namespace: str = "acme.nic", version: str = "0.1.0") -> Path:
    """The folder of a new pack."""
    new_pack(namespace, folder)
    return change(folder / namespace, "version: 0.1.0", f"version: {version}")


def change(root: Path, old: str, new: str, file: str = "pack.yaml") -> Path:
    """The pack with a text of one of its files replaced."""
    text = (root / file).read_text("utf-8")
    assert old in text
    (root / file).write_text(text.replace(old, new), "utf-8")
    return root


def add_driver(root: Path, program: bytes = b"#!/bin/sh\ncat\n", name: str = "asic") -> Path:
    """The driver's folder, added to a pack."""
    made = root / "drivers" / name
    made.mkdir(parents=True)
    namespace = root.name
    (made / "driver.yaml").write_text(DRIVER.format(namespace=namespace, name=name), "utf-8")
    (made / "answer").write_bytes(program)
    (made / "answer").chmod(0o755)
    change(root, "requires:\n", f"requires:\n  drivers: [{namespace}/{name}]\n")
    return made


def built(folder: Path, namespace: str = "acme.nic", version: str = "0.1.0") -> Path:
    """The wheel of a new pack."""
    source = folder / f"{namespace}-{version}"
    source.mkdir()
    return build_wheel(make_pack(source, namespace, version), folder / "dist").path


def make_environment(folder: Path) -> Path:
    """An environment with nothing in it; its Python."""
    venv.create(folder, with_pip=False, symlinks=True)
    return folder / "bin" / "python"


def site_of(python: Path) -> Path:
    """The folder into which pip installs for this Python."""
    return next(python.parents[1].glob("lib/python*/site-packages"))


def pip(python: Path, *arguments: str | Path) -> str:
    """Run pip for this Python, without any network; what it printed."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python)]
    done = subprocess.run([*command, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def install(python: Path, *wheels: Path) -> None:
    """Install wheels by pip."""
    pip(python, "install", "--no-index", "--no-deps", "--quiet", *wheels)
