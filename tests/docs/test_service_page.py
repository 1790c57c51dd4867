# SPDX-License-Identifier: Apache-2.0
"""docs/service.md, followed from the first line to the last, and its tables compared with the code."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import click
import pytest
import yaml

from docs.console import Console, commands, matches
from docs.fenced import DOCS, ROOT, Block, blocks, code, table
from hpa_discovery.cli.main import cli
from hpa_discovery.service.limits import CONNECTIONS, DEFAULT, STORE_THREADS
from hpa_discovery.service.listening import DEFAULT_PORT
from hpa_discovery.service.logs import LEVELS
from peers.postgres import Postgres, programs

PAGE = DOCS / "service.md"
PATIENCE = 90.0
SERVE, STOP, POSTGRESQL = "serve", "stop", "postgresql"


class ServiceConsole(Console):
    """A console beside which a service runs. The page's port stands for whichever was free."""

    def __init__(self, folder: Path, database: str) -> None:
        super().__init__(folder, shared=("examples",))
        self._database = database
        self._service: subprocess.Popen[bytes] | None = None
        self._port = str(DEFAULT_PORT)

    def follow(self, block: Block) -> None:
        """Do what the block says; one of a service ends the service before it."""
        if {SERVE, STOP} & set(block.marks):
            self.stop()
        if SERVE in block.marks:
            [(command, expected)] = commands(block)
            self.serve(command, expected)
        else:
            super().follow(block)

    def serve(self, command: str, expected: str) -> None:
        """Start a service; what it prints must be what the page says."""
        out, err = self.folder.parent / "out", self.folder.parent / "err"
        with out.open("wb") as to_out, err.open("wb") as to_err:
            self._service = subprocess.Popen(
                ["sh", "-c", f"exec {command} --port 0"],
                cwd=self.folder,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=to_out,
                stderr=to_err,
            )
        end = time.monotonic() + PATIENCE
        while "packs " not in out.read_text("utf-8"):
            assert time.monotonic() < end, err.read_text("utf-8")
            assert self._service.poll() is None, err.read_text("utf-8")
            time.sleep(0.05)
        printed = out.read_text("utf-8")
        self._port = printed.splitlines()[0].rpartition(":")[2]
        printed = printed.replace(self._port, str(DEFAULT_PORT))
        assert matches(expected, printed), printed

    def run(self, command: str, status: int = 0) -> tuple[str, int]:
        """As a console does, with the service's port and a database."""
        if command.startswith("hpa serve"):
            wait = "until grep -qs '^packs' told || ! kill -0 $it; do sleep 0.1; done; kill $it; wait $it"
            command = f"{{ {command} --port 0 & it=$!; }} > told 2>&1; {wait}"
        if command.startswith("hpa doctor"):
            command += " --port 0"
        given = f'HPA_DATABASE="{self._database}"; ' if "$HPA_DATABASE" in command else ""
        if given:
            command = command.replace("createdb", f"PATH=$PATH:{programs()} createdb")
            command = command.replace("pg_dump", f"PATH=$PATH:{programs()} pg_dump")
        printed, code = super().run(given + command.replace(str(DEFAULT_PORT), self._port), status)
        return printed.replace(self._port, str(DEFAULT_PORT)), code

    def environment(self) -> dict[str, str]:
        """What commands of a console see."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("OS_", "HPA_"))}
        bin_, home = self.folder.parent / "bin", self.folder.parent / "home"
        return {**kept, "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}", "HOME": str(home), "LC_ALL": "C.UTF-8"}

    def stop(self) -> None:
        """End the service, if there is one."""
        if self._service is not None:
            self._service.send_signal(signal.SIGINT)
            assert self._service.wait(PATIENCE) == 0
            self._service = None


def test_all_commands_do_what_the_page_shows(tmp_path: Path, postgres: Postgres) -> None:
    """In order, with the services that the page starts."""
    console = ServiceConsole(tmp_path, postgres.create_database())
    try:
        for block in blocks(PAGE):
            console.follow(block)
    finally:
        console.stop()
    for name in ("hpa.curl", "secret.key", "multicloud.token", "backup.db", "backup.key", "backup.sql"):
        assert (console.folder / name).stat().st_mode & 0o077 == 0, f"others may read {name}"


def test_the_options_are_those_of_the_verb() -> None:
    """The table has every option of `hpa serve` with its variable."""
    context = click.Context(cli, info_name="hpa")
    serve = cli.get_command(context, "serve")
    assert serve is not None
    known = [(str(each.envvar), each.opts[-1]) for each in serve.params]
    shown = [(code(row[0]), code(row[1])) for row in table(PAGE, "Options").rows]
    assert sorted(shown) == sorted(known)


def test_the_events_are_those_of_the_log() -> None:
    """The table has every event above level info, with its level."""
    shown = {code(row[0]): row[1] for row in table(PAGE, "Log").rows}
    names = {30: "warning", 40: "error"}
    assert shown == {event: names[level] for event, level in LEVELS.items()}


def test_the_limits_are_those_of_connections() -> None:
    """The paragraph about slow clients says the figures of the code."""
    text = " ".join(PAGE.read_text("utf-8").split())
    limits = CONNECTIONS
    assert f"({limits.head // 1024} KiB at most), {DEFAULT.body_seconds:g} for a body" in text
    for part in (
        f"five connections to the database and opens up to {STORE_THREADS.all}.",
        f"{limits.head_seconds:g} seconds for the request line and headers ({limits.head // 1024} KiB at most)",
        f"{limits.idle_seconds:g} between two requests",
        f"takes nothing of its answer for {limits.answer_seconds:g} seconds",
        f"At most {limits.connections:,} connections",
    ):
        assert part in text


@pytest.mark.parametrize("block", [block for block in blocks(PAGE) if block.language == "yaml"], ids=str)
def test_what_is_to_be_copied_is_yaml(block: Block) -> None:
    """Snippets for other programs can be read."""
    assert yaml.safe_load(block.text)


def test_files_that_deploy_are_named() -> None:
    """Every file below deploy/ is in a folder that the page links to."""
    text = PAGE.read_text("utf-8")
    for path in (ROOT / "deploy").iterdir():
        assert f"](../deploy/{path.name}/" in text
