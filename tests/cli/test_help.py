# SPDX-License-Identifier: Apache-2.0
"""What `--help` says is true: the list of verbs, the page made from it, and every example."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import hpa_discovery
from cli.running import flavor, hpa
from hpa_discovery.alarms.raising import Alarms
from hpa_discovery.cli.deployment import Told
from hpa_discovery.cli.main import VERBS, cli
from hpa_discovery.cli.reference import reference
from hpa_discovery.cli.verbs import Verb, VerbGroup
from hpa_discovery.drivers.folders import digest_of
from hpa_discovery.store.alarm_rows import Identity
from hpa_discovery.store.opening import open_store
from service.certificates import make_pair
from service.runtimes import Deployment

DRIVER = "packs/acme.nic/drivers/cards"
# What acts on a deployment that has a region.
REGIONAL = {"region", "alarms", "plan", "apply"}
DOCS = Path(__file__).parent.parent.parent / "docs"


def commands(command: click.Command = cli, path: tuple[str, ...] = ("hpa",)) -> Iterator[tuple[str, click.Command]]:
    """Every command with how it is called."""
    yield " ".join(path), command
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=path[-1])
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from commands(below, (*path, name))


ALL = dict(commands())
EXAMPLES = [
    pytest.param(line, id=f"{name}-{number}")
    for name, command in ALL.items()
    for number, line in enumerate(command.examples.strip().splitlines())
    if line and not line.startswith("#")
]


def test_every_command_has_examples() -> None:
    """None was made without."""
    assert all(isinstance(command, Verb | VerbGroup) and command.examples.strip() for command in ALL.values())


@pytest.mark.parametrize("name", ALL)
def test_help_ends_with_the_examples(name: str) -> None:
    """--help and -h show usage, options and examples, and are fine."""
    ran = hpa(*name.split()[1:], "--help")

    assert ran.code == 0
    assert ran.out.startswith(f"Usage: {name} [OPTIONS]")
    assert "\nExamples:\n  # " in ran.out
    assert hpa(*name.split()[1:], "-h") == ran


@pytest.mark.parametrize("verb", VERBS)
def test_the_list_of_verbs_says_what_the_verb_says(verb: str) -> None:
    """The line in the list, which is written apart so that nothing is imported, is the verb's own first line."""
    assert ALL[f"hpa {verb}"].help is not None
    assert (ALL[f"hpa {verb}"].help or "").partition("\n")[0] == VERBS[verb][1]


def test_every_option_has_help() -> None:
    """No option is without a word of explanation."""
    options = [
        (name, option)
        for name, command in ALL.items()
        for option in command.params
        if isinstance(option, click.Option) and not option.help
    ]

    assert options == []


def test_the_page_is_fresh() -> None:
    """docs/cli.md is what `python -m hpa_discovery.cli.reference` prints."""
    assert (DOCS / "cli.md").read_text("utf-8") == reference()


@pytest.mark.parametrize("name", ["hpa", "hpa new", "hpa driver"])
def test_no_verb_at_all_is_wrong_usage(name: str) -> None:
    """The message says how to see what there is."""
    ran = hpa(*name.split()[1:])

    assert ran.code == 2
    assert "Missing command" in ran.err
    assert re.search(f"Try '{name} (-h|--help)'", ran.err)


