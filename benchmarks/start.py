# SPDX-License-Identifier: Apache-2.0
"""`hpa discover` on one flavor, the whole process, beside importing the libraries it stands on.

Run: `python benchmarks/start.py`.
"""

from __future__ import annotations

import compileall
import subprocess
import sys
from pathlib import Path

from cloud.figures import medians, verdict

import hpa_discovery

FLAVOR = Path(__file__).resolve().parent.parent / "examples" / "flavors" / "upf.json"
IMPORTS = "import yaml, jmespath, jinja2, jsonschema"
# The same as the `hpa` command, without the cost of finding it.
COMMAND = "from hpa_discovery.cli.main import main; main()"


def _run(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    """Print milliseconds and the ratio, for the answer as JSON Lines and as a table."""
    # As pip does when it installs; a checkout may lack the bytecode, and PYTHONDONTWRITEBYTECODE keeps it so.
    compileall.compile_dir(Path(hpa_discovery.__file__).parent, quiet=1)
    times = medians(
        {
            "imports": lambda: _run("-c", IMPORTS),
            "jsonl": lambda: _run("-c", COMMAND, "discover", str(FLAVOR), "-o", "jsonl"),
            "table": lambda: _run("-c", COMMAND, "discover", str(FLAVOR)),
        }
    )
    for name, seconds in times.items():
        print(f"{name:8} {seconds * 1e3:6.1f} ms")
    print(verdict("hpa discover beside the imports", times["jsonl"] / times["imports"], 2, at_least=False))
    print(verdict("hpa discover with a table beside the imports", times["table"] / times["imports"], 2, at_least=False))


if __name__ == "__main__":
    main()
