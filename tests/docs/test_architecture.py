# SPDX-License-Identifier: Apache-2.0
"""The architecture page against the package: rooms, modules, arrows and homes of libraries."""

from __future__ import annotations

import re
import tomllib

from docs.fenced import DOCS, ROOT, blocks, code, codes, prose, tables

PAGE = DOCS / "architecture.md"
ENGINE = ROOT / "engine" / "hpa_discovery"
IMPORTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
PACKAGES = {"PyYAML": "yaml", "google-re2": "re2", "Jinja2": "jinja2", "openstacksdk": "openstack"}


def _rooms() -> set[str]:
    """The folders and modules right in the package, but not its own dunder files."""
    found = {path.parent.name for path in ENGINE.glob("*/__init__.py")}
    return found | {path.stem for path in ENGINE.glob("*.py") if not path.stem.startswith("__")}


def _layers() -> list[set[str]]:
    """The layers of import-linter's contract, the highest first."""
    [contract] = [each for each in IMPORTS if each["type"] == "layers"]
    return [{name.strip("() ") for name in re.split(r"[|:]", layer)} for layer in contract["layers"]]


def test_every_room_is_described() -> None:
    """The table of rooms holds all of the package, and nothing else."""
    assert {code(row[0]) for row in table_of("room")} == _rooms()


def test_rooms_stand_in_the_order_of_the_contract() -> None:
    """Reading the table upwards is reading the layers downwards."""
    layers = _layers()
    places = [next(place for place, layer in enumerate(layers) if name in layer) for name in named("room")]
    assert places == sorted(places, reverse=True)


def test_arrows_only_go_down() -> None:
    """Every arrow of the drawing leads to a lower layer, and every room is in the drawing."""
    layers = _layers()
    drawing = next(block.text for block in blocks(PAGE) if block.language == "mermaid")
    arrows = re.findall(r"(\w+) --> (\w+)", drawing)
    place = {name: number for number, layer in enumerate(layers) for name in layer}
    assert [(one, other) for one, other in arrows if place[one] >= place[other]] == []
    assert {name for arrow in arrows for name in arrow} == _rooms()


def test_every_import_has_its_way_along_the_arrows() -> None:
    """What a room imports can be reached from it in the drawing, so that no arrow is missing."""
    drawing = next(block.text for block in blocks(PAGE) if block.language == "mermaid")
    reached: dict[str, set[str]] = {name: set() for name in _rooms()}
    arrows = re.findall(r"(\w+) --> (\w+)", drawing)
    for _ in reached:  # no way is longer
        for one, other in arrows:
            reached[one] |= {other} | reached[other]
    missing = {
        (room, used)
        for room in _rooms()
        for path in (*ENGINE.glob(f"{room}/**/*.py"), *ENGINE.glob(f"{room}.py"))
        for used in re.findall(r"^from hpa_discovery\.(\w+)", path.read_text("utf-8"), re.MULTILINE)
        if used != room and used not in reached[room]
    }
    assert missing == set()


def test_every_module_that_is_named_exists() -> None:
    """`room/module` on the page is a module or folder of the package."""
    rooms = "|".join(sorted(_rooms()))
    text = "\n".join(line for _, line in prose(PAGE))
    modules = [found for found in codes(text) if re.fullmatch(rf"({rooms})/\w+", found)]
    missing = [name for name in modules if not ((ENGINE / f"{name}.py").is_file() or (ENGINE / name).is_dir())]
    assert len(modules) > 20
    assert missing == []


def test_folders_beside_the_package_exist() -> None:
    """The folders at the top that the page names are there."""
    text = "\n".join(line for _, line in prose(PAGE))
    folders = [found for found in codes(text) if found.endswith("/")]
    assert {"rules/", "schemas/", "custom_drivers/", "tests/"} == set(folders)
    assert all((ROOT / folder).is_dir() for folder in folders)


def test_homes_of_libraries_are_those_of_the_contracts() -> None:
    """A library stands beside the one room that import-linter allows to import it."""
    allowed = {
        name: re.findall(r"hpa_discovery\.(\w+) ->", " ".join(each["ignore_imports"]))[0]
        for each in IMPORTS
        if each["name"].startswith("Only ")
        for name in each["forbidden_modules"]
    }
    for libraries, home in table_of("library"):
        for library in libraries.split(", "):
            assert allowed[PACKAGES.get(library, library.lower())] == code(home), library


def table_of(header: str) -> tuple[tuple[str, ...], ...]:
    """The rows of the table whose first column is called so."""
    [found] = [each for each in tables(PAGE) if each.header[0] == header]
    return found.rows


def named(header: str) -> list[str]:
    """The names in the first column of a table."""
    return [code(row[0]) for row in table_of(header)]
