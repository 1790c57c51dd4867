# SPDX-License-Identifier: Apache-2.0
"""Hosts a driver written in Python: `python -m hpa_discovery.drivers.host [--onap] --folder DIR module:Class`.

The class needs no base class:

    class Driver:
        def discover(self, subject, context):
            return [{"feature": ..., "architecture": ..., "version": ..., "attributes": {key: {"value": ...}}}]

or the whole answer, `{"capabilities": [...], "diagnostics": [...]}`. `name` and `version` are
told when it has them. With --onap it is one of ONAP's drivers: `get_hpa_capabilities(data)`.

Whatever the driver prints goes to stderr: stdout carries answers only.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, BinaryIO

Discover = Callable[[Any, Any], Any]


def main(arguments: list[str] | None = None) -> None:
    """Load the driver and answer until stdin ends."""
    parser = argparse.ArgumentParser(
        prog="python -m hpa_discovery.drivers.host", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--onap", action="store_true", help="the class has ONAP's get_hpa_capabilities(data)")
    parser.add_argument("--folder", help="where the driver's modules are, before all others")
    parser.add_argument("driver", metavar="module:Class")
    options = parser.parse_args(arguments)
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # what is printed must be there when the driver is ended
    if options.folder:
        sys.path.insert(0, options.folder)
    if options.onap:
        _log_to_stderr()
    module, _, name = options.driver.partition(":")
    driver = getattr(import_module(module), name)()
    serve(driver, _onap(driver) if options.onap else driver.discover, sys.stdin.buffer, answers)


def serve(driver: Any, discover: Discover, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer each request line with one line."""
    for line in requests:
        request = json.loads(line)
        try:
            answer = _line(request, _answer(driver, discover, request))
        except Exception as error:  # noqa: BLE001 - whatever the vendor's code raises is an answer
            traceback.print_exc()
            answer = _line(request, _error(type(error).__name__, str(error)))
        answers.write(answer)


def _line(request: dict[str, Any], answer: dict[str, Any]) -> bytes:
    """The answer to this request, whatever id the driver put into it."""
    whole = {"id": 0, **answer} | {"id": request["id"]}
    return json.dumps(whole, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def _answer(driver: Any, discover: Discover, request: dict[str, Any]) -> dict[str, Any]:
    if request["op"] == "describe":
        name = getattr(driver, "name", type(driver).__name__)
        return {"name": str(name), "version": str(getattr(driver, "version", ""))}
    if request["op"] != "discover":
        return _error("op", f"unknown op {request['op']!r}; known are describe, discover")
    found = discover(request["subject"], request["context"])
    if isinstance(found, dict):
        return found
    if not isinstance(found, list | tuple | Iterator | None):  # a text would be a list of its characters
        raise TypeError(f"discover returned a {type(found).__name__}; a list of capabilities or an object is needed")
    return {"capabilities": list(found or ())}


def _error(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


def _log_to_stderr() -> None:
    """ONAP's drivers log to a file in the working folder, where nothing can be written here."""
    import logging  # noqa: PLC0415 - slow to import, and most drivers do not

    class Handler(logging.StreamHandler[Any]):
        def __init__(self, *_: Any, **__: Any) -> None:
            super().__init__()

    logging.FileHandler = Handler  # type: ignore[misc,assignment]  # what the driver will find there


def _onap(driver: Any) -> Discover:
    from hpa_discovery.drivers.onap import discover_by  # noqa: PLC0415 - most drivers are not ONAP's

    return discover_by(driver)


if __name__ == "__main__":
    main()
