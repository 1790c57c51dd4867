# SPDX-License-Identifier: Apache-2.0
"""schemathesis over the whole OpenAPI document: whatever is asked, no 500, and what is answered fits the document."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import ignored_auth, negative_data_rejection, positive_data_acceptance

from hpa_discovery.service.app import make_api
from packs.live.sites import Vendor
from service.role_tokens import ForRoles, for_roles

LONG = bool(os.environ.get("HPA_PROVE"))
SECONDS = 60  # so that a request that stands still is told by its name
# The document cannot say which rules there are. And where there is no body, what is taken for a fault is often
# nothing but the lack of the token, which this test adds.
# Nor what makes a region: which members a credential has, and which URLs there are.
EXCLUDED = {
    "POST /v1/explain": [positive_data_acceptance],
    "POST /v1/resource-urls": [positive_data_acceptance],
    "POST /v1/regions": [positive_data_acceptance],
    "PATCH /v1/regions/{owner}/{region}": [positive_data_acceptance, negative_data_rejection],
    "POST /v1/regions/import": [positive_data_acceptance],
}
document = schemathesis.openapi.from_dict(make_api().openapi())


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForRoles]:
    """A service in a process of its own, with one vendor's pack."""
    folder: Path = tmp_path_factory.mktemp("any")
    Vendor(folder / "packs" / "acme").write()
    with for_roles(folder) as served:
        yield served


@document.parametrize()
@settings(max_examples=300 if LONG else 20, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_any_request(case: Any, service: ForRoles) -> None:
    """No request is answered by 500, by a status or type that the document lacks, or in another form."""
    # Who sends wrong tokens for that long is answered by 429; that each route needs one has a test of its own.
    excluded = [
        ignored_auth,
        *EXCLUDED.get(case.operation.label, [] if case.operation.method == "post" else [negative_data_rejection]),
    ]
    case.call_and_validate(
        base_url=service.url, headers=service.auth("admin"), excluded_checks=excluded, timeout=SECONDS
    )
