# SPDX-License-Identifier: Apache-2.0
"""The Python API: what `hpa_discovery` offers, what importing it costs, and Discovery."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

import hpa_discovery
from cli.running import hpa
from docs.fenced import DOCS, ROOT
from hpa_discovery import Discovery, Outcome, PackError, UsageError, errors, model

EXAMPLES = ROOT / "examples"
PACKS = ROOT / "tests" / "cli" / "packs"
GATEWAY = json.loads((EXAMPLES / "flavors" / "crypto-gateway.json").read_text("utf-8"))
CONTEXT = json.loads((EXAMPLES / "context.json").read_text("utf-8"))
SLOW = ("yaml", "jinja2", "jmespath", "jsonschema", "sqlalchemy", "click", "requests")


def run_python(code: str) -> str:
    """What a fresh Python prints."""
    engine = Path(hpa_discovery.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={"PYTHONPATH": str(engine)},
    )
    return done.stdout


def test_importing_loads_nothing_slow() -> None:
    """Neither the package nor its errors and values bring a third-party library with them."""
    asked = "import sys, hpa_discovery; hpa_discovery.HpaError, hpa_discovery.Capability"
    loaded = run_python(f"{asked}; print([name for name in {SLOW} if name in sys.modules])")
    assert loaded.strip() == "[]"


def test_every_name_is_there_and_no_other() -> None:
    """All of __all__ can be had, by dir() too; what is not in it is no attribute."""
    for name in hpa_discovery.__all__:
        assert getattr(hpa_discovery, name).__name__ == name
    assert set(hpa_discovery.__all__) <= set(dir(hpa_discovery))
    with pytest.raises(AttributeError, match="has no attribute 'Generation'"):
        _ = hpa_discovery.Generation  # type: ignore[attr-defined]  # that it is not there is the test
    assert run_python("from hpa_discovery import *; print(Discovery.__name__)").strip() == "Discovery"


def test_every_name_is_documented() -> None:
    """docs/python.md names all that other programs may use."""
    page = (DOCS / "python.md").read_text("utf-8")
    assert [name for name in hpa_discovery.__all__ if f"`{name}`" not in page] == []


def test_exceptions_are_those_of_the_engine() -> None:
    """What is caught as hpa_discovery.UsageError is what is raised."""
    assert hpa_discovery.UsageError is errors.UsageError
    assert hpa_discovery.Outcome is model.Outcome


def test_discover_gives_an_outcome() -> None:
    """Capabilities, unknowns and diagnostics as values."""
    outcome = Discovery().discover(GATEWAY, CONTEXT)
    assert isinstance(outcome, Outcome)
    assert [found.discriminator for found in outcome.capabilities if found.feature == "pciePassthrough"] == [
        "qat",
        "smartnic",
    ]
    assert (outcome.unknown, outcome.diagnostics) == ((), ())


def test_answer_is_the_row_of_the_command_line() -> None:
    """With owner and region of the context, or with those that are given."""
    file, context = EXAMPLES / "flavors" / "crypto-gateway.json", EXAMPLES / "context.json"
    for place in ({}, {"owner": "o"}, {"owner": "o", "region": "r"}):
        options = [word for name, value in place.items() for word in (f"--{name}", value)]
        printed = hpa("discover", file, "--context", context, "-o", "jsonl", *options).rows[0]
        assert Discovery().answer(GATEWAY, CONTEXT, **place) == printed


def test_explain_is_that_of_the_command_line() -> None:
    """Of all rules, or of one; an unknown one is wrong usage."""
    file, context = EXAMPLES / "flavors" / "crypto-gateway.json", EXAMPLES / "context.json"
    rule = "onap.openstack/huge-pages"
    printed = json.loads(hpa("explain", file, "--context", context, "-o", "json").out)
    told = Discovery().explain(GATEWAY, CONTEXT)
    assert json.loads(json.dumps(told)) == printed[0]
    assert [each["rule"] for each in Discovery().explain(GATEWAY, CONTEXT, rule=rule)["rules"]] == [rule]
    with pytest.raises(UsageError, match="no rule"):
        Discovery().explain(GATEWAY, rule="onap.openstack/huge")


@pytest.mark.parametrize("subject", [None, [], {"name": float("nan")}, {"a": object}], ids=repr)
def test_what_is_no_subject_is_unknown(subject: Any) -> None:
    """No exception: a bad row must not end a run."""
    outcome = Discovery().discover(subject)
    assert outcome.capabilities == ()
    assert outcome.unknown
    assert Discovery().answer(subject, {"vim": 7})["subject"] == {"id": None, "name": None}


def test_packs_are_chosen_by_name_and_path() -> None:
    """As --packs and --pack-path choose them; paths may be text."""
    flavor = {**GATEWAY, "extra_specs": {"acme:crypto_cards": "2"}}
    found = Discovery(["acme.mini"], [str(PACKS)]).discover(flavor).capabilities
    assert [each.feature for each in found] == ["acmeCrypto"]
    assert len(Discovery(pack_path=[PACKS]).discover(flavor).capabilities) > 1


def test_what_is_wrong_with_packs_is_raised_where_they_are_needed(tmp_path: Path) -> None:
    """UsageError for a name or source that is not there, PackError with findings; and again the next time."""
    (tmp_path / "pack.yaml").write_text("kind: Pack\n", "utf-8")
    for _ in range(2):
        with pytest.raises(UsageError, match="unknown pack 'acme'"):
            Discovery(["acme"]).discover({})
        with pytest.raises(UsageError, match="unknown source 'nova'"):
            Discovery().discover({}, source="nova")
        with pytest.raises(PackError) as caught:
            Discovery(pack_path=[tmp_path]).discover({})
        assert caught.value.findings


def test_another_source_has_its_own_packs() -> None:
    """One object answers for several kinds of subjects."""
    discovery = Discovery(pack_path=[ROOT / "tests" / "rules" / "drafts"])
    node = {"metadata": {"name": "n"}, "status": {"capacity": {"cpu": "4", "memory": "8Gi"}}}
    assert discovery.answer(node, source="kubernetes.node")["subject"]["name"] == "n"
    assert discovery.discover(GATEWAY, CONTEXT).capabilities


def test_threads_share_one_object() -> None:
    """Packs are loaded once, and all get the same answer."""
    discovery, together = Discovery(), Barrier(8)
    with ThreadPoolExecutor(8) as pool:
        loaded = list(pool.map(lambda _: (together.wait(), discovery._generation("openstack.flavor"))[1], range(8)))
        answers = list(pool.map(lambda _: discovery.discover(GATEWAY, CONTEXT), range(64)))
    assert all(generation is loaded[0] for generation in loaded)
    assert all(answer == answers[0] for answer in answers)


def test_half_a_character_in_a_region_harms_no_id() -> None:
    """The id is computed of what UTF-8 can write."""
    assert Discovery().answer(GATEWAY, CONTEXT, owner="\ud800") == Discovery().answer(GATEWAY, CONTEXT, owner="?")


@pytest.fixture
def broken_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A wheel that names a pack and has no list of its files, where Python looks."""
    info = tmp_path / "acme-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text("[hpa_discovery.packs]\nacme.nic = acme\n", "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return info


