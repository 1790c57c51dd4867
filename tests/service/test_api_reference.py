# SPDX-License-Identifier: Apache-2.0
"""docs/api.md and the OpenAPI document say what the service does."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute

from hpa_discovery.service import questions, region_settings
from hpa_discovery.service.app import make_api
from hpa_discovery.service.forms.asked import DiscoverRequest, ExplainRequest, ResourceUrlsRequest
from hpa_discovery.service.forms.plans import PlanRequest
from hpa_discovery.service.forms.regions import AaiSaid, ImportAai, ImportRequest, RegionChangeRequest, RegionRequest
from hpa_discovery.service.limits import DEFAULT
from hpa_discovery.service.reference import reference
from hpa_discovery.service.routes import (
    alarms,
    answers,
    devices,
    generations,
    health,
    importing,
    inventory,
    multicloud,
    packs,
    plans,
    regions,
)
from service.asking import FLAVOR, Asking
from service.daemon import running

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
ROUTERS = (answers, packs, generations, devices, regions, importing, inventory, plans, alarms, multicloud, health)


def test_page() -> None:
    """docs/api.md is what the reference makes."""
    assert PAGE.read_text(encoding="utf-8") == reference(), (
        "run python -m hpa_discovery.service.reference > docs/api.md"
    )


def test_the_command_works(tmp_path: Path) -> None:
    """What the page shows first is answered by a service."""
    command = PAGE.read_text(encoding="utf-8").split("```")[1]
    with running(tmp_path / "state") as daemon:
        (tmp_path / "hpa.curl").write_text(f'header = "Authorization: Bearer {daemon.token}"\n', "ascii")
        url = daemon.told()["address"]
        ran = subprocess.run(
            ["sh", "-c", command], cwd=tmp_path, env={**os.environ, "HPA_URL": url}, capture_output=True, check=False
        )
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert len(json.loads(ran.stdout)["outcomes"]) == 1


def test_every_route_stands_there() -> None:
    """Each method of each path has a section, the document has it, and every link leads to a section."""
    text = PAGE.read_text(encoding="utf-8")
    paths = make_api().openapi()["paths"]
    for each in ROUTERS:
        for route in each.router.routes:
            assert isinstance(route, APIRoute)
            for method in route.methods:
                assert f"\n### {method} {route.path_format}\n" in text
                assert paths[route.path_format][method.lower()]["description"]
    sections = {line[4:].lower() for line in text.splitlines() if line.startswith("### ")}
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= sections


@pytest.mark.parametrize(
    ("form", "members"),
    [
        (DiscoverRequest, questions.DISCOVER),
        (ExplainRequest, questions.EXPLAIN),
        (ResourceUrlsRequest, questions.RESOURCE_URLS),
        (RegionRequest, region_settings.ADD),
        (RegionChangeRequest, region_settings.CHANGE),
        (AaiSaid, region_settings.AAI),
        (PlanRequest, plans.MEMBERS),
        (ImportAai, region_settings.IMPORT),
        (ImportRequest, importing.MEMBERS),
    ],
)
def test_forms_are_what_is_checked(form: Any, members: Any) -> None:
    """The members that the document shows are those that a body may have."""
    assert set(form.model_fields) == set(members)


def test_limits_are_told() -> None:
    """The document has the limits that hold."""
    schemas = make_api().openapi()["components"]["schemas"]
    subjects = schemas["DiscoverRequest"]["properties"]["subjects"]
    assert subjects["maxItems"] == DEFAULT.subjects
    assert f"| {DEFAULT.subjects:,} | subjects in one request" in PAGE.read_text(encoding="utf-8")


def test_every_reference_of_the_document_is_there() -> None:
    """No `$ref` leads nowhere, and no schema stands there for nothing."""
    document = make_api().openapi()
    names = re.findall(r"'#/components/schemas/(\w+)'", str(document))
    assert set(names) == set(document["components"]["schemas"])


def test_the_example_of_the_page(api: Asking) -> None:
    """The body in the page's example is answered."""
    (body,) = re.findall(r"-d '(.*)' \\", PAGE.read_text(encoding="utf-8"))
    row = api.send(body.encode()).json()["outcomes"][0]
    assert row["subject"] == {"id": "1", "name": FLAVOR["name"]}
    assert row["capabilities"]


def test_the_document_over_http(api: Asking) -> None:
    """/v1/openapi.json is that document; there are no pages that load scripts from elsewhere."""
    assert api.get("/v1/openapi.json") == make_api().openapi()
