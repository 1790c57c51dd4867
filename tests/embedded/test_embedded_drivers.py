# SPDX-License-Identifier: Apache-2.0
"""Drivers inside another program: they run as a deployment's state directory allows it, and end with the block."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import hpa_discovery
from cli.running import hpa
from hpa_discovery import Discovery
from hpa_discovery.drivers.folders import digest_of
from hpa_discovery.embedded.onap import HPADiscovery
from hpa_discovery.embedded.settings import Settings
from onap.onap_inputs import data

ID = "acme.nic/cards"
FLAVOR = {"id": "1", "name": "nic", "extra_specs": {"acme.nic:cards": "3"}}
CODE = """
import os
BORN = os.urandom(8).hex()
class CardsDriver:
    name, version = "cards", "1.5"
    def discover(self, subject, context):
        count = subject["extra_specs"]["acme.nic:cards"]
        if count == "all":
            count = ",".join(sorted(context["vim"]))
        if count == "born":
            count = BORN
        return [{"feature": "pciePassthrough", "version": "v1", "architecture": "generic", "discriminator": "cards",
                 "attributes": {"pciDeviceName": {"value": count}}}]
"""


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    """A folder with one pack that has a driver and no rule for the same."""
    folder = tmp_path / "packs"
    folder.mkdir()
    assert hpa("new", "pack", "acme.nic", "--dir", folder).code == 0
    assert hpa("new", "driver", ID, "--dir", folder).code == 0
    (folder / "acme.nic" / "drivers" / "cards" / "cards_driver.py").write_text(CODE, "utf-8")
    return folder


@pytest.fixture
def state(tmp_path: Path, packs: Path) -> Path:
    """A state directory in which the driver is allowed."""
    folder = tmp_path / "state"
    digest = digest_of(packs / "acme.nic" / "drivers" / "cards")
    allowed = hpa("driver", "allow", ID, "--digest", digest, "--state-dir", folder, "--pack-path", packs)
    assert allowed.code == 0, allowed
    return folder


def counts(discovery: Discovery, asked: str = "3") -> list[str]:
    """The counts that the driver answers."""
    found = discovery.discover({**FLAVOR, "extra_specs": {"acme.nic:cards": asked}}).capabilities
    return [str(each.attributes[0].value) for each in found if each.discriminator == "cards"]


def test_an_allowed_driver_answers(packs: Path, state: Path) -> None:
    """Also after close and after the block, which end it: it is started again."""
    with Discovery(pack_path=[packs], state_dir=state) as discovery:
        assert counts(discovery) == ["3"]
        born = counts(discovery, "born")
        assert counts(discovery, "born") == born
        discovery.close()
        again = counts(discovery, "born")
        assert again not in (born, [])
    assert counts(discovery, "born") not in (born, again, [])
    discovery.close()


FORK = """
import os, sys
from hpa_discovery import Discovery
discovery = Discovery(pack_path=[sys.argv[1]], state_dir=sys.argv[2])
def ask(number):
    [found] = discovery.discover({"id": "1", "extra_specs": {"acme.nic:cards": str(number)}}).capabilities
    return found.attributes[0].value
first = ask("born")
child = os.fork()
if not child:
    own = ask("born")
    discovery.close()
    os._exit(own == first)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), ask("born") == first)
