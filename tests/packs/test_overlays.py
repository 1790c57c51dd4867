# SPDX-License-Identifier: Apache-2.0
"""Overlays change packs: rules, parameters, rows, and who answers an exclusive feature."""

from __future__ import annotations

from pathlib import Path

import pytest

from hpa_discovery.language.budgets import Limits
from hpa_discovery.language.pack import Pack
from hpa_discovery.packs.combine import combine
from hpa_discovery.packs.load import load_pack
from hpa_discovery.packs.overlays import ReadOverlays, apply, read_overlays
from packs.lint_examples import write_example

RULES = """\
# pack.yaml
metadata: {namespace: acme.NAME, name: acme-NAME, version: 1.2.0, license: Apache-2.0}
params: {nodes: {default: 2}}
tables: {sizes: tables/sizes.yaml}
# tables/sizes.yaml
large: {value: "2", unit: MB}
small: {value: "4", unit: KB}
# example.yaml
metadata: {id: acme.NAME/example, title: Example, maturity: sandbox, replaces: [acme.NAME/old]}
# second.yaml
metadata: {id: acme.NAME/second, title: Second, maturity: sandbox}
"""
HEAD = """\
apiVersion: hpa-discovery/v1
kind: Overlay
metadata: {id: lab1/site}
target: {pack: acme.one, version: ">=1.0,<2"}
"""


def _pack(folder: Path, name: str) -> Pack:
    loaded = load_pack(write_example(RULES.replace("NAME", name), folder / name))
    assert loaded.pack is not None, loaded.findings
    return loaded.pack


def _overlays(folder: Path, *texts: str) -> ReadOverlays:
    files = []
    for index, text in enumerate(texts):
        file = folder / f"site{index}.overlay.yaml"
        file.write_text(HEAD + text, encoding="utf-8")
        files.append(file)
    return read_overlays(files)


def test_changes(tmp_path: Path) -> None:
    """Rules are switched off by their present or former id; parameters are set; rows are added and replaced."""
    text = """\
disable: [{rule: acme.one/old, reason: Not here}]
params: {nodes: 4}
tables: {sizes: {tiny: {value: "1", unit: KB}, small: {value: "8", unit: KB}}}
"""
    pack = _pack(tmp_path, "one")
    (changed,), findings = apply([pack], _overlays(tmp_path, text).overlays)
    assert findings == []
    assert [rule.id for rule in changed.rules] == ["acme.one/second"]
    assert changed.params == {"nodes": 4}
    assert list(changed.tables["sizes"]) == ["large", "small", "tiny"]
    assert changed.tables["sizes"]["small"] == {"value": "8", "unit": "KB"}
    assert pack.params == {"nodes": 2}


def test_settled(tmp_path: Path) -> None:
    """Of two packs for an exclusive feature, the one that the overlay names answers it."""
    text = "onConflict: [{source: openstack.flavor, feature: cpuPinning, use: acme.two, reason: It knows}]\n"
    loaded = [load_pack(write_example(RULES.replace("NAME", name), tmp_path / name)) for name in ("one", "two")]
    _, refused = combine(loaded)
    assert [(finding.code, finding.severity) for finding in refused] == [("set.exclusive", "error")]
    assert "acme.one and acme.two" in refused[0].message
    assert "feature: cpuPinning, use: acme.one" in refused[0].hint
    packs, findings = combine(loaded, _overlays(tmp_path, text).overlays)
    assert findings == []
    assert {pack.namespace: len(pack.rules) for pack in packs} == {"acme.one": 0, "acme.two": 2}


# text of the overlay -> (line, code) of what is wrong with it
WRONG = [
    ("disable: [{rule: acme.one/gone, reason: x}]\n", [(5, "overlay.name")]),
    ("params: {nodse: 4}\n", [(5, "overlay.name")]),
    ("params: {nodes: four}\n", [(5, "overlay.value")]),
    ("tables: {size: {tiny: 1}}\n", [(5, "overlay.name")]),
    (
        "onConflict: [{source: openstack.flavor, feature: numa, use: acme.one, reason: x}]\n",
        [(5, "overlay.conflict")],
    ),
]


