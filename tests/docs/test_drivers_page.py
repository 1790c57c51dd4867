# SPDX-License-Identifier: Apache-2.0
"""The page on drivers: its tables of keys, limits, fences and faults name what the code has."""

from __future__ import annotations

import json
import re
from dataclasses import fields

from docs.fenced import DOCS, ROOT, blocks, code, codes, table
from hpa_discovery.drivers import asking, folders, line_process, protocol
from hpa_discovery.drivers.guarding import Fences, spec_of
from hpa_discovery.drivers.isolation import fences
from hpa_discovery.language.budgets import DEFAULT
from hpa_discovery.language.driver import Driver, parse_driver
from hpa_discovery.resources import bundled

PAGE = DOCS / "drivers.md"
ENGINE = ROOT / "engine" / "hpa_discovery"
MADE_IN = [*(ENGINE / "drivers").glob("*.py"), ENGINE / "discovery" / "driven.py"]
# What observers are told, which is no diagnostic.
_EVENTS = {"driver.fault", "driver.not_ready"}


def _plain() -> Driver:
    """A driver whose driver.yaml says no more than it must."""
    spec = {"source": "openstack.flavor", "features": ["numa"], "command": ["x"]}
    return parse_driver({"metadata": {"id": "a/b", "title": "t"}, "spec": spec}, "/x", "0" * 64)


def test_every_key_is_listed_with_its_default() -> None:
    """The table of driver.yaml holds the keys of the schema, and ends with what is taken when a key is left out."""
    rows = table(PAGE, "driver.yaml").rows
    schema = json.loads((bundled("schemas") / "driver.json").read_text("utf-8"))
    assert [code(row[0]) for row in rows] == list(schema["properties"]["spec"]["properties"])
    defaults = {code(row[0]): row[1].rpartition("; ")[2] for row in rows}
    plain = _plain()
    assert (defaults["timeout"], defaults["memory"], defaults["processes"]) == (
        f"{plain.timeout:g}",
        str(plain.memory),
        str(plain.processes),
    )


def test_limits_are_those_of_the_source() -> None:
    """Each figure is that of the code that keeps it."""
    shown = {row[0]: int(re.sub(r"[^\d]", "", row[1])) for row in table(PAGE, "Limits").rows}
    assert shown == {
        "one line of an answer": line_process.MOST_BYTES,
        "describing itself after the start": int(asking.START_SECONDS),
        "capabilities of one subject": DEFAULT.capabilities,
        "attributes of one capability": DEFAULT.attributes,
        "a feature, version or architecture": DEFAULT.word_chars,
        "diagnostics of one subject": DEFAULT.diagnostics,
        "one capability": DEFAULT.capability_bytes,
        "files in the folder": folders.MOST_FILES,
        "folders in folders": folders.MOST_DEPTH,
        "the path of a file in the folder": folders.MOST_PATH,
        "all of them together": folders.MOST_BYTES,
        "stderr that is kept": line_process.TOLD_BYTES,
        "open files": spec_of(_plain(), DOCS, fences())["limits"]["NOFILE"],
    }


def test_every_fence_is_listed() -> None:
    """The table of fences holds those of the code."""
    listed = {code(row[0]) for row in table(PAGE, "Fences").rows}
    assert listed == {field.name for field in fields(Fences)} - {"missing"}


def test_every_fault_is_listed() -> None:
    """The table of diagnostics holds every code with which a driver's features become unknown, and no other."""
    made = {found for path in MADE_IN for found in re.findall(r'"(driver\.[a-z_]+)"', path.read_text("utf-8"))}
    assert [code(row[0]) for row in table(PAGE, "When it goes wrong").rows if code(row[0]) not in made] == []
    assert {code(row[0]) for row in table(PAGE, "When it goes wrong").rows} == made - _EVENTS


def test_the_protocol_is_what_is_asked() -> None:
    """The first column is what the engine writes, with the subject and context left out."""
    first, second, _ = (codes(row[0]) for row in table(PAGE, "In any language").rows)
    assert first == [protocol.request(0, "describe").decode().strip()]
    asked = protocol.request(1, "discover", subject={}, context={}).decode().strip()
    assert second == [asked.replace("{}", "{...}")]


def test_go_is_shown_running() -> None:
    """The Go example is run where Go is installed."""
    assert any("needs-go" in block.marks and "make" in block.text for block in blocks(PAGE))
