# SPDX-License-Identifier: Apache-2.0
"""A pack as a Kubernetes ConfigMap, and the volume that mounts it as the folder it was.

A ConfigMap is flat: a file in a folder has a key with __ for each /, and the
volume's items give it its path back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from hpa_discovery.errors import DataError, UsageError
from hpa_discovery.language.budgets import DEFAULT, Limits
from hpa_discovery.packs.files import DRIVERS, read_files
from hpa_discovery.packs.publishing.build import check_pack, metadata_of, one_pack
from hpa_discovery.packs.publishing.contents import contents_of

_DOING = "making a ConfigMap"
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_KEY = re.compile(r"[-._a-zA-Z0-9]+")
_MOST_NAME, _MOST_KEY = 253, 253
# What YAML 1.1 takes for a line break or refuses in a literal block; a tab is fine.
_UNPRINTED = re.compile("[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class ConfigMap:
    """The ConfigMap of a pack: its texts by path inside the pack, and the pack's namespace."""

    name: str
    namespace: str
    texts: Mapping[str, str]

    def document(self) -> str:
        """The ConfigMap as YAML, which `kubectl apply --server-side -f -` takes, and the volume as comments below."""
        head = ["apiVersion: v1", "kind: ConfigMap", "metadata:", f"  name: {self.name}", "data:"]
        told = ["# The pod mounts it as a folder of its own below one that --pack-path names:", *self._volume("# ")]
        return "\n".join([*head, *(line for item in self.texts.items() for line in _entry(*item)), *told, ""])

    def _volume(self, before: str) -> Iterator[str]:
        name = self.namespace.replace(".", "-")
        yield f"{before}volumes:"
        yield f"{before}  - name: {name}"
        yield f"{before}    configMap:"
        yield f"{before}      name: {self.name}"
        yield f"{before}      items:"
        for path in self.texts:
            yield f"{before}        - {{key: {json.dumps(key_of(path))}, path: {json.dumps(path)}}}"


def make_config_map(folder: Path, name: str | None = None, *, limits: Limits = DEFAULT) -> ConfigMap:
    """The ConfigMap of the pack at `folder`, `hpa-pack-<name of the pack>` unless it is given a name.

    UsageError for a name that Kubernetes does not take and when there is not exactly one pack; PackError and
    CasesFailed as for a wheel; DataError for a pack with drivers, and for one that is too large.
    """
    root = one_pack(folder, _DOING)
    if (root / DRIVERS).is_dir():
        why = "a ConfigMap gives all its files one mode, and programs do not belong into the cluster's database"
        raise DataError(
            f"{_DOING}: the pack in {root} has drivers: {why}; publish it as a wheel: hpa pack build {root}"
        )
    check_pack(root, _DOING)
    metadata = metadata_of(contents_of(root))
    chosen = name or f"hpa-pack-{metadata['name']}"
    if not _NAME.fullmatch(chosen) or len(chosen) > _MOST_NAME:
        raise UsageError(f"{_DOING}: the name {chosen!r} must be lower-case words joined by - or ., such as acme-nic")
    # YAML is UTF-8, or lint would have said so.
    texts = {path: text.decode("utf-8") for path, text in sorted(read_files(root, tests=True).texts.items())}
    _check(texts, root, limits)
    return ConfigMap(chosen, metadata["namespace"], texts)


def key_of(path: str) -> str:
    """The key of a file: keys have no slash."""
    return path.replace("/", "__")


def _check(texts: Mapping[str, str], root: Path, limits: Limits) -> None:
    keys: dict[str, str] = {}
    for path in texts:
        key = key_of(path)
        if not _KEY.fullmatch(key) or len(key) > _MOST_KEY:
            allowed = f"at most {_MOST_KEY} letters, digits, and any of - _ . /"
            raise DataError(f"{_DOING}: the file {path} cannot be a key; its path may have {allowed}")
        if key in keys:
            raise DataError(f"{_DOING}: the files {keys[key]} and {path} would have one key, {key}; rename one")
        keys[key] = path
    size = sum(len(key) + len(texts[path].encode()) for key, path in keys.items())
    if size > limits.config_map_bytes:
        raise DataError(
            f"{_DOING}: the pack in {root} has {size} bytes, and Kubernetes takes {limits.config_map_bytes};"
            " publish it as a wheel, or make several packs of it"
        )


def _entry(path: str, text: str) -> Iterator[str]:
    """A text as a literal block, as people read it; quoted where that would not say the same."""
    if _UNPRINTED.search(text) or not text.strip():
        yield f"  {key_of(path)}: {_quoted(text)}"
        return
    ending = {0: "-", 1: ""}.get(len(text) - len(text.rstrip("\n")), "+")
    # Told, how far the block is indented, a text may begin with spaces.
    yield f"  {key_of(path)}: |2{ending}"
    for line in text.removesuffix("\n").split("\n"):
        yield f"    {line}" if line else ""


def _quoted(text: str) -> str:
    # JSON is YAML, but for what it need not escape; YAML knows no pairs of surrogates.
    plain = json.dumps(text, ensure_ascii=False)
    return _UNPRINTED.sub(lambda found: f"\\u{ord(found[0]):04x}", plain)