def test_the_version_is_told() -> None:
    """--version is one line and fine."""
    ran = hpa("--version")

    assert ran.code == 0
    assert re.fullmatch(r"hpa-discovery \S.*\n", ran.out)


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that the examples speak of, and `hpa` on the path."""
    home = tmp_path_factory.mktemp("home")
    (home / ".config/fish/completions").mkdir(parents=True)
    (home / "bin").mkdir()
    command = home / "bin" / "hpa"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m hpa_discovery.cli "$@"\n')
    command.chmod(0o755)
    work = home / "work"
    work.mkdir()
    (work / "flavor.json").write_text(json.dumps(flavor()))
    (work / "flavors.json").write_text(json.dumps({"flavors": [flavor("a"), flavor("b")]}))
    (work / "context.yaml").write_text("vim: {cloud_owner: example, cloud_region_id: region-one}\n")
    (work / "packs").mkdir()
    assert hpa("new", "pack", "acme.nic", "--dir", work / "packs").code == 0
    assert hpa("new", "rule", "acme.nic/dpu", "--dir", work / "packs").code == 0
    assert hpa("new", "driver", "acme.nic/cards", "--dir", work / "packs").code == 0
    (work / "packs/acme.nic/drivers/cards/example.json").rename(work / "upf.json")
    return work


@pytest.mark.parametrize("line", EXAMPLES)
def test_every_example_does_what_it_says(line: str, workplace: Path, tmp_path: Path) -> None:
    """The examples run as they stand, each in a copy of the same folder; only the cloud is not there."""
    work = tmp_path / "work"
    subprocess.run(["cp", "-r", workplace, work], check=True)
    if "--base" in line:
        subprocess.run(["cp", "-r", workplace / "packs", work / "released"], check=True)
    if "new rule" in line or "new driver" in line:
        assert hpa("new", "pack", "acme.nic", "--dir", work).code == 0
    if line.startswith("hpa pack"):
        assert hpa("new", "pack", "acme.nic", "--dir", work).code == 0
        for folder in (work, work / "released"):
            assert hpa("pack", "build", work / "acme.nic", "--out", folder).code == 0
        subprocess.run(["cp", "-r", work / "acme.nic", work / "released"], check=True)
    # bash cannot read what zsh can.
    script = re.sub(r"source <\((.*zsh)\)", r"\1", line).replace("1f0c...", digest_of(work / DRIVER))
    if "driver revoke" in line:
        state = workplace.parent / ".local/state/hpa-discovery"
        given = ("--pack-path", work / "packs", "--state-dir", state, "--digest", digest_of(work / DRIVER))
        assert hpa("driver", "allow", "acme.nic/cards", *given).code == 0
    environment = {
        **deployed(line, work),
        "PATH": f"{workplace.parent / 'bin'}:{os.environ['PATH']}",
        "HOME": str(workplace.parent),
        "PYTHONPATH": str(Path(hpa_discovery.__file__).parent.parent),
    }

    ran = subprocess.run(
        ["bash", "-o", "pipefail", "-c", ended(of_this_place(script, environment))],
        cwd=work,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    if "postgresql://" in line:
        assert (ran.returncode, "opening the store" in ran.stderr) == (1, True)
    elif (
        line.split()[1] in {"plan", "apply"} or "import" in line
    ):  # the A&AI of the region is not there, nor anything to delete from it
        assert (ran.returncode, "Traceback" in ran.stderr) == (0 if "--unregister" in line else 1, False), ran.stderr
    elif "--cloud" in line:
        assert (ran.returncode, ran.stdout) == (1, "")
        assert "mycloud" in ran.stderr
    else:
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert "Traceback" not in ran.stderr


def deployed(line: str, work: Path) -> dict[str, str]:
    """For what acts on a deployment: one of its own, and the files it names."""
    state = work / "state"
    if re.match("hpa pack (list|history|rollback|unpin|remove)", line):
        return {"HPA_STATE_DIR": str(served_twice(work / "served", pinned="unpin" in line))}
    if line.split()[1] not in {"serve", "token", "audit", "secrets", "doctor", *REGIONAL}:
        return {}
    make_pair(work)
    (work / "secret.key").write_text("A" * 43 + "=\n", "ascii")
    (work / "secret.key").chmod(0o600)
    if line.split()[1] in REGIONAL:
        add_region(work, state)
    elif "create" not in line:
        name = "multicloud" if "revoke" in line else "other"
        assert hpa("token", "create", name, "--role", "viewer", "--state-dir", state).code == 0
    kept = {"HPA_STATE_DIR": str(state), "HPA_PORT": "0"}
    return (
        kept
        if line.split()[1] not in REGIONAL - {"alarms"}
        else {**kept, "HPA_SECRET_KEY_FILE": str(work / "secret.key")}
    )


def add_region(work: Path, state: Path) -> None:
    """The region acme/region-one, and the files that describe another one."""
    credential = {"username": "hpa", "password": "x", "user_domain_name": "Default", "project_name": "hpa"}
    coordinates = {"auth_url": "https://keystone.example:5000/v3"}
    (work / "aai.password").write_text("x\n")
    (work / "cloud.yaml").write_text(json.dumps(credential))
    (work / "region.yaml").write_text(json.dumps({"coordinates": coordinates, "credential": credential}))
    key = ("--state-dir", state, "--secret-key-file", work / "secret.key")
    assert hpa("region", "add", "acme/region-one", "--from", work / "region.yaml", *key).code == 0
    with open_store(state, Told()).write("raising an alarm") as transaction:
        Alarms().raise_(transaction, Identity("region/acme/region-one", "source.unreachable"), "no route")


def served_twice(folder: Path, *, pinned: bool) -> Path:
    """The state directory where acme.nic was served twice, and is back at the first when something is pinned."""
    folder.mkdir()
    deployment = Deployment(folder)
    deployment.vendor.write()
    with deployment.running() as runtime:
        deployment.vendor.write(count="2")
        runtime.keeper.step()
    if pinned:
        assert hpa("pack", "rollback", "--state-dir", deployment.state_dir).code == 0
    return deployment.state_dir


def of_this_place(line: str, environment: dict[str, str]) -> str:
    """The example with this machine's state directory, and with the beginning of a digest that is there."""
    if "HPA_STATE_DIR" not in environment or not line.startswith("hpa pack"):
        return line
    state = environment["HPA_STATE_DIR"]
    history = json.loads(hpa("pack", "history", "--state-dir", state, "-o", "json").out)
    return line.replace("/var/lib/hpa-discovery", state).replace("4f1c09ae", history[-1]["generation"][:8])


def ended(script: str) -> str:
    """A service is ended once it has told its address; a database is looked for where none is."""
    if not script.startswith("hpa serve"):
        return script
    script = script.replace("@db/", "@127.0.0.1:1/")
    wait = "until grep -s packs told || ! kill -0 $service; do sleep 0.05; done; kill $service; wait $service"
    return f"{{ {script} & service=$!; }} > told; {wait}"


def test_a_misspelt_verb_is_told_which_was_meant() -> None:
    """The verb that is nearest, or all of them, and exit code 2."""
    assert "No such command 'discvoer'. Did you mean 'discover'?" in hpa("discvoer").err
    ran = hpa("run")
    assert (ran.code, "There are: discover, explain, lint" in ran.err) == (2, True)
