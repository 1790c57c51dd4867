# SPDX-License-Identifier: Apache-2.0
"""/v1/discover and /v1/explain say what the command line says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli.running import hpa
from service.asking import FLAVOR, Asking, asking, told
from service.runtimes import Deployment, until

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"
FLAVORS = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(EXAMPLES.glob("flavors/*.json"))]
CONTEXT = json.loads((EXAMPLES / "context.json").read_text(encoding="utf-8"))
ODD: list[dict[str, Any]] = [
    {},
    {"id": "x", "vcpus": "two"},
    {"extra_specs": {"hw:cpu_policy": "\ud800"}},
    {"id": 10**400},
    {"id": "deep", "extra_specs": json.loads("[" * 90 + "]" * 90)},
    {"id": "caf\u00e9", "name": "\U0001f600", "vcpus": 1, "ram": 1, "disk": 0, "extra_specs": {}},
]


@pytest.fixture
def packs(shared_runtime: Any) -> Path:
    """The folder of packs that the service watches."""
    path: Path = shared_runtime.settings.pack_path[0]
    return path


def by_command(verb: str, packs: Path, subjects: list[dict[str, Any]], *options: str) -> list[Any]:
    """What `hpa` says of these subjects."""
    lines = "".join(json.dumps({"subject": subject}) + "\n" for subject in subjects)
    ran = hpa(verb, "-", "--pack-path", packs, *options, stdin=lines)
    assert ran.code in {0, 1}, ran.err
    return ran.rows if verb == "discover" else json.loads(ran.out)


@pytest.mark.parametrize("subject", [*FLAVORS, *ODD])
def test_one_subject(api: Asking, packs: Path, subject: dict[str, Any]) -> None:
    """The row of a subject is that of `hpa discover -o jsonl`, whatever the subject is like."""
    answer = api.send(json.dumps({"subject": subject}).encode())
    assert answer.status_code == 200
    assert answer.json() == {
        "generation": api.runtime.live.digest,
        "outcomes": by_command("discover", packs, [subject], "-o", "jsonl"),
    }


@pytest.mark.parametrize("count", [0, 1, 3, 1000])
def test_many_subjects(api: Asking, packs: Path, count: int) -> None:
    """A batch has one row a subject, in order, whether a thread answers it or not."""
    subjects = [{**FLAVORS[place % len(FLAVORS)], "id": str(place)} for place in range(count)]
    outcomes = api.post("/v1/discover", {"subjects": subjects}).json()["outcomes"]
    assert outcomes == (by_command("discover", packs, subjects, "-o", "jsonl") if subjects else [])


@pytest.mark.parametrize(
    ("members", "options"),
    [
        ({"context": CONTEXT}, ["--context", str(EXAMPLES / "context.json")]),
        ({"owner": "o", "region": "r"}, ["--owner", "o", "--region", "r"]),
        ({"context": CONTEXT, "region": "r"}, ["--context", str(EXAMPLES / "context.json"), "--region", "r"]),
        ({"source": "openstack.flavor", "context": None, "owner": None}, []),
    ],
)
def test_context_and_place(api: Asking, packs: Path, members: dict[str, Any], options: list[str]) -> None:
    """Context, owner and region mean what the options of the command mean; null is as if it were not there."""
    answer = api.post("/v1/discover", {"subjects": FLAVORS, **members})
    assert answer.json()["outcomes"] == by_command("discover", packs, FLAVORS, "-o", "jsonl", *options)


@pytest.mark.parametrize("options", [{}, {"rule": "acme.nic/device"}])
def test_explain(api: Asking, packs: Path, options: dict[str, str]) -> None:
    """An explanation is that of `hpa explain -o json`."""
    answer = api.post("/v1/explain", {"subjects": FLAVORS, **options})
    said = [part for name, value in options.items() for part in (f"--{name}", value)]
    assert answer.status_code == 200
    assert answer.json() == {
        "generation": api.runtime.live.digest,
        "explanations": by_command("explain", packs, FLAVORS, "-o", "json", *said),
    }


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/v1/discover", {"subject": {}, "source": "openstack.flavour"}, "/source"),
        ("/v1/explain", {"subject": {}, "rule": "acme.nic/devise"}, "/rule"),
        ("/v1/explain", {"subject": {}, "source": "x", "rule": "acme.nic/device"}, "/source"),
    ],
)
def test_unknown_names(api: Asking, path: str, body: dict[str, Any], pointer: str) -> None:
    """A source or rule that is not there is a fault of the request."""
    problem = told(api.post(path, body), 422, "invalid")
    assert [fault["pointer"] for fault in problem["errors"]] == [pointer]


def test_a_change_is_seen_by_the_next_request(deployment: Deployment) -> None:
    """An answer names the generation it comes from, which is another one after a change."""
    with deployment.running() as runtime, asking(runtime) as client:
        flavor = {**FLAVOR, "extra_specs": {"acme:nic": "x"}}
        before = client.post("/v1/discover", {"subject": flavor}).json()
        deployment.vendor.write(count="2")
        until(lambda: runtime.live.digest != before["generation"])
        after = client.post("/v1/discover", {"subject": flavor}).json()
        assert after["generation"] == runtime.live.digest
        assert '"2"' in json.dumps(after).replace("\\", "")
        assert before["outcomes"] != after["outcomes"]
