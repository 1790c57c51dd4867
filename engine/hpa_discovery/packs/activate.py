# SPDX-License-Identifier: Apache-2.0
"""Which packs are in force, and the generation they make.

Without names: the bundled and installed packs that are active by default, and every
pack of the given folders. With names: exactly these, from any place. A given folder
hides an installed pack of its namespace. A pack that needs other sources than the
wanted one is not loaded at all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hpa_discovery.discovery.driven import AskDriver, not_asked
from hpa_discovery.discovery.generation import Generation, compile_packs
from hpa_discovery.errors import BudgetError, ExpressionError, PackError, TemplateError, UsageError
from hpa_discovery.language.pack import Pack
from hpa_discovery.language.spelling import nearest
from hpa_discovery.language.yaml_reader import read_yaml
from hpa_discovery.packs.combine import combine
from hpa_discovery.packs.contracts import load_contracts
from hpa_discovery.packs.files import OVERLAY_SUFFIX, PACK_FILE, Refused, find_packs, read_file
from hpa_discovery.packs.installed import Installed
from hpa_discovery.packs.lint_targets import packs_at
from hpa_discovery.packs.load import load_pack
from hpa_discovery.packs.overlays import read_overlays
from hpa_discovery.resources import bundled


@dataclass(frozen=True, slots=True)
class PackFolder:
    """What pack.yaml says before the pack is loaded.

    `namespace` is "" where pack.yaml cannot be read; no `sources` means any. `ours` are the bundled ones.
    """

    root: Path
    namespace: str
    optional: bool = False
    sources: tuple[str, ...] = ()
    ours: bool = False


def activate(
    source: str,
    names: Sequence[str] = (),
    folders: Sequence[Path] = (),
    *,
    ask: AskDriver = not_asked,
    installed: Installed = Installed(),  # noqa: B008 - it is frozen
    left_out: Collection[str] = (),
) -> Generation:
    """The generation for subjects of `source`.

    `names` are namespaces; `folders` hold packs and overlays of the site; `ask` is how drivers are asked;
    `installed` are the packs of wheels; `left_out` are namespaces of packs that are there and cannot be used, so that
    an overlay may name them.
    UsageError for a source or namespace that is not there and for a source that none of the packs reads;
    PackError with findings when a pack is refused.
    """
    contracts = load_contracts()
    if source not in contracts:
        raise UsageError(f"unknown source {source!r}; known are {', '.join(contracts)}")
    given = [look_at(root) for folder in folders for root in _packs_of(folder)]
    ours = [*_bundled(), *_installed(installed, names, given)]
    chosen = _choose(names, ours, given)
    wanted = [folder for folder in chosen if not folder.sources or source in folder.sources]
    if not wanted:
        # An answer without capabilities would say that the hardware can do nothing.
        raise UsageError(f"no pack reads {source}: there are {_read_by(chosen)}; give a folder with one that does")
    overlays, contract = _overlays_of(folders), {source: contracts[source]}
    there = {folder.namespace for folder in (*ours, *given)}
    unused = there.union(left_out) - {folder.namespace for folder in wanted}
    try:
        return compile_packs(_load(wanted, overlays, unused), contract, ask=ask)
    except (ExpressionError, TemplateError, BudgetError):
        # A bundled pack was changed in place, and lint can say where.
        unchecked = [replace(folder, ours=False) for folder in wanted]
        return compile_packs(_load(unchecked, overlays, unused), contract, ask=ask)


def _read_by(folders: Iterable[PackFolder]) -> str:
    told = [f"{folder.namespace or folder.root.name} ({', '.join(folder.sources)})" for folder in folders]
    return ", ".join(told) or "none"


def look_at(root: Path) -> PackFolder:
    """What the pack in `root` says of itself; whatever cannot be read is found again by load_pack."""
    text = read_file(root / PACK_FILE, root)
    value = None if isinstance(text, Refused) else read_yaml(text, PACK_FILE).value
    pack = value if isinstance(value, dict) else {}
    metadata, requires = pack.get("metadata"), pack.get("requires")
    namespace = metadata.get("namespace") if isinstance(metadata, dict) else None
    sources = requires.get("sources") if isinstance(requires, dict) else None
    return PackFolder(
        root,
        namespace if isinstance(namespace, str) else "",
        pack.get("activation") == "optional",
        tuple(filter(_is_text, sources)) if isinstance(sources, list) else (),
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _bundled() -> list[PackFolder]:
    return [replace(look_at(root), ours=True) for root in find_packs(bundled("rules"))]


def _installed(found: Installed, names: Sequence[str], given: Sequence[PackFolder]) -> list[PackFolder]:
    """PackError when a pack that may be wanted cannot be read: without it, hardware would seem not to be there.

    A folder that is given hides the installed pack of its namespace.
    """
    hidden = {folder.namespace for folder in given}
    missing = found.doubtful.intersection(names) if names else found.doubtful - hidden
    if missing or (found.problems and not names and not found.doubtful):
        raise PackError("loading packs: there are errors in installed wheels, so none is used", found.problems)
    return [look_at(pack.root) for pack in found.packs if pack.namespace not in hidden]


def _packs_of(folder: Path) -> list[Path]:
    found = packs_at(folder)
    if not found and not _overlays_of([folder]):
        raise UsageError(
            f"nothing to use in {folder}: no overlay, and neither it nor a folder below it holds a {PACK_FILE}"
        )
    return found


def _overlays_of(folders: Iterable[Path]) -> list[Path]:
    return sorted(path for folder in folders for path in folder.glob(f"[!.]*{OVERLAY_SUFFIX}"))


def _choose(names: Sequence[str], ours: Iterable[PackFolder], given: Iterable[PackFolder]) -> list[PackFolder]:
    asked = {folder.root.resolve(): folder for folder in given}
    by_root = {folder.root.resolve(): folder for folder in ours} | asked
    if not names:
        return [folder for root, folder in by_root.items() if root in asked or not folder.optional]
    known = sorted({folder.namespace for folder in by_root.values()} - {""})
    unknown = [name for name in names if name not in known]
    nameless = [folder for folder in by_root.values() if not folder.namespace]
    if unknown and nameless:
        return nameless  # one of them may be meant; loading it says what is wrong with it
    if unknown:
        meant = nearest(unknown[0], known)
        hint = f"; did you mean {meant}?" if meant else ""
        raise UsageError(f"unknown pack {unknown[0]!r}; known are {', '.join(known)}{hint}")
    return [folder for folder in by_root.values() if folder.namespace in names]


def _load(folders: Sequence[PackFolder], overlay_files: Sequence[Path], left_out: Collection[str]) -> list[Pack]:
    loaded = [load_pack(folder.root, linted=folder.ours) for folder in folders]
    overlays = read_overlays(overlay_files)
    packs, findings = combine(loaded, overlays.overlays, left_out=left_out)
    findings = [*(finding for pack in loaded for finding in pack.findings), *overlays.findings, *findings]
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        files = ", ".join(dict.fromkeys(finding.file for finding in errors))
        raise PackError(f"loading packs: there are errors in {files}, so none is used", errors)
    return packs
