# SPDX-License-Identifier: Apache-2.0
"""Tables for people."""

from __future__ import annotations

import json

from cli.running import MINI, flavor, hpa
from hpa_discovery.cli.plain_table import WIDTH
from hpa_discovery.cli.tables import unknown_lines
from hpa_discovery.model import Unknown


def table(*subjects: object) -> list[str]:
    """The lines that discover shows."""
    return hpa("discover", "-", *MINI, stdin=json.dumps(subjects)).out.splitlines()


def test_a_table_has_a_line_for_each_attribute() -> None:
    """Feature and discriminator, architecture, and every attribute as key = value."""
    assert table(flavor("two", crypto_cards="2")) == [
        "two (id-two)",
        "  feature          architecture  attributes",
        "    discriminator",
        "  ---------------  ------------  -----------------",
        "  acmeCrypto       generic       cryptoCards = 2",
        "    any                          cryptoModel = any",
    ]


def test_nothing_found_is_said() -> None:
    """A flavor without capabilities has a line that says so; no flavor at all too."""
    assert table(flavor("bare")) == ["bare (id-bare)", "  no capabilities"]
    assert table() == ["no subjects"]


def test_unknown_and_diagnostics_stand_below() -> None:
    """What could not be answered is told with its code and the rule."""
    lines = table(flavor("many", crypto_cards="99"))

    assert lines[0] == "many (id-many)"
    assert lines[1] == "  unknown: acmeCrypto (let.type)"
    assert lines[2].startswith("  error: let.type: acme.mini/crypto: ")


def test_what_is_unknown_for_one_reason_is_told_together() -> None:
    """Features with the same code share lines of 80 columns; names stay whole, and no line is lost."""
    features = [f"feature{number}" for number in range(12)]
    unknown = [Unknown(feature, "*", "", "subject.unreadable", "why") for feature in features]
    lines = unknown_lines([*unknown, Unknown("gpu", "a100", "", "let.type", "why")])

    assert lines[0].startswith("  unknown: feature0, feature1, ")
    assert [len(line) <= WIDTH for line in lines] == [True] * len(lines)
    assert " ".join(line.strip() for line in lines[:-1]) == f"unknown: {', '.join(features)} (subject.unreadable)"
    assert lines[-1] == "  unknown: gpu a100 (let.type)"


def test_subjects_are_set_apart() -> None:
    """An empty line stands between two subjects."""
    assert table(flavor("a"), flavor("b")) == ["a (id-a)", "  no capabilities", "", "b (id-b)", "  no capabilities"]


def test_a_subject_without_a_name_is_shown_by_its_id() -> None:
    """Whatever there is to call it by is shown once."""
    assert table({"id": "x", "extra_specs": {}})[0] == "x"
    assert table({"id": "x", "name": "x", "extra_specs": {}})[0] == "x"
    assert table({"extra_specs": {}})[0] == "(no name)"


def test_no_line_is_wider_than_80_columns_and_nothing_is_cut() -> None:
    """A long value goes on below, in full."""
    model = "a-model-with-a-name-" * 6

    lines = table(flavor("long", crypto_cards="2", crypto_model=model))

    assert max(map(len, lines)) <= 80
    assert "".join("".join(line[46:].split()) for line in lines[4:]).endswith(model)
