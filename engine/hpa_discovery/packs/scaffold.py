# SPDX-License-Identifier: Apache-2.0
"""`hpa new`: packs and rules that already pass lint, tests, coverage and mutation.

A new pack is a folder that can be the top of a repository: its files, the JSON
Schemas that editors check them with (`.schemas/`), and CI jobs. Nothing that
exists is ever overwritten.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from string import Template

from hpa_discovery.errors import DataError, PackError, UsageError
from hpa_discovery.language.pack import Pack
from hpa_discovery.packs.files import PACK_FILE, TEST_SUFFIX, find_packs
from hpa_discovery.packs.load import LoadedPack, load_pack
from hpa_discovery.packs.scaffold_values import PLACES, Place, Sample, rule_values, sample_of
from hpa_discovery.packs.schemas import KINDS, Kind
from hpa_discovery.packs.versions import engine_version
from hpa_discovery.resources import bundled

DEFAULT_SOURCE = "openstack.flavor"
FIRST_RULE = "device"
SCHEMA_FOLDER = ".schemas"
EDITED: tuple[Kind, ...] = tuple(kind for kind in KINDS if kind not in ("vocabulary", "hpa-capability"))

_TEMPLATES = Path(__file__).resolve().parent / "scaffold_templates"
_NAMESPACE = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")
_RULE_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_PACK_FILES: Mapping[str, str] = {
    PACK_FILE: "pack.yaml",
    "README.md": "README.md",
    "LICENSE.md": "LICENSE.md",
    ".github/workflows/hpa.yml": "github.yml",
    ".gitlab-ci.yml": "gitlab-ci.yml",
    ".zuul.yaml": "zuul.yaml",
    ".zuul/hpa.yaml": "zuul-playbook.yaml",
}


class _Text(Template):
    """`@@{name}`: rules need `$` and `{{ }}` for themselves."""

    delimiter = "@@"


def new_pack(name: str, folder: Path, *, source: str = DEFAULT_SOURCE, feature: str | None = None) -> list[Path]:
    """Write the pack `name` into `folder`/`name`; the files that were written.

    UsageError for a name, source or feature that cannot be; DataError when a
    file is there already or cannot be written.
    """
    if not _NAMESPACE.fullmatch(name) or len(name) > 100:
        raise UsageError(f"new pack {name!r}: a name is lower-case words joined by . or -, such as acme.nic")
    sample = sample_of(feature or place_of(source).feature)
    values = {
        "namespace": name,
        "package": name.replace(".", "-"),
        "engine": _engine(),
        "source": source,
        "feature": sample.feature,
        "rule": FIRST_RULE,
    }
    root = folder / name
    texts = {root / file: filled(template, values) for file, template in _PACK_FILES.items()}
    return write_new(texts | schema_texts(root) | _rule(root, name, FIRST_RULE, source, sample))


def new_rule(target: str, folder: Path, *, source: str | None = None, feature: str | None = None) -> list[Path]:
    """Write the rule `PACK/NAME` and its tests into the pack, which is `folder` or right below it.

    Source and feature are the first that the pack names, unless they are given.
    UsageError and DataError as above; PackError when the pack has errors.
    """
    namespace, _, name = target.rpartition("/")
    if not _NAMESPACE.fullmatch(namespace) or not _RULE_NAME.fullmatch(name) or len(target) > 200:
        raise UsageError(f"new rule {target!r}: a rule is PACK/NAME in lower case, such as acme.nic/smart-nic")
    loaded, pack = pack_in(namespace, folder)
    sources = pack.requires.get("sources") or list(PLACES)
    chosen = source or (DEFAULT_SOURCE if DEFAULT_SOURCE in sources else sources[0])
    wanted = feature or pack.features[0]
    place_of(chosen)
    one_of("source", chosen, sources, "requires.sources")
    one_of("feature", wanted, pack.features, "provides.features")
    missing = {path: text for path, text in schema_texts(loaded.root).items() if not path.exists()}
    return write_new(_rule(loaded.root, namespace, name, chosen, sample_of(wanted)) | missing)


def pack_in(namespace: str, folder: Path) -> tuple[LoadedPack, Pack]:
    """The pack of a namespace, which is `folder` or right below it. UsageError; PackError when it has errors."""
    found = {path.name: path for path in find_packs(folder)}
    for root in sorted(found.values(), key=lambda path: path.name != namespace):
        loaded = load_pack(root)
        if loaded.pack is not None and loaded.pack.namespace == namespace:
            return loaded, loaded.pack
        if loaded.pack is None and (root.name == namespace or len(found) == 1):
            raise PackError(f"new: the pack in {root} has errors; mend them first", loaded.findings)
    known = ", ".join(found) or "none"
    raise UsageError(f"new: no pack {namespace} in {folder} or right below it; packs there: {known}")


def one_of(what: str, value: str, allowed: Collection[str], where: str) -> None:
    """UsageError when the pack does not allow the value."""
    if value not in allowed:
        raise UsageError(f"new: the pack has no {what} {value}; add it to {where} in {PACK_FILE}")


def _engine() -> str:
    """The oldest engine that a new pack asks for: this one."""
    return ".".join((engine_version() or "0.1").split(".")[:2])


def place_of(source: str) -> Place:
    """Where subjects of the source keep a sample value. UsageError when there is no such source."""
    if source not in PLACES:
        raise UsageError(f"new: unknown source {source!r}; known are {', '.join(PLACES)}")
    return PLACES[source]


def _rule(root: Path, namespace: str, name: str, source: str, sample: Sample) -> dict[Path, str]:
    """The files of one rule."""
    values = rule_values(namespace, name, source, sample)
    return {
        root / f"{name}.yaml": filled("rule.yaml", values),
        root / f"{name}{TEST_SUFFIX}": filled("rule.test.yaml", values),
    }


def schema_texts(root: Path) -> dict[Path, str]:
    """The JSON Schemas that the files' first lines point to: no web address of them is the same for everybody."""
    source = bundled("schemas")
    return {
        root / SCHEMA_FOLDER / f"{kind}.json": (source / f"{kind}.json").read_text(encoding="utf-8") for kind in EDITED
    }


def filled(template: str, values: Mapping[str, str]) -> str:
    """The text of a template with its values."""
    return substituted((_TEMPLATES / f"{template}.in").read_text(encoding="utf-8"), values)


def substituted(text: str, values: Mapping[str, str]) -> str:
    """The text with the values in place of `@@{name}`."""
    return _Text(text).substitute(values)


def write_new(texts: Mapping[Path, str]) -> list[Path]:
    """Write all files or, when one is there already, none. DataError."""
    taken = sorted(str(path) for path in texts if path.exists() or path.is_symlink())
    if taken:
        raise DataError(f"new: {', '.join(taken)} is already there; nothing was written")
    try:
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
    except OSError as error:
        raise DataError(f"new: cannot write {error.filename}: {error.strerror}") from None
    return sorted(texts)
