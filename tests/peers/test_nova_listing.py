# SPDX-License-Identifier: Apache-2.0
"""The source openstack.flavor against a real Nova."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from hpa_discovery.errors import SourceError
from hpa_discovery.sources.openstack import Config, list_flavors
from peers import nova_flavors as flavors

if TYPE_CHECKING:
    from pathlib import Path

    from peers.real_nova import RealNova

pytestmark = [
    pytest.mark.peer,
    # openstacksdk 4.22 warns of a part of its own that it loads whether or not it is used.
    pytest.mark.filterwarnings("ignore:Support for InfluxDB"),
]


class Pages:
    """An observer that keeps the size of each page."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def event(self, name: str, fields: dict[str, Any]) -> None:
        """Take the size of a page."""
        assert (name, fields["source"]) == ("source.page", "openstack.flavor")
        self.sizes.append(fields["flavors"])


def listed(cloud: str | None, prefix: str = "onap.") -> dict[str, dict[str, Any]]:
    """The flavors of `cloud` by name."""
    return {flavor["name"]: flavor for flavor in list_flavors(Config(cloud, name_prefix=prefix))}


@pytest.mark.parametrize("cloud", ["admin", "reader", "old"])
def test_extra_specs_come_as_they_were_written(nova: RealNova, cloud: str) -> None:
    """Every key and value arrives unchanged, below and above the microversion that lists them."""
    found = listed(cloud)

    assert {name: found[name]["extra_specs"] for name in flavors.SPECS} == flavors.SPECS


def test_an_admin_sees_every_flavor_over_two_pages(nova: RealNova) -> None:
    """More flavors than Nova gives at once, private and disabled ones too, each once."""
    pages = Pages()

    found = [(flavor["id"], flavor["name"]) for flavor in list_flavors(Config("admin"), observer=pages)]

    assert sorted(found) == sorted((name, name) for name in flavors.ALL)
    assert pages.sizes == [1000, len(flavors.ALL) - 1000]


def test_a_last_page_may_be_empty(nova: RealNova, monkeypatch: pytest.MonkeyPatch) -> None:
    """A listing that ends with a full page is complete after the empty one behind it."""
    pages = Pages()
    size = max(size for size in range(1, 1000) if len(flavors.ALL) % size == 0)
    monkeypatch.setattr("hpa_discovery.sources.openstack.PAGE_SIZE", size)

    found = [flavor["name"] for flavor in list_flavors(Config("admin"), observer=pages)]

    assert sorted(found) == sorted(flavors.ALL)
    assert pages.sizes[-2:] == [size, 0]


@pytest.mark.parametrize("cloud", ["reader", "member"])
def test_a_plain_user_sees_public_flavors_and_its_own(nova: RealNova, cloud: str) -> None:
    """Private flavors of others and disabled ones are not listed, and that is no error."""
    assert set(listed(cloud, "")) == flavors.PUBLIC | {flavors.SHARED}


def test_extra_specs_that_policy_hides_are_absent(nova: RealNova) -> None:
    """A user who may not read extra specs gets flavors without the member: unknown, not none."""
    found = listed("member", "")

    assert len(found) > flavors.PLAIN_COUNT
    assert not [name for name, flavor in found.items() if "extra_specs" in flavor]


def test_extra_specs_that_policy_hides_are_absent_at_old_microversions(
    nova: RealNova, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A 403 to the request for one flavor's extra specs leaves them unknown as well."""
    use_cloud(tmp_path, monkeypatch, nova.cloud("member", compute_default_microversion="2.53"))

    assert not [name for name, flavor in listed("given").items() if "extra_specs" in flavor]


def test_other_members_are_novas_own(nova: RealNova) -> None:
    """Nothing is renamed, converted or left out, apart from what the microversion decides."""
    new, old = listed("admin")["onap.hw"], listed("old")["onap.hw"]

    assert {key: new[key] for key in ("vcpus", "ram", "disk", "swap", "OS-FLV-EXT-DATA:ephemeral")} == {
        "vcpus": 4,
        "ram": 4096,
        "disk": 20,
        "swap": 512,
        "OS-FLV-EXT-DATA:ephemeral": 10,
    }
    assert set(new) - set(old) == {"description"}
    assert listed("old", flavors.SHOUTED)[flavors.SHOUTED]["swap"] == ""


def test_the_prefix_minds_case(nova: RealNova) -> None:
    """ONAP's prefix `onap.` does not take a flavor called ONAP.something."""
    assert flavors.SHOUTED not in listed("admin", "onap.")
    assert set(listed("admin", "ONAP.")) == {flavors.SHOUTED}


def test_no_name_means_the_environment(nova: RealNova, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a cloud's name the OS_* variables say where to go, as `envvars` does."""
    cloud = nova.cloud("admin")
    for key, value in (cloud["auth"] | {"region_name": cloud["region_name"]}).items():
        monkeypatch.setenv(f"OS_{key.upper()}", value)
    monkeypatch.delenv("OS_CLIENT_CONFIG_FILE")

    assert "onap.hw" in listed(None)
    assert "onap.hw" in listed("")
    assert "onap.hw" in listed("envvars")


def use_cloud(folder: Path, monkeypatch: pytest.MonkeyPatch, cloud: dict[str, Any]) -> None:
    """Make `cloud` known as `given`, and no other."""
    file = folder / "clouds.yaml"
    file.write_text(yaml.safe_dump({"clouds": {"given": cloud}}))
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(file))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"password": "wrong"}, r"cloud 'given'.*login was refused.*password"),
        ({"project_name": "nowhere"}, r"cloud 'given'.*login was refused.*project"),
        ({"region_name": "Elsewhere"}, r"cloud 'given'.*no compute endpoint.*region"),
        ({"auth_url": "http://127.0.0.1:1/v3"}, r"cloud 'given'.*cannot be reached.*auth_url"),
        ({"username": None}, r"cloud 'given'.*(credentials|configuration|login)"),
        ({"compute_default_microversion": "newest"}, r"'newest' is not of the form 2\.61"),
    ],
)
def test_a_cloud_that_cannot_be_read_says_why(
    nova: RealNova, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], said: str
) -> None:
    """The message names the cloud, what is wrong, and what to look at; it holds no password."""
    use_cloud(tmp_path, monkeypatch, nova.cloud("admin", **changes))

    with pytest.raises(SourceError, match=said) as caught:
        listed("given")

    assert nova.cloud("admin")["auth"]["password"] not in str(caught.value)


def test_an_unknown_cloud_lists_the_known(nova: RealNova) -> None:
    """A misspelt name is answered with the names there are."""
    with pytest.raises(SourceError, match=r"'amdin' is not in clouds\.yaml; known clouds: admin, member, old, reader"):
        listed("amdin")


def test_an_empty_environment_says_what_to_set(nova: RealNova, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither a name nor OS_* variables: the message names both ways."""
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(tmp_path / "none.yaml"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    for cloud in (None, "envvars"):
        with pytest.raises(SourceError, match=r"OS_\*.*clouds\.yaml|clouds\.yaml.*OS_\*"):
            listed(cloud)
