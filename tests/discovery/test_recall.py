# SPDX-License-Identifier: Apache-2.0
"""Outcomes that are remembered by the whole subject and context."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hpa_discovery.discovery.context import SeenContext, read_context
from hpa_discovery.discovery.recall import Recall
from hpa_discovery.language.budgets import DEFAULT
from hpa_discovery.model import Outcome
from hpa_discovery.packs.contracts import load_contracts

CONTRACT = load_contracts()["openstack.flavor"]
NOTHING = read_context(None, CONTRACT, DEFAULT)


def seen(context: Any) -> SeenContext:
    """The context as evaluate sees it."""
    return read_context(context, CONTRACT, DEFAULT)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1}, {"a": True}),
        ({"a": 1}, {"a": 1.0}),
        ({"a": 1}, {"a": "1"}),
        ({"a": None}, {}),
        ({"a": 0.0}, {"a": -0.0}),
        ({"a": {"b": "c"}}, {"a": {"b": "d"}}),
        ({"a": ["b", "c"]}, {"a": [["b"], "c"]}),
        ({"a": "b", "c": "d"}, {"a": "d", "c": "b"}),
        ({"ab": "c"}, {"a": "bc"}),
        ({"a": "é"}, {"a": "e\u0301"}),
    ],
)
def test_different_subjects(one: Any, other: Any) -> None:
    """Subjects that a rule could tell apart are never taken for one another."""
    recall = Recall()

    assert recall.key(one, NOTHING) != recall.key(other, NOTHING)


def test_equal_subjects() -> None:
    """A flavor that is read again from the same text is known again, whatever else holds its parts."""
    text = json.dumps({"id": "f1", "vcpus": 4, "x": 1.5, "extra_specs": {"hw:cpu_policy": "dedicated", "id": "f1"}})
    held = [json.loads(text) for _ in range(3)]
    keys = {Recall().key(json.loads(text), seen({"vimtype": "openstack"})) for _ in range(3)}
    keys |= {Recall().key(subject, seen({"vimtype": "openstack"})) for subject in held}

    assert len(keys) == 1


@pytest.mark.parametrize("context", [{"vimtype": "a"}, {"vimtype": 1}, {"vim": {"cloud_extra_info": "{}"}}, {}])
def test_different_contexts(context: Any) -> None:
    """The outcome belongs to the context, too."""
    others = [None, {"vimtype": "b"}, {"vimtype": True}, {"vim": {"cloud_extra_info": "junk"}}]

    assert all(Recall().key({}, seen(context)) != Recall().key({}, seen(other)) for other in others)


def test_what_is_kept() -> None:
    """An outcome is given back as it is; that of a large subject is not kept."""
    recall = Recall()
    outcome = Outcome()
    key, large = recall.key({"id": "1"}, NOTHING), recall.key({"id": "x" * 10_000}, NOTHING)

    recall.keep(key, outcome, 10)
    recall.keep(large, outcome, 10)

    assert recall.get(key) is outcome
    assert recall.get(large) is None


def test_costly_outcomes() -> None:
    """Outcomes with much text in them are fewer: what is kept has a bound in bytes, too."""
    recall = Recall()
    keys = [recall.key({"id": str(number)}, NOTHING) for number in range(1_000)]

    for key in keys:
        recall.keep(key, Outcome(), 10_000)  # up to 160,000 characters each

    assert 0 < sum(recall.get(key) is not None for key in keys) <= 105
    assert recall.get(keys[-1]) is not None


def test_a_full_memory() -> None:
    """However many subjects come, a bounded number of outcomes is kept, and the newest is among them."""
    recall = Recall()
    keys = [recall.key({"id": str(number)}, NOTHING) for number in range(5_000)]

    for key in keys:
        recall.keep(key, Outcome(), 1)

    assert sum(recall.get(key) is not None for key in keys) <= 2048
    assert recall.get(keys[-1]) is not None
