# SPDX-License-Identifier: Apache-2.0
"""What paths mean to lint, what is read of the disk, and ids that an earlier version had."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hpa_discovery.errors import UsageError
from hpa_discovery.packs.lint import LintResult, lint_paths
from packs.lint_examples import write_example

BROKEN = """\
let:
  low: {path: lower(polcy), type: string}
# second.yaml
metadata: {id: acme.test/second, title: Second, maturity: sandbox}
when: {var: polcy, present: true}
"""


def _codes(result: LintResult) -> list[tuple[str, str]]:
    return [(Path(finding.file).name, finding.code) for finding in result.findings if finding.severity == "error"]


def test_folder(tmp_path: Path) -> None:
    """A pack folder, a folder of packs and a folder above these are all looked at whole."""
    write_example(BROKEN, tmp_path / "rules" / "acme")
    expected = [("example.yaml", "expr.unknown_name"), ("second.yaml", "condition.unknown_name")]
    for path in (tmp_path / "rules" / "acme", tmp_path / "rules", tmp_path):
        result = lint_paths([path])
        assert _codes(result) == expected
        assert (len(result.packs), result.files, result.ok) == (1, 5, False)


def test_file(tmp_path: Path) -> None:
    """For a file, its whole pack is loaded and what concerns the file is told; for pack.yaml everything is."""
    root = write_example(BROKEN, tmp_path)
    result = lint_paths([root / "second.yaml"])
    assert _codes(result) == [("second.yaml", "condition.unknown_name")]
    assert result.files == 1
    assert len(_codes(lint_paths([root / "second.yaml", root / "example.yaml"]))) == 2
    assert len(_codes(lint_paths([root / "second.yaml", root / "pack.yaml"]))) == 2
    assert len(_codes(lint_paths([root / "second.yaml", root]))) == 2


def test_stray_file(tmp_path: Path) -> None:
    """A rule outside of any pack is held against its schema, and told where it belongs."""
    file = tmp_path / "x" / "stray.yaml"
    file.parent.mkdir()
    file.write_text("kind: Rule\n", encoding="utf-8")
    codes = {finding.code for finding in lint_paths([file]).findings}
    assert codes == {"pack.missing", "schema"}


@pytest.mark.parametrize("name", ["gone", "empty", "notes.txt"])
def test_wrong_usage(name: str, tmp_path: Path) -> None:
    """A path that is not there, holds no pack or is no YAML is a wrong usage, and the message names it."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match=name):
        lint_paths([tmp_path / name])


def test_bundled_target(tmp_path: Path) -> None:
    """An overlay for a bundled pack is checked against it although only the overlay was given."""
    file = tmp_path / "site.overlay.yaml"
    file.write_text(
        "apiVersion: hpa-discovery/v1\nkind: Overlay\nmetadata: {id: lab1/site}\n"
        'target: {pack: onap.openstack-compat, version: ">=1.0"}\n'
        "disable: [{rule: onap.openstack-compat/nmua, reason: x}]\n",
        encoding="utf-8",
    )
    (finding,) = lint_paths([file]).findings
    assert (finding.code, finding.line, finding.hint) == (
        "overlay.name",
        5,
        "did you mean onap.openstack-compat/numa?",
    )