discovery.close()
"""


def test_a_fork_has_drivers_of_its_own(packs: Path, state: Path) -> None:
    """Servers fork their workers: these must not read each other's answers, nor end each other's drivers."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORK, packs, state],
        env={"PYTHONPATH": str(Path(hpa_discovery.__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("0 True\n", "")


def test_without_a_state_directory_no_driver_is_asked(packs: Path) -> None:
    """Its features are unknown, not absent."""
    outcome = Discovery(pack_path=[packs]).discover(FLAVOR)
    assert [each.code for each in outcome.unknown] == ["driver.not_asked"]


def test_a_state_directory_that_is_not_there_is_not_made(packs: Path, tmp_path: Path) -> None:
    """A typing error must not look like a deployment that allows nothing; the rules still answer."""
    with Discovery(pack_path=[packs], state_dir=tmp_path / "nowhere") as discovery:
        outcome = discovery.discover(FLAVOR | {"vcpus": 1, "ram": 1})
    assert [each.code for each in outcome.unknown] == ["driver.untrusted"]
    assert "there is no state directory" in outcome.diagnostics[0].message
    assert [each.feature for each in outcome.capabilities] == ["basicCapabilities"]
    assert not (tmp_path / "nowhere").exists()


def why(discovery: Discovery) -> str:
    """Why the driver, and nothing else, could not be asked."""
    with discovery:
        outcome = discovery.discover(FLAVOR | {"vcpus": 1, "ram": 1})
    assert [each.code for each in outcome.unknown] == ["driver.untrusted"]
    assert [each.feature for each in outcome.capabilities] == ["basicCapabilities"]
    return outcome.diagnostics[0].message


def test_a_state_directory_without_a_deployment(packs: Path, tmp_path: Path) -> None:
    """Nobody allowed anything there, and looking does not begin a deployment."""
    (tmp_path / "empty").mkdir()
    assert "there is no deployment in" in why(Discovery(pack_path=[packs], state_dir=tmp_path / "empty"))
    assert list((tmp_path / "empty").iterdir()) == []


def test_a_database_that_is_none(packs: Path, state: Path) -> None:
    """Its URL is wrong usage, which must not end the program either."""
    assert "mysql" in why(Discovery(pack_path=[packs], state_dir=state, database="mysql://db/hpa"))


def test_a_database_elsewhere(packs: Path, state: Path, tmp_path: Path) -> None:
    """It says what is allowed; the state directory of this host is made for the copies of drivers."""
    url = f"sqlite:///{state / 'hpa.db'}"
    with Discovery(pack_path=[packs], state_dir=tmp_path / "here", database=url) as discovery:
        assert counts(discovery) == ["3"]
    assert list((tmp_path / "here" / "drivers").iterdir())


def test_without_the_database_libraries(packs: Path, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what to install."""
    monkeypatch.setitem(sys.modules, "hpa_discovery.store.opening", None)
    assert "pip install 'hpa-discovery[service]'" in why(Discovery(pack_path=[packs], state_dir=state))


def test_the_database_is_closed_in_the_end(packs: Path, state: Path) -> None:
    """Not before the drivers have ended, and not left to chance."""

    def held() -> bool:
        return any(str(state) in str(each.resolve()) for each in Path("/proc/self/fd").iterdir())

    with Discovery(pack_path=[packs], state_dir=state) as discovery:
        assert counts(discovery) == ["3"]
        assert held()
    assert not held()


def test_a_changed_driver_is_not_asked(packs: Path, state: Path) -> None:
    """What was allowed is the content of its folder."""
    (packs / "acme.nic" / "drivers" / "cards" / "more.py").write_text("", "utf-8")
    with Discovery(pack_path=[packs], state_dir=state) as discovery:
        assert [each.code for each in discovery.discover(FLAVOR).unknown] == ["driver.untrusted"]


def test_a_driver_behind_onaps_plugin_never_sees_the_password(packs: Path, state: Path) -> None:
    """Of viminfo it gets what the input contract names."""
    plugin = HPADiscovery(settings=Settings(pack_path=(packs,), state_dir=state))
    found = plugin.get_hpa_capabilities(data({"acme.nic:cards": "all"}))
    [seen] = [each for each in found if each["hpa-feature"] == "pciePassthrough"]
    value = json.loads(seen["hpa-feature-attributes"][0]["hpa-attribute-value"])["value"]
    assert set(value.split(",")) == {
        "vimId",
        "name",
        "type",
        "version",
        "cloud_owner",
        "cloud_region_id",
        "cloud_extra_info",
    }
