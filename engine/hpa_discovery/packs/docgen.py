# SPDX-License-Identifier: Apache-2.0
"""Write the pages of the bundled packs: `python -m hpa_discovery.packs.docgen [docs/packs]`.

The pages are committed; a test makes them again and compares.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from hpa_discovery.packs.files import find_packs
from hpa_discovery.packs.load import load_pack
from hpa_discovery.packs.pack_page import page_of
from hpa_discovery.resources import bundled

INDEX = "README.md"
_FOLDER = Path("docs") / "packs"


def pages(rules: Path) -> Mapping[str, str]:
    """The text of each page by file name, with an index. PackError when a pack is refused."""
    loaded = [load_pack(root, tests=True) for root in find_packs(rules)]
    written = {f"{pack.root.name}.md": page_of(pack) for pack in loaded}
    lines = [f"- [{name.removesuffix('.md')}]({name})" for name in written]
    head = "<!-- Generated from rules/ (CONTRIBUTING.md). -->\n# The packs that ship"
    return {INDEX: "\n".join([head, "", *lines, ""]), **written}


def write_pages(rules: Path, folder: Path) -> list[Path]:
    """Write the pages into `folder` and remove those of packs that are gone; the files that changed."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = pages(rules)
    changed = []
    for gone in (path for path in sorted(folder.glob("*.md")) if path.name not in wanted):
        gone.unlink()
        changed.append(gone)
    for name, text in wanted.items():
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed


if __name__ == "__main__":
    for changed_page in write_pages(bundled("rules"), Path(sys.argv[1]) if sys.argv[1:] else _FOLDER):
        sys.stdout.write(f"{changed_page}\n")
