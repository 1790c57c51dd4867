# SPDX-License-Identifier: Apache-2.0
"""What is shipped, and what holds for every source file."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from hpa_discovery import resources

TOP = Path(__file__).parent.parent
FOLDERS = ("engine", "tests", "custom_drivers", "benchmarks", "schemas")
MAX_LINES = 400
MAX_FUNCTION_LINES = 60
NAMES_THAT_SAY_NOTHING = {"common", "helper", "helpers", "misc", "util", "utils"}


def _sources(*endings: str) -> list[Path]:
    found = [path for folder in FOLDERS for path in (TOP / folder).rglob("*") if path.suffix in endings]
    return sorted([*found, TOP / "setup.py"] if ".py" in endings else found)


def _name(path: Path) -> str:
    return path.relative_to(TOP).as_posix()


SOURCES = _sources(".py")
MODULES = [path for path in SOURCES if "engine" in path.parts]


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_source_names_its_license(path: Path) -> None:
    """The first line of every Python file is the SPDX line."""
    first = path.read_text("utf-8").splitlines()[:1]

    assert first == ["# SPDX-License-Identifier: Apache-2.0"]


@pytest.mark.parametrize("path", [*_sources(".yaml"), *sorted((TOP / "rules").rglob("*.yaml"))], ids=_name)
def test_yaml_names_its_license(path: Path) -> None:
    """One of the first two lines of every YAML file is the SPDX line; a schema line may stand before it."""
    assert "# SPDX-License-Identifier: Apache-2.0" in path.read_text("utf-8").splitlines()[:2]


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_module_is_small(path: Path) -> None:
    """No module is longer than 400 lines."""
    assert len(path.read_text("utf-8").splitlines()) <= MAX_LINES


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_functions_are_short(path: Path) -> None:
    """No function is longer than 60 lines."""
    tree = ast.parse(path.read_text("utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]

    long = [node.name for node in functions if (node.end_lineno or 0) - node.lineno >= MAX_FUNCTION_LINES]

    assert long == []


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_module_says_what_it_knows(path: Path) -> None:
    """Every module of the engine has a docstring, and a name that says something."""
    tree = ast.parse(path.read_text("utf-8"))

    assert ast.get_docstring(tree)
    assert not NAMES_THAT_SAY_NOTHING & {path.stem, path.parent.name}


def test_test_files_have_names_of_their_own() -> None:
    """No two test files share a name, and no test folder is a package."""
    names = [path.name for path in (TOP / "tests").rglob("*.py")]

    assert sorted(name for name in names if name.startswith("test_")) == sorted(
        {name for name in names if name.startswith("test_")}
    )
    assert "__init__.py" not in names


@pytest.mark.parametrize("name", ["rules", "schemas"])
def test_bundled_folders_are_found(name: str) -> None:
    """The rules and schemas are found from wherever the package runs."""
    assert list(resources.bundled(name).iterdir())


def test_missing_folder_is_our_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation without its folders says where it looked, and is our fault."""
    monkeypatch.setattr(resources, "PACKAGE", tmp_path / "package")
    monkeypatch.setattr(resources, "CHECKOUT", tmp_path)

    with pytest.raises(resources.ResourceError, match="package") as caught:
        resources.bundled("rules")

    assert caught.value.exit_code == 3


def test_folder_beside_an_installed_package_is_not_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside a checkout, a folder called rules two levels up belongs to somebody else."""
    (tmp_path / "rules").mkdir()
    monkeypatch.setattr(resources, "PACKAGE", tmp_path / "lib" / "package")
    monkeypatch.setattr(resources, "CHECKOUT", tmp_path)

    with pytest.raises(resources.ResourceError):
        resources.bundled("rules")


def test_core_install_is_small() -> None:
    """The core needs only the libraries of the rule language and the command line."""
    project = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["project"]
    core = {re.split(r"[<>=!~ ;\[]", line)[0].lower() for line in project["dependencies"]}

    assert core == {"pyyaml", "jmespath", "jsonschema", "jinja2", "requests", "urllib3", "google-re2", "click", "rich"}


def test_wheel_holds_what_the_checkout_holds(tmp_path: Path) -> None:
    """A rebuilt wheel has the rules and schemas of now, and none of an earlier build."""
    pytest.importorskip("setuptools", minversion="77", reason="the wheel is built without downloading anything")
    for name in ("engine", "rules", "schemas"):
        shutil.copytree(TOP / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(TOP / name, tmp_path)
    (tmp_path / "rules" / "gone.yaml").write_text("gone: true\n", "utf-8")
    first = _wheel_names(tmp_path)
    (tmp_path / "rules" / "gone.yaml").unlink()

    second = _wheel_names(tmp_path)

    assert "hpa_discovery/rules/gone.yaml" in first
    assert first - second == {"hpa_discovery/rules/gone.yaml"}
    assert {"hpa_discovery/py.typed", "hpa_discovery/schemas/rule.json"} <= second
    assert not {name for name in second if name.startswith(("hpa_discovery/schemas/facts", "tests"))}


def _wheel_names(project: Path) -> set[str]:
    """The files in a wheel built from `project`."""
    command = [sys.executable, "setup.py", "-q", "bdist_wheel"]
    subprocess.run(command, cwd=project, check=True, capture_output=True, timeout=120)
    (wheel,) = (project / "dist").glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist())