def test_a_wheel_that_is_left_out_is_told_once(broken_wheel: Path) -> None:
    """As a problem and as an event, however many sources and subjects are asked about; the other packs answer."""
    events: list[tuple[str, dict[str, Any]]] = []

    class Noting:
        def event(self, name: str, fields: dict[str, Any]) -> None:
            events.append((name, fields))

    discovery = Discovery(pack_path=[ROOT / "tests" / "rules" / "drafts"], observer=Noting())
    assert discovery.problems == ()
    for _ in range(2):
        assert discovery.discover(GATEWAY, CONTEXT).capabilities
        discovery.discover({"metadata": {"name": "n"}}, source="kubernetes.node")
    [problem] = discovery.problems
    assert (problem.code, problem.file) == ("wheel.unreadable", str(broken_wheel))
    assert events == [(problem.code, {"file": problem.file, "line": problem.line, "message": problem.message})]


def test_without_an_observer_it_is_logged(broken_wheel: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A warning of the logger hpa_discovery."""
    Discovery().discover(GATEWAY)
    [record] = caplog.records
    assert (record.name, record.levelname) == ("hpa_discovery", "WARNING")
    assert record.getMessage().startswith(f"wheel.unreadable: file {broken_wheel}, ")


def test_owner_and_region_come_from_the_call_or_the_context() -> None:
    """What is no text, or no object, says nothing."""
    both = {"vim": {"cloud_owner": "o", "cloud_region_id": "r"}}
    wanted = Discovery().answer(GATEWAY, both)["capabilities"]
    assert Discovery().answer(GATEWAY, {"vim": {"cloud_owner": "o"}}, region="r")["capabilities"] == wanted
    assert (
        Discovery().answer(GATEWAY, both | {"vim": {"cloud_owner": "x"}}, owner="o", region="r")["capabilities"]
        == wanted
    )
    nothing = Discovery().answer(GATEWAY, {})["capabilities"]
    assert nothing != wanted
    for vim in ("text", None, {"cloud_owner": 7}):
        assert Discovery().answer(GATEWAY, {"vim": vim})["capabilities"] in (nothing, [])
    assert (
        Discovery().answer(GATEWAY, both, owner="", region="")["capabilities"]
        == Discovery().answer(GATEWAY, {"vim": {}}, owner="", region="")["capabilities"]
    )
