# SPDX-License-Identifier: Apache-2.0
"""The page of the Python API: its examples run, and its tables have what the code has."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

import hpa_discovery
from docs.fenced import DOCS, ROOT, code, codes, table, tables
from docs.python_blocks import follow
from hpa_discovery import Discovery, HpaError

PAGE = DOCS / "python.md"


def test_examples_print_what_the_page_shows(tmp_path: Path) -> None:
    """All blocks in order, in a folder that sees examples/."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    follow(PAGE, tmp_path, sys.executable, PYTHONPATH=str(Path(hpa_discovery.__file__).parents[1]))


def test_methods_and_arguments_are_those_of_the_class() -> None:
    """Every public method stands on the page with its arguments, and every argument of the class."""
    arguments, methods = (each.rows for each in tables(PAGE) if each.heading == "Discovery")
    assert [code(row[0]) for row in arguments] == list(inspect.signature(Discovery).parameters)
    shown = [code(row[0]) for row in methods]
    public = {name: value for name, value in vars(Discovery).items() if not name.startswith("_")}
    assert [name.partition("(")[0] for name in shown] == list(public)
    for line in shown:
        name, found, _ = line.partition("(")
        if found:
            assert line == f"{name}{_plain(inspect.signature(public[name]))}"
    assert f"`Discovery{_plain(inspect.signature(Discovery))}`" in PAGE.read_text("utf-8")


def _plain(signature: inspect.Signature) -> str:
    """Without types and self."""
    kept = [each.replace(annotation=each.empty) for name, each in signature.parameters.items() if name != "self"]
    text = str(signature.replace(parameters=kept, return_annotation=signature.empty))
    return text.replace("'openstack.flavor'", '"openstack.flavor"')


def test_values_are_shown_with_their_members() -> None:
    """All public members of each value; only what explain fills is left out."""
    for name, members in table(PAGE, "Values").rows:
        value = getattr(hpa_discovery, code(name))
        fields = getattr(value, "_fields", None) or getattr(value, "__dataclass_fields__", None) or ["event"]
        assert [each.partition("(")[0] for each in codes(members) if each != "*"] == [
            field for field in fields if field != "trace"
        ]


def test_exceptions_are_those_that_are_offered() -> None:
    """Each is an HpaError, and none is left out."""
    shown = [code(row[0]) for row in table(PAGE, "Exceptions").rows]
    offered = [name for name in hpa_discovery.__all__ if name.endswith("Error")]
    assert sorted(shown) == offered
    assert all(issubclass(getattr(hpa_discovery, name), HpaError) for name in shown)