def test_renamed(tmp_path: Path) -> None:
    """An id of the base must be there, be replaced, or have been deprecated for removal by now."""
    base = """\
# example.yaml
when: {var: policy, present: true}
# kept.yaml
metadata: {id: acme.test/kept, title: Kept, maturity: sandbox}
# moved.yaml
metadata: {id: acme.test/moved, title: Moved, maturity: sandbox}
# lost.yaml
metadata: {id: acme.test/lost, title: Lost, maturity: sandbox}
# due.yaml
metadata:
  id: acme.test/due
  title: Due
  maturity: deprecated
  deprecated: {since: 0.9.0, removal: 1.0.0, reason: x}
# early.yaml
metadata:
  id: acme.test/early
  title: Early
  maturity: deprecated
  deprecated: {since: 0.9.0, removal: 2.0.0, reason: x}
"""
    now = """\
# kept.yaml
metadata: {id: acme.test/kept, title: Kept, maturity: sandbox, replaces: [acme.test/moved]}
"""
    earlier = write_example(base, tmp_path / "base" / "acme")
    root = write_example(now, tmp_path / "now" / "acme")
    assert lint_paths([root]).findings == ()
    findings = lint_paths([root], base=tmp_path / "base").findings
    assert [(finding.code, finding.line) for finding in findings] == [("rule.renamed", 3)] * 2
    assert {word for finding in findings for word in finding.message.split() if "/" in word} == {
        "acme.test/lost",
        "acme.test/early",
    }
    assert "replaces: [acme.test/" in findings[0].hint
    assert lint_paths([earlier], base=earlier).findings == ()


def test_misnamed_files(tmp_path: Path) -> None:
    """Rules and tests that end in .yml are told so, and nothing else."""
    root = write_example("", tmp_path)
    (root / "example.yaml").rename(root / "example.yml")
    (root / "example.test.yaml").rename(root / "example.test.yml")
    codes = [(name, code) for name, code in _codes(lint_paths([root])) if name != "pack.yaml"]
    assert codes == [("example.test.yml", "file.extension"), ("example.yml", "file.extension")]


@pytest.mark.skipif(os.geteuid() == 0 and not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_strange_files(tmp_path: Path) -> None:
    """Links out of the pack, pipes, dangling links and files beyond their limit are findings, not waited for."""
    root = write_example("", tmp_path / "acme")
    (tmp_path / "secret.yaml").write_text("a: 1\n", encoding="utf-8")
    (root / "out.yaml").symlink_to(tmp_path / "secret.yaml")
    (root / "loop.yaml").symlink_to(root / "loop.yaml")
    os.mkfifo(root / "pipe.yaml")
    with (root / "huge.yaml").open("wb") as stream:
        stream.truncate(2**30)
    assert set(_codes(lint_paths([root]))) == {
        ("out.yaml", "file.outside"),
        ("loop.yaml", "file.unreadable"),
        ("pipe.yaml", "file.unreadable"),
        ("huge.yaml", "limit.file"),
    }


def test_a_pack_file_that_is_none_is_told_and_never_passed_over(tmp_path: Path) -> None:
    """A pack.yaml that is a dangling link, a pipe or a folder makes its pack a refused one, beside good packs too."""
    write_example("", tmp_path / "good")
    for name in ("dangling", "pipe", "folder"):
        (write_example("", tmp_path / name) / "pack.yaml").unlink()
    (tmp_path / "dangling" / "pack.yaml").symlink_to(tmp_path / "nothing.yaml")
    os.mkfifo(tmp_path / "pipe" / "pack.yaml")
    (tmp_path / "folder" / "pack.yaml").mkdir()
    found = {(Path(item.file).parent.name, item.code) for item in lint_paths([tmp_path]).findings}
    assert found == {("dangling", "file.unreadable"), ("pipe", "file.unreadable"), ("folder", "pack.missing")}


def test_a_working_folder_that_is_gone_is_no_fault_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Packs named by their whole path are looked at from a folder that somebody removed meanwhile."""
    root = write_example("when: {var: polcy, present: true}\n", tmp_path / "acme")
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert [item.file for item in lint_paths([root]).findings] == [str(root / "example.yaml")]


def test_no_pack_file(tmp_path: Path) -> None:
    """A pack whose pack.yaml is broken is told so, together with what is wrong in its rules."""
    root = write_example("# pack.yaml\nlevel: vendr\n# example.yaml\nwhne: {var: policy, present: true}\n", tmp_path)
    assert _codes(lint_paths([root])) == [("example.yaml", "schema"), ("pack.yaml", "schema")]
