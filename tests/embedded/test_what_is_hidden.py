# SPDX-License-Identifier: Apache-2.0
"""Secrets of viminfo by the names of its members; packages that register the same plugin."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hpa_discovery.embedded.rivals import Rival, rivals
from hpa_discovery.embedded.secret_values import secret_values, without


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"password": "a", "userName": "b"}, {"a"}),
        ({"admin_pass": "a", "authToken": "b", "clientSecret": "c", "api-key": "d", "privateKey": "e"}, set("abcde")),
        ({"credentials": {"user": "a", "list": ["b", {"c": "d"}]}}, {"a", "b", "d"}),
        ({"info": '{"token": "a", "name": "b"}'}, {"a"}),
        ({"token": '{"name": "b"}'}, {'{"name": "b"}', "b"}),
        ({"token": "{not json"}, {"{not json"}),
        ({"info": ' [{"accessKey": "a"}]'}, {"a"}),
        ({"token": '"a"'}, {'"a"'}),
        ({"password": "", "token": None, "secret": 7}, set()),
        ({7: "a"}, set()),
        ("password", set()),
        (None, set()),
    ],
)
def test_secrets_are_found_by_name(value: Any, found: set[str]) -> None:
    """At any depth, and in JSON that stands in text."""
    assert secret_values(value) == found


def test_long_text_is_not_parsed() -> None:
    """JSON of more than 64 KiB stands as it is: a certificate chain is no object, and looking must not take long."""
    inside = json.dumps({"token": "a"})
    for size, found in ((64 * 1024, {"a"}), (64 * 1024 + 1, set())):
        assert secret_values({"info": inside + " " * (size - len(inside))}) == found


def test_of_many_values_the_outermost_are_looked_at() -> None:
    """Up to ten thousand, whatever lies below them."""
    below = {"token": "far"}
    for _ in range(20_000):
        below = {"below": below}
    assert secret_values({"below": below, "token": "near"}) == {"near"}
    assert secret_values([*range(9_997), {"token": "last"}]) == {"last"}
    assert secret_values([*range(9_998), {"token": "last"}]) == set()


def test_a_cycle_ends() -> None:
    """What holds itself is looked at for a while."""
    value: dict[str, Any] = {"password": "a"}
    value["self"] = value
    assert secret_values(value) == {"a"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("abc of abcd", "*** of ***"),
        (r"it was 'a\nb'", "it was '***'"),
        ('it was "a\\"b"', 'it was "***"'),
        ("nothing", "nothing"),
    ],
)
def test_secrets_are_masked_in_every_spelling(text: str, shown: str) -> None:
    """The longer one first, and as Python and JSON write them."""
    assert without(text, frozenset({"abc", "abcd", "a\nb", 'a"b'})) == shown


def add(site: Path, name: str, version: str, entry_points: str) -> None:
    """What pip leaves of a package."""
    info = site / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", "utf-8")
    (info / "RECORD").write_text("", "utf-8")
    (info / "entry_points.txt").write_text(entry_points, "utf-8")


def test_rivals_are_packages_with_the_same_name_in_the_same_group(tmp_path: Path) -> None:
    """Ours is none, whoever hides behind another of its name is none, and a broken one is none."""
    first, second = tmp_path / "first", tmp_path / "second"
    mine = "[hpa.discovery]\ndiscovery = a:B\n"
    add(first, "theirs", "1.0", mine)
    add(second, "theirs", "0.9", mine)
    add(first, "hpa_discovery", "0.1.0", mine)
    add(first, "other_name", "1.0", "[hpa.discovery]\nother = a:B\n")
    add(first, "other_group", "1.0", "[hpa.discoveries]\ndiscovery = a:B\n")
    add(first, "broken", "1.0", "[hpa.discovery\ndiscovery")
    add(second, "more", "2.0", mine)
    assert rivals([first, second, tmp_path / "nowhere"]) == (
        Rival("theirs", "1.0", "a:B"),
        Rival("more", "2.0", "a:B"),
    )
