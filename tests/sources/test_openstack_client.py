# SPDX-License-Identifier: Apache-2.0
"""What the seam to openstacksdk says before any cloud is reached."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from hpa_discovery.errors import SourceError
from hpa_discovery.sources.openstack import Config, list_flavors
from hpa_discovery.sources.openstack_answers import Answer

if TYPE_CHECKING:
    from pathlib import Path


def test_a_missing_openstacksdk_is_named_on_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is optional: without it the error says what to install."""
    monkeypatch.setitem(sys.modules, "openstack.config", None)

    with pytest.raises(SourceError, match=r"pip install 'hpa-discovery\[openstack\]'"):
        list(list_flavors(Config("any")))


@pytest.mark.filterwarnings("ignore:Support for InfluxDB")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("clouds: [", r"clouds\.yaml"),
        ("clouds: text", r"clouds\.yaml: it is not of the form"),
        ("clouds: {given: text}", r"clouds\.yaml: it is not of the form"),
        ("clouds: {given: {auth: text}}", r"clouds\.yaml|credentials|configuration"),
        ("[]", r"clouds\.yaml|known clouds: none"),
        ("clouds: {given: {auth: {auth_url: 'http://127.0.0.1:1/v3'}, auth_type: magic}}", "given.*magic"),
        ("clouds: {other: {}}", "known clouds: other"),
        ("", "known clouds: none"),
    ],
)
def test_a_clouds_file_that_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    """What is wrong with clouds.yaml is a SourceError, whatever openstacksdk makes of it."""
    pytest.importorskip("openstack", reason="clouds are read with openstacksdk, an extra")
    file = tmp_path / "clouds.yaml"
    file.write_text(text)
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(file))

    with pytest.raises(SourceError, match=said):
        list(list_flavors(Config("given", timeout=1)))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"forbidden": {"code": 403, "message": "no"}}, "403 (no)"),
        ({"forbidden": "no"}, "403"),
        ({}, "403"),
        (None, "403"),
        (["x"], "403"),
    ],
)
def test_an_answer_is_described_in_the_servers_words(body: Any, expected: str) -> None:
    """Nova's own message is passed on where the body has its usual form."""
    assert Answer(403, body).describe() == expected
