# SPDX-License-Identifier: Apache-2.0
"""`hpa discover --cloud` against a small double of a compute API; the real one is in tests/peers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from cli.running import MINI, Ran, flavor, run_hpa

pytest.importorskip("openstack", reason="clouds are read with openstacksdk, an extra")

FLAVORS = [flavor(f"f{number}", crypto_cards="2") for number in range(4)]


class Compute(ThreadingHTTPServer):
    """Four flavors in pages of two; `broken` makes every page but the first fail."""

    broken = False


class _Handler(BaseHTTPRequestHandler):
    server: Compute

    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        if not path.endswith("/flavors/detail"):
            links = [{"rel": "self", "href": f"http://127.0.0.1:{self.server.server_port}/v2.1/"}]
            version = {"id": "v2.1", "status": "CURRENT", "version": "2.96", "min_version": "2.1", "links": links}
            self._answer(200, {"version": version})
        elif "marker" in query and self.server.broken:
            self._answer(500, {"computeFault": {"code": 500, "message": "the database is away"}})
        else:
            start = 0 if "marker" not in query else int(query["marker"][0].removeprefix("id-f")) + 1
            page = FLAVORS[start : start + 2]
            links = [{"rel": "next", "href": "http://elsewhere"}] if start + 2 < len(FLAVORS) else []
            self._answer(200, {"flavors": page, "flavors_links": links})

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def compute() -> Iterator[Compute]:
    """The double, listening."""
    with Compute(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def clouds(compute: Compute, tmp_path: Path) -> dict[str, str]:
    """The environment in which it is the cloud `double`."""
    cloud = {"auth_type": "none", "auth": {"endpoint": f"http://127.0.0.1:{compute.server_port}/v2.1"}}
    file = tmp_path / "clouds.yaml"
    file.write_text(json.dumps({"clouds": {"double": cloud}}))
    return {"OS_CLIENT_CONFIG_FILE": str(file), "NO_PROXY": "127.0.0.1"}


def discover(clouds: dict[str, str], *options: str) -> Ran:
    """Discover the cloud `double`."""
    return run_hpa("discover", "--cloud", "double", *MINI, *options, env=clouds)


def test_every_flavor_of_every_page_is_a_row(clouds: dict[str, str]) -> None:
    """A complete listing is fine, and stderr stays empty."""
    ran = discover(clouds, "-o", "jsonl")

    assert (ran.code, ran.err) == (0, "")
    assert [row["subject"]["name"] for row in ran.rows] == ["f0", "f1", "f2", "f3"]
    assert all(len(row["capabilities"]) == 1 for row in ran.rows)


def test_the_prefix_leaves_flavors_out(clouds: dict[str, str]) -> None:
    """--name-prefix chooses by the start of the name."""
    assert [row["subject"]["name"] for row in discover(clouds, "-o", "jsonl", "--name-prefix", "f3").rows] == ["f3"]


@pytest.mark.parametrize("output", ["jsonl", "json", "table"])
def test_a_listing_that_fails_midway_never_looks_complete(
    output: str, compute: Compute, clouds: dict[str, str]
) -> None:
    """The rows so far are there, then comes the error; the JSON array stays open."""
    compute.broken = True

    ran = discover(clouds, "-o", output)

    assert ran.code == 1
    assert ran.out.count("id-f") == 2
    assert "error: listing the flavors of cloud 'double'" in ran.err
    assert "the database is away" in ran.err
    if output == "json":
        with pytest.raises(json.JSONDecodeError):
            json.loads(ran.out)


def test_an_unknown_cloud_is_told_with_the_known_ones(clouds: dict[str, str]) -> None:
    """A misspelt name is an error in the data: exit code 1, no rows."""
    ran = run_hpa("discover", "--cloud", "duoble", *MINI, "-o", "jsonl", env=clouds)

    assert (ran.code, ran.out) == (1, "")
    assert "known clouds: double" in ran.err
