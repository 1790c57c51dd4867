# SPDX-License-Identifier: Apache-2.0
"""Loads ONAP's plugin through stevedore and asks it; runs with a fresh venv's Python.

The argument names stevedore's manager: `driver` or `extension`. Reads a list of data for get_hpa_capabilities
from stdin, prints {"classes": [of each plugin], "answers": [...], "issues": [[code, message, fields]], "error"}.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

from stevedore.driver import DriverManager
from stevedore.extension import ExtensionManager


def load(manager: str) -> list[Any]:
    """The plugins that stevedore makes."""
    if manager == "driver":
        return [DriverManager("hpa.discovery", "discovery", invoke_on_load=True).driver]
    return [each.obj for each in ExtensionManager("hpa.discovery", invoke_on_load=True)]


def main() -> None:
    """Answer the questions on stdin."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    issues: list[Any] = []
    answers: list[Any] = []
    plugins: list[Any] = []
    try:
        for data in json.load(sys.stdin):
            plugins = load(sys.argv[1])  # a new one each time, as Multicloud does for each flavor
            for plugin in plugins:
                plugin.on_issue = lambda *told: issues.append(told)
                answers.append(plugin.get_hpa_capabilities(data))
    except Exception as error:  # noqa: BLE001 - whatever stevedore or a plugin raises is what the test wants to see
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}))
        return
    classes = [f"{type(plugin).__module__}:{type(plugin).__name__}" for plugin in plugins]
    print(json.dumps({"classes": classes, "answers": answers, "issues": issues}))


if __name__ == "__main__":
    main()
