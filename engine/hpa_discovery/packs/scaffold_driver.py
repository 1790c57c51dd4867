# SPDX-License-Identifier: Apache-2.0
"""`hpa new driver`: a driver in a pack that answers at once, in Python, Go or shell, and a subject to try it with."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from hpa_discovery.errors import DataError, UsageError
from hpa_discovery.language.rule import ROOTS
from hpa_discovery.language.yaml_reader import read_yaml
from hpa_discovery.packs.files import DRIVER_FILE, DRIVERS, PACK_FILE
from hpa_discovery.packs.scaffold import (
    DEFAULT_SOURCE,
    filled,
    one_of,
    pack_in,
    place_of,
    schema_texts,
    substituted,
    write_new,
)
from hpa_discovery.packs.scaffold_listing import with_driver
from hpa_discovery.packs.scaffold_values import PLACES, Place, Sample, sample_of

Language = Literal["python", "go", "shell"]
EXAMPLE = "example.json"
_TARGET = re.compile(r"([a-z0-9]+(?:[.-][a-z0-9]+)*)/([a-z0-9]+(?:-[a-z0-9]+)*)")


@dataclass(frozen=True, slots=True)
class _Kit:
    """What one language needs: how driver.yaml starts the driver, its files by template, and how values are written."""

    start: str
    files: Mapping[str, str]
    one: str
    number: str
    several: str
    attribute: str
    executable: str = ""


_KITS: Mapping[Language, _Kit] = {
    "python": _Kit(
        "python: @@{module}:@@{class}",
        {"@@{module}.py": "driver.py"},
        "value",
        "int(value)",
        'value.split(",")',
        '{"value": @@{written}@@{unit}}',
    ),
    "go": _Kit(
        'command: ["@@{name}"]',
        {"main.go": "driver.go", "go.mod": "driver.mod", "Makefile": "driver.mk"},
        "value",
        "value",
        'strings.Split(value, ",")',
        'object{"value": @@{written}@@{unit}}',
    ),
    "shell": _Kit(
        'command: ["@@{name}.sh"]',
        {"@@{name}.sh": "driver.sh"},
        """"'"$value"'\"""",
        """"'"$value"'\"""",
        """["'"$(printf %s "$value" | sed 's/,/","/g')"'"]""",
        '{"value":@@{written}@@{unit}}',
        executable="@@{name}.sh",
    ),
}
LANGUAGES: tuple[Language, ...] = tuple(_KITS)


def new_driver(
    target: str,
    folder: Path,
    *,
    language: Language = "python",
    source: str | None = None,
    feature: str | None = None,
) -> list[Path]:
    """Write the driver `PACK/NAME` into the pack, which is `folder` or right below it, and list it in pack.yaml.

    Source and feature are the first that the pack names, unless they are given. The files that were written or
    changed, driver.yaml first. UsageError for a name, language, source or feature that cannot be; PackError when the
    pack has errors; DataError when a file is there already or cannot be written.
    """
    match = _TARGET.fullmatch(target)
    if match is None or len(target) > 200:
        raise UsageError(f"new driver {target!r}: a driver is PACK/NAME in lower case, such as acme.nic/cards")
    namespace, name = match[1], match[2]
    loaded, pack = pack_in(namespace, folder)
    sources = pack.requires.get("sources") or list(PLACES)
    chosen = source or (DEFAULT_SOURCE if DEFAULT_SOURCE in sources else sources[0])
    wanted = feature or pack.features[0]
    place = place_of(chosen)
    one_of("source", chosen, sources, "requires.sources")
    one_of("feature", wanted, pack.features, "provides.features")
    listed = with_driver(_read(loaded.root / PACK_FILE), target)
    root = loaded.root / DRIVERS / name
    missing = {path: text for path, text in schema_texts(loaded.root).items() if not path.exists()}
    written = write_new(_texts(root, target, chosen, place, sample_of(wanted), language) | missing)
    kit = _KITS[language]
    if kit.executable:
        (root / substituted(kit.executable, {"name": name})).chmod(0o755)
    (loaded.root / PACK_FILE).write_text(listed, encoding="utf-8")
    return [root / DRIVER_FILE, *(path for path in written if path.name != DRIVER_FILE), loaded.root / PACK_FILE]


def _texts(root: Path, target: str, source: str, place: Place, sample: Sample, language: Language) -> dict[Path, str]:
    """The files of the driver."""
    values = _values(target, source, place, sample, _KITS[language])
    texts = {root / DRIVER_FILE: filled("driver.yaml", values)}
    for file, template in _KITS[language].files.items():
        texts[root / substituted(file, values)] = filled(template, values)
    subject = _yaml(place.there.replace("{key}", values["key"]).replace("{value}", sample.value))[ROOTS[source]]
    return texts | {root / EXAMPLE: json.dumps(subject) + "\n"}


def _values(target: str, source: str, place: Place, sample: Sample, kit: _Kit) -> dict[str, str]:
    namespace, _, name = target.rpartition("/")
    key = f"{namespace}:{name}" if source == DEFAULT_SOURCE else target
    members = [*place.path.split(".")[1:-1]]
    odd = "_" if name[0].isdigit() else ""  # no name of Python begins with a digit
    values = {
        "id": target,
        "name": name,
        "title": name.replace("-", " ").capitalize(),
        "source": source,
        "path": place.path.replace("{key}", key),
        "key": key,
        "feature": sample.feature,
        "version": sample.version,
        "discriminator": name if sample.shared else "",
        "attribute": sample.attribute,
        "module": f"{odd}{name.replace('-', '_')}_driver",
        "class": odd + "".join(word.capitalize() for word in (*name.split("-"), "driver")),
        "members": "".join(f'["{member}"]' for member in members),
        "path_arguments": ", ".join(f'"{member}"' for member in (*members, key)),
    }
    return values | _attribute(sample, kit) | {"start": substituted(kit.start, values)}


def _attribute(sample: Sample, kit: _Kit) -> dict[str, str]:
    """How the value that was read is written as the value of an attribute."""
    expected = _yaml(f"value: {sample.expected}")["value"]
    several = isinstance(expected["value"], list)
    one = kit.number if not several and expected["value"].isdigit() else kit.one
    unit = f', "unit": "{expected["unit"]}"' if "unit" in expected else ""
    written = kit.several if several else one
    return {
        "attribute_value": substituted(kit.attribute, {"written": written, "unit": unit}),
        "imports": '\t"strings"\n' if several else "",
    }


def _yaml(text: str) -> dict[str, Any]:
    value = read_yaml(text.encode(), "sample").value
    assert isinstance(value, dict)
    return value


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise DataError(f"new: cannot read {path}: {error.strerror}") from None
