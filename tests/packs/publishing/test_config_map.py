# SPDX-License-Identifier: Apache-2.0
"""A pack as a ConfigMap: mounted as kubelet mounts it, it is the pack again."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from hpa_discovery.errors import DataError, PackError, UsageError
from hpa_discovery.language.budgets import Limits
from hpa_discovery.packs.files import read_files
from hpa_discovery.packs.load import load_pack
from hpa_discovery.packs.publishing.config_map import ConfigMap, make_config_map
from hpa_discovery.resources import bundled
from packs.publishing.pack_folders import add_driver, change, make_pack


def _volume(document: str) -> dict[str, Any]:
    """The volume that the comments at the end show."""
    told = document[document.index("# volumes:") :]
    (volume,) = yaml.safe_load(re.sub("^# ", "", told, flags=re.MULTILINE))["volumes"]
    found: dict[str, Any] = volume
    return found


def mount(document: str, folder: Path) -> Path:
    """The folder as kubelet makes it: files in ..<time>, ..data leads there, and what is at the top leads to ..data."""
    data = yaml.safe_load(document)["data"]
    now = folder / "..2026_01_01_00_00_00.1"
    for item in _volume(document)["configMap"]["items"]:
        path = now / item["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(data[item["key"]], "utf-8")
    (folder / "..data").symlink_to(now.name)
    for path in now.iterdir():
        (folder / path.name).symlink_to(f"..data/{path.name}")
    return folder


def test_mounted_it_is_the_pack(tmp_path: Path) -> None:
    """A pack with tables in a folder has the same files with the same bytes, and loads, when it is mounted."""
    root = bundled("rules") / "onap.openstack"
    made = make_config_map(root)
    assert made.name == "hpa-pack-onap-openstack"
    there = mount(made.document(), tmp_path / "packs" / "onap.openstack")
    assert read_files(there, tests=True).texts == read_files(root, tests=True).texts
    loaded = load_pack(there, tests=True)
    assert loaded.ok
    assert loaded.pack == load_pack(root, tests=True).pack


def test_the_document(tmp_path: Path) -> None:
    """The document is one ConfigMap with the given name, in which files are readable as they are."""
    document = make_config_map(make_pack(tmp_path), "acme.cards").document()
    (value,) = yaml.safe_load_all(document)
    assert (value["apiVersion"], value["kind"], value["metadata"]) == ("v1", "ConfigMap", {"name": "acme.cards"})
    assert set(value["data"]) == {"pack.yaml", "device.yaml", "device.test.yaml"}
    assert "\n    metadata:\n      id: acme.nic/device\n" in document
    volume = _volume(document)
    assert (volume["name"], volume["configMap"]["name"]) == ("acme-nic", "acme.cards")


@pytest.mark.parametrize(
    "text",
    [
        *("", "\n", "a", "a\n", "a\n\n\n", "  a\n b\n", "\n\n a\n", "a \n\t\n", "  \n  "),
        *("a\r\nb\r", "\x85 \u2028 \ufeff", "\U0001f600 é\n", "a\x00b\x7f"),
        *("#\n", "- a: |\n", '"\\u0041"\n'),
    ],
)
def test_every_text_comes_back(text: str) -> None:
    """Whatever a file holds stands in the document, to the last byte."""
    document = ConfigMap("n", "acme.nic", {"a/b.yaml": text}).document()
    assert yaml.safe_load(document)["data"] == {"a__b.yaml": text}


def test_too_large(tmp_path: Path) -> None:
    """Above what Kubernetes takes the pack is refused with its size; at that size it is not."""
    root = make_pack(tmp_path)
    size = sum(len(name) + len(text) for name, text in read_files(root, tests=True).texts.items())
    assert make_config_map(root, limits=Limits(config_map_bytes=size))
    with pytest.raises(DataError, match=f"has {size} bytes, and Kubernetes takes {size - 1}"):
        make_config_map(root, limits=Limits(config_map_bytes=size - 1))
    assert Limits().config_map_bytes == 2**20


def test_drivers_are_refused(tmp_path: Path) -> None:
    """A pack with drivers is told to go as a wheel, and why."""
    root = make_pack(tmp_path)
    add_driver(root)
    with pytest.raises(DataError, match=r"has drivers: a ConfigMap gives all its files one mode.* hpa pack build"):
        make_config_map(root)


def test_errors_are_refused(tmp_path: Path) -> None:
    """A pack with errors gets no ConfigMap."""
    with pytest.raises(PackError):
        make_config_map(change(make_pack(tmp_path), "kind: Rule", "kind: Rull", "device.yaml"))


@pytest.mark.parametrize("name", ["Acme", "-acme", "acme..nic", "a/b", "a" * 254])
def test_names_that_kubernetes_has_not(tmp_path: Path, name: str) -> None:
    """A name that the API server would refuse is refused here."""
    with pytest.raises(UsageError, match="must be lower-case words"):
        make_config_map(make_pack(tmp_path), name)


def test_two_files_with_one_key(tmp_path: Path) -> None:
    """Two paths that differ only where keys cannot are refused, and named."""
    root = make_pack(tmp_path)
    for path in (root / "tables" / "a.yaml", root / "tables__a.yaml"):
        path.parent.mkdir(exist_ok=True)
        path.write_text("card: 1\n")
    change(root, "provides:", "tables: {one: tables/a.yaml, two: tables__a.yaml}\nprovides:")
    with pytest.raises(DataError, match=r"tables/a\.yaml and tables__a\.yaml would have one key"):
        make_config_map(root)


def test_a_link_to_a_folder_elsewhere_is_not_followed(tmp_path: Path) -> None:
    """Folders of a pack are found by links only at its top, and only inside of it."""
    root = make_pack(tmp_path)
    for name in ("tables", "more"):
        (root / name).mkdir()
        (root / name / f"{name}.yaml").write_text("card: 1\n")
    before = read_files(root, tests=True)
    shutil.copytree(root, tmp_path / "elsewhere")
    (root / "out").symlink_to(tmp_path / "elsewhere")
    (root / "round").symlink_to(".")
    (root / "tables" / "again").symlink_to("../more")
    assert read_files(root, tests=True) == before
    (root / "again").symlink_to("more")
    assert set(read_files(root, tests=True).texts) == {*before.texts, "again/more.yaml"}
