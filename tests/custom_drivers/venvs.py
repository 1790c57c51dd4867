# SPDX-License-Identifier: Apache-2.0
"""Fresh virtual environments into which the wheels of custom_drivers/ are installed, and which are asked about flavors.

    qat = install(QAT, folder)
    answer = qat.ask([{"flavor": {...}, "context": {...}}])

Nothing is downloaded: such a venv sees what the tests run with, hpa-discovery too.
"""

from __future__ import annotations

import json
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hpa_discovery
from custom_drivers.built import Shipped, build_wheel, copy_of, digest_in, run

ASK = Path(__file__).parent / "inside_venv" / "ask.py"


class Venv:
    """A virtual environment with nothing in it that sees what the tests run with."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.python = folder / "bin" / "python"
        run([sys.executable, "-m", "venv", "--without-pip", str(folder)], folder.parent)
        paths = sysconfig.get_paths()
        seen = dict.fromkeys([str(Path(hpa_discovery.__file__).parents[1]), paths["purelib"], paths["platlib"]])
        beside = run([str(self.python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], folder)
        Path(beside.strip(), "beside.pth").write_text("".join(f"{path}\n" for path in seen), "utf-8")

    def install(self, what: Path) -> None:
        """Install a wheel, or build a folder and install that, without asking any index."""
        self._pip("install", "--no-index", "--no-deps", "--no-build-isolation", str(what))

    def uninstall(self, name: str) -> None:
        """Take away what was installed."""
        self._pip("uninstall", "--yes", name)

    def _pip(self, verb: str, *options: str) -> None:
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(self.python)]
        run([*pip, verb, "--quiet", *options], self.folder)


@dataclass(frozen=True)
class Installed:
    """A driver's wheel and a venv of its own that holds it; `digest` is that of the driver inside the wheel."""

    shipped: Shipped
    source: Path
    wheel: Path
    venv: Venv
    digest: str

    def ask(
        self,
        subjects: Sequence[Mapping[str, Any]],
        *,
        allow: str | None = None,
        site: Path | None = None,
        alone: bool = False,
    ) -> dict[str, Any]:
        """What is answered in the venv; inside_venv/ask.py has the form.

        `subjects` are {"flavor", "context"}; `allow` is the digest that may run, if not the driver's own; `site` is
        a folder with overlays; `alone` leaves the bundled packs out.
        """
        question = {
            "distribution": self.shipped.distribution,
            "allow": [self.shipped.driver, self.digest if allow is None else allow],
            "state": str(self.venv.folder / "state"),
            "site": None if site is None else str(site),
            "alone": alone,
            "subjects": list(subjects),
        }
        printed = run([str(self.venv.python), str(ASK)], self.venv.folder, json.dumps(question))
        answer: dict[str, Any] = json.loads(printed)
        return answer


def install(shipped: Shipped, folder: Path) -> Installed:
    """Build the wheel of a driver and install it in a fresh venv."""
    source = copy_of(shipped, folder)
    wheel, venv = build_wheel(source), Venv(folder / "venv")
    venv.install(wheel)
    return Installed(shipped, source, wheel, venv, digest_in(wheel, shipped, folder / "unpacked"))
