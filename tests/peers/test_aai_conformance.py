# SPDX-License-Identifier: Apache-2.0
"""The double of A&AI against what is known of A&AI: aai_cases.yaml, request by request, in both modes."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from peers.aai.asking import JSON, Asking, Reply
from peers.aai.running import Aai
from peers.aai.settings import MODES, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REGION = "cloud-infrastructure/cloud-regions/cloud-region/CloudOwner/RegionOne"
FLAVOR = f"{REGION}/flavors/flavor/f1"
NAMES = {
    "{R2}": "cloud-infrastructure/cloud-regions/cloud-region/CloudOwner/RegionTwo",
    "{R}": REGION,
    "{F}": FLAVOR,
    "{C}": f"{FLAVOR}/hpa-capabilities/hpa-capability/c1",
}
OBJECTS: list[tuple[str, dict[str, Any]]] = [
    (REGION, {"cloud-region-version": "pike"}),
    (
        FLAVOR,
        {
            "flavor-name": "onap.small",
            "flavor-selflink": "http://nova/flavors/f1",
            "flavor-vcpus": 4,
            "flavor-ram": 4096,
            "hpa-capabilities": {
                "hpa-capability": [
                    {
                        "hpa-capability-id": "c1",
                        "hpa-feature": "cpuPinning",
                        "hpa-version": "v1",
                        "architecture": "generic",
                        "hpa-feature-attributes": [
                            {"hpa-attribute-key": "policy", "hpa-attribute-value": '{"value":"dedicated"}'}
                        ],
                    }
                ]
            },
        },
    ),
]
CASES = yaml.safe_load(Path(__file__).with_name("aai_cases.yaml").read_text("utf-8"))
RUNS = [(case, mode) for case in CASES for mode in case.get("modes", MODES)]
TABLE = Path(__file__).resolve().parents[3] / "shared" / "data" / "aai_conformance.json"
# Said of the table itself, and not of A&AI.
NO_LINES = {"_source"}


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, Aai]]:
    """One double a mode; each case starts with an empty one."""
    with Aai() as faithful, Aai(mode="strict") as strict:
        yield {"faithful": faithful, "strict": strict}


@pytest.mark.parametrize(("case", "mode"), RUNS, ids=[f"{case['name']}-{mode}" for case, mode in RUNS])
def test_a_case_of_the_table(servers: dict[str, Aai], case: dict[str, Any], mode: str) -> None:
    """Every request gets the answer that A&AI gives; strict refuses where A&AI mangles in silence."""
    aai = servers[mode]
    aai.control.empty()
    aai.control.change(**(asdict(Settings()) | {"mode": mode} | case.get("settings", {})))
    aai.control.load(OBJECTS + [(uri, body) for uri, body in case.get("given", [])])
    with Asking(aai, case.get("version", 28)) as client:
        run = Run(client, mode)
        for step in case["steps"]:
            run.step(step)


class Run:
    """The steps of one case, one after the other."""

    def __init__(self, client: Asking, mode: str) -> None:
        self._client = client
        self._mode = mode
        self._noted: dict[str, str] = {}

    def step(self, step: dict[str, Any]) -> None:
        """One request and what is wanted of its answer, or a look at a resource-version."""
        step = {name: self._resolved(value) for name, value in step.items()}
        if "note" in step:
            self._noted[step["note"]] = self._client.version_of(step["of"])
        elif "same" in step:
            assert self._client.version_of(step["of"]) == self._noted[step["same"]]
        elif "later" in step:
            assert int(self._client.version_of(step["of"])) > int(self._noted[step["later"]])
        else:
            self._check(step, self._send(step))

    def _resolved(self, value: Any) -> Any:
        """The value with the paths and resource-versions that it names."""
        if isinstance(value, dict):
            return {self._resolved(name): self._resolved(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self._resolved(each) for each in value]
        if not isinstance(value, str):
            return value
        for name, path in NAMES.items():
            value = value.replace(name, path)
        before, found, path = value.rpartition("rv ")
        return before + self._client.version_of(path) if found else value

    def _send(self, step: dict[str, Any]) -> Reply:
        headers = dict(step.get("headers", {}))
        ask: dict[str, Callable[[], Reply]] = {
            "get": lambda: self._get(step, headers),
            "put": lambda: self._client.put(step["put"], step["body"]),
            "patch": lambda: self._client.patch(step["patch"], step["body"]),
            "post": partial(self._client.send, "POST", step.get("post", ""), step.get("body"), JSON, **headers),
            "delete": lambda: self._client.delete(
                step["delete"], self._client.version_of(step["rv"]) if "rv" in step else step.get("version", "")
            ),
            "bulk": lambda: self._client.bulk(*self._operations(step)),
            "send": lambda: self._client.send(step["send"], step["path"], step["body"]),
        }
        [verb] = ask.keys() & step.keys()
        return ask[verb]()

    def _get(self, step: dict[str, Any], headers: dict[str, str]) -> Reply:
        query = "&".join(f"{name}={value}" for name, value in step.get("query", {}).items())
        return self._client.send("GET", f"{step['get']}?{query}".removesuffix("?"), **headers)

    def _operations(self, step: dict[str, Any]) -> list[tuple[str, str, Any]]:
        more = range(step.get("repeat", 0))
        told: list[tuple[str, str, Any]] = step["bulk"]
        return told + [("put", f"/{REGION}/tenants/tenant/t{i}", {"tenant-name": "t"}) for i in more]

    def _check(self, step: dict[str, Any], reply: Reply) -> None:
        wanted = {name: self._of_mode(step.get(name)) for name in ("is", "says", "gives")}
        assert reply.status == wanted["is"], reply
        for text in wanted["says"] or []:
            assert str(text) in reply.error
        assert missing(wanted["gives"], reply.body) == []
        assert not (reply.body or {}).keys() & set(step.get("lacks", []))
        assert not [name for name in step.get("nowhere", []) if f'"{name}"' in json.dumps(reply.body)]
        assert set(step.get("has", [])) <= reply.headers.keys()
        assert not set(step.get("has_not", [])) & reply.headers.keys()
        assert reply.body is None or not step.get("empty")

    def _of_mode(self, value: Any) -> Any:
        return value.get(self._mode) if isinstance(value, dict) and value.keys() <= set(MODES) else value


def missing(wanted: Any, found: Any, place: str = "") -> list[str]:
    """What is wanted and not there: members of objects may be more, lists are as long as wanted."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return [said for name, each in wanted.items() for said in missing(each, found.get(name), f"{place}.{name}")]
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        pairs = enumerate(zip(wanted, found, strict=True))
        return [said for i, (each, other) in pairs for said in missing(each, other, f"{place}[{i}]")]
    same = wanted is None or (type(wanted) is type(found) and wanted == found)
    return [] if same else [f"{place}: {wanted!r} is wanted, not {found!r}"]


def test_every_line_of_the_table_has_a_case() -> None:
    """The table of what is known of A&AI is where the cases come from, and none of its lines was forgotten."""
    if not TABLE.exists():
        pytest.skip("the table is not beside this checkout")
    table = json.loads(TABLE.read_text("utf-8"))
    sections = {name: lines for name, lines in table.items() if name not in NO_LINES}
    lines = {f"{section}/{line}" for section, found in sections.items() for line in found}

    assert {line for case in CASES for line in case["of"]} == lines