@pytest.mark.parametrize(("text", "expected"), WRONG)
def test_wrong(text: str, expected: list[tuple[int, str]], tmp_path: Path) -> None:
    """What an overlay names must exist, and what it sets must have the type of the default."""
    _, findings = apply([_pack(tmp_path, "one")], _overlays(tmp_path, text).overlays)
    assert [(finding.line, finding.code) for finding in findings] == expected


def test_other_version(tmp_path: Path) -> None:
    """An overlay for other versions of the pack is refused, and so is one for a pack that is not there."""
    pack = _pack(tmp_path, "one")
    (file,) = (tmp_path / "a.overlay.yaml",)
    file.write_text(HEAD.replace(">=1.0,<2", "<1.0"), encoding="utf-8")
    assert [finding.code for finding in apply([pack], read_overlays([file]).overlays)[1]] == ["overlay.version"]
    assert [finding.code for finding in apply([], read_overlays([file]).overlays)[1]] == ["overlay.pack"]


def test_two_overlays_disagree(tmp_path: Path) -> None:
    """Two overlays that set one parameter differently contradict each other; the same value twice does not."""
    packs = [_pack(tmp_path, "one")]
    assert apply(packs, _overlays(tmp_path, "params: {nodes: 4}\n", "params: {nodes: 4}\n").overlays)[1] == []
    findings = apply(packs, _overlays(tmp_path, "params: {nodes: 4}\n", "params: {nodes: 5}\n").overlays)[1]
    assert [finding.code for finding in findings] == ["overlay.conflict"]


def test_unreadable(tmp_path: Path) -> None:
    """A file that is missing, a folder, too large, no YAML or no overlay is a finding and no more."""
    folder = tmp_path / "folder.overlay.yaml"
    folder.mkdir()
    large = tmp_path / "large.overlay.yaml"
    with large.open("wb") as stream:
        stream.truncate(2**30)
    broken = tmp_path / "broken.overlay.yaml"
    broken.write_text("a: [", encoding="utf-8")
    other = tmp_path / "other.overlay.yaml"
    other.write_text("kind: Rule\n", encoding="utf-8")
    read = read_overlays([tmp_path / "gone.overlay.yaml", folder, large, broken, other])
    assert not any(draft.settled for draft in read.overlays)
    assert combine([], read.overlays) == ([], [])
    codes = [finding.code for finding in read.findings]
    assert codes[:4] == ["file.unreadable", "file.unreadable", "limit.file", "yaml.syntax"]
    assert set(codes[4:]) == {"schema"}


def test_links_out_of_the_folder(tmp_path: Path) -> None:
    """An overlay that is a link out of its folder is not read, so nothing of what it leads to is ever shown."""
    (tmp_path / "secret").write_text("password\n", encoding="utf-8")
    (tmp_path / "site").mkdir()
    link = tmp_path / "site" / "a.overlay.yaml"
    link.symlink_to(tmp_path / "secret")
    (finding,) = read_overlays([link]).findings
    assert finding.code == "file.outside"
    assert "password" not in finding.message


def test_config_map_links(tmp_path: Path) -> None:
    """An overlay in a mounted ConfigMap is a link to a folder beside it, and is read."""
    (tmp_path / "..now").mkdir()
    (tmp_path / "..now" / "a.overlay.yaml").write_text(HEAD, encoding="utf-8")
    (tmp_path / "..data").symlink_to("..now")
    link = tmp_path / "a.overlay.yaml"
    link.symlink_to("..data/a.overlay.yaml")
    assert len(read_overlays([link]).overlays) == 1


def test_too_many(tmp_path: Path) -> None:
    """Overlays have the limits that the files of a pack have, together."""
    files = [tmp_path / f"{number}.overlay.yaml" for number in range(4)]
    for file in files:
        file.write_text("a: 1\n", encoding="utf-8")
    for limits in (Limits(pack_files=2), Limits(pack_bytes=10)):
        read = read_overlays(files, limits)
        assert [finding.code for finding in read.findings if finding.code != "schema"] == ["limit.pack"]
        assert {Path(finding.file).name for finding in read.findings} == {
            f"{number}.overlay.yaml" for number in range(3)
        }
