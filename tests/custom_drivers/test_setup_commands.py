# SPDX-License-Identifier: Apache-2.0
"""`python setup.py build`, `python setup.py bdist_wheel` and `pip install DIR`, of the project and of each driver."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from custom_drivers.built import (
    CUSTOM_DRIVERS,
    QAT,
    SRIOV,
    Shipped,
    build_wheel,
    copy_of,
    go_command,
    names_in,
    run,
    setup,
)
from custom_drivers.venvs import Venv

TOP = CUSTOM_DRIVERS.parent
FLAVOR = TOP / "examples" / "flavors" / "plain.json"
NEEDED = ("setup.py", "pyproject.toml", "README.md", "LICENSE")


@dataclass(frozen=True)
class Project:
    """What is installed: `file` is one that must come along, in `package`."""

    name: str
    package: str
    file: str
    shipped: Shipped | None = None

    def sources(self, folder: Path) -> Path:
        """A copy of its sources."""
        if self.shipped is QAT:
            go_command()
        if self.shipped is not None:
            return copy_of(self.shipped, folder)
        made = folder / "project"
        for name in ("engine", "rules", "schemas"):
            shutil.copytree(TOP / name, made / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        for name in NEEDED:
            shutil.copy(TOP / name, made)
        return made

    def version(self) -> str:
        """The version that its sources say."""
        text = (TOP / "pyproject.toml" if self.shipped is None else self.shipped.pack / "pack.yaml").read_text("utf-8")
        (found,) = re.findall(r'^ *version(?:: | = ")([0-9.]+)', text, re.MULTILINE)
        return str(found)


PROJECTS = [
    Project("hpa-discovery", "hpa_discovery", "rules/onap.openstack/pack.yaml"),
    Project(SRIOV.distribution, SRIOV.package, "drivers/sriov-nic/nics.toml", SRIOV),
    Project(QAT.distribution, QAT.package, "drivers/go-qat/go-qat", QAT),
]


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.name)
def test_setup_py_build(project: Project, tmp_path: Path) -> None:
    """It builds below build/ and leaves nothing else beside the sources but setuptools' own notes."""
    source = project.sources(tmp_path)
    before = {path.name for path in source.iterdir()}

    setup(source, "build")

    (built,) = source.glob(f"build/lib*/{project.package}")
    assert (built / project.file).is_file()
    assert {path.name for path in source.iterdir()} - before <= {"build", f"{project.package}.egg-info"}


@pytest.mark.parametrize("project", PROJECTS[1:], ids=lambda project: project.name)
def test_a_second_build_forgets_what_is_gone(project: Project, tmp_path: Path) -> None:
    """A file that was deleted since is not in the next wheel; one that was added is."""
    source = project.sources(tmp_path)
    site = source / project.package / "drivers" / "more"
    site.mkdir()
    (site / "driver.yaml").write_text("gone: true\n", "utf-8")
    first = names_in(build_wheel(source))
    shutil.rmtree(site)

    second = names_in(build_wheel(source))

    assert first - second == {f"{project.package}/drivers/more/driver.yaml"}
    assert second < first


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.name)
def test_pip_install_of_a_folder(project: Project, tmp_path: Path) -> None:
    """What is installed is whole, with the right version and command; pip takes it away again without a rest."""
    source, venv = project.sources(tmp_path), Venv(tmp_path / "venv")

    venv.install(source)

    told = f"it.__path__[0], importlib.metadata.version({project.name!r})"
    code = f"import importlib.metadata, {project.package} as it; print({told})"
    folder, version = run([str(venv.python), "-c", code], tmp_path).split()
    assert Path(folder).is_relative_to(venv.folder)
    assert (Path(folder) / project.file).is_file()
    assert version == project.version()
    if project.shipped is None:
        printed = run([str(venv.folder / "bin" / "hpa"), "discover", str(FLAVOR)], tmp_path)
        assert "basicCapabilities" in printed
    venv.uninstall(project.name)
    assert not Path(folder).exists()


@pytest.mark.parametrize("shipped", [SRIOV, QAT], ids=lambda shipped: shipped.folder)
def test_a_pack_without_a_version_is_not_built(shipped: Shipped, tmp_path: Path) -> None:
    """The wheel has the version of pack.yaml; where there is none, the message says what is missing."""
    source = copy_of(shipped, tmp_path)
    pack = source / shipped.package / "pack.yaml"
    pack.write_text(pack.read_text("utf-8").replace("  version: ", "  no-version: "), "utf-8")

    with pytest.raises(AssertionError, match=r"pack\.yaml has no line `  version: X\.Y\.Z` below metadata"):
        setup(source, "build")


def test_without_go_the_build_says_what_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No Go on the PATH is one line with the name of the package, and no wheel without a program."""
    source = copy_of(QAT, tmp_path)
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))

    with pytest.raises(AssertionError, match=r"building go-qat needs Go 1\.19 or later: on Debian, install golang-go"):
        setup(source, "bdist_wheel")
    assert not list(source.glob("dist/*.whl"))


SOURCES = [
    path
    for shipped in (SRIOV, QAT)
    for path in sorted((CUSTOM_DRIVERS / shipped.folder).rglob("*"))
    if path.suffix in {".go", ".in", ".mod", ".toml"} or path.name == "Makefile"
]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_other_sources_name_their_license(path: Path) -> None:
    """As every Python and YAML file, the first line of the others is the SPDX line."""
    first = path.read_text("utf-8").splitlines()[0]

    assert first.lstrip("/# ") == "SPDX-License-Identifier: Apache-2.0"
