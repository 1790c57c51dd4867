# SPDX-License-Identifier: Apache-2.0
"""Generated pages of packs: what they say, that they are valid tables, and that the committed ones are fresh."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hpa_discovery.errors import PackError
from hpa_discovery.packs.docgen import pages, write_pages
from hpa_discovery.packs.load import load_pack
from hpa_discovery.packs.pack_page import page_of
from hpa_discovery.resources import bundled
from packs.samples import load, write_pack

EXPECTED = """\
### acme.test/numa

NUMA nodes. Source openstack.flavor, stable.

Reads `flavor.extra_specs."hw:numa_nodes"`, `flavor.extra_specs`.
Answers when `nodes is present`.

| attribute | what it is | value |
|---|---|---|
| `numaNodes` | NUMA nodes | `nodes`, from `flavor.extra_specs."hw:numa_nodes"` |
| `numaMem-{{ i }}` | Memory of NUMA node n | `memory` in MB, for each `i` of `range(nodes)` |

Example: two nodes, memory of the second only.

```json
{
  "flavor": {
    "extra_specs": {
      "hw:numa_nodes": "2",
      "hw:numa_mem.1": "512"
    }
  }
}
```

| discriminator | architecture | attribute | value |
|---|---|---|---|
|  | generic | `numaNodes` | 2 |
|  | generic | `numaMem-1` | 512 MB |
"""


def test_a_rule_is_told_with_what_it_reads_and_an_example(tmp_path: Path) -> None:
    """The section of a rule holds its members, its attributes, and the test case that shows most."""
    page = page_of(load(tmp_path))

    assert EXPECTED in page
    assert "| `pci.alias` | error | the alias {{ name }} is not in the table of devices |" in page
    assert '| `architecture` | `"generic"` | What to write as architecture |' in page
    assert "| `devices` | 1 |" in page


def test_every_row_of_a_table_has_its_cells(tmp_path: Path) -> None:
    """Nothing in a rule, such as the `|` of JMESPath, breaks a table."""
    pipe = ("numa.yaml", "in: range(nodes)", "in: range(nodes) | [*]")
    page = page_of(load(tmp_path, pipe))

    assert r"`range(nodes) \| [*]`" in page
    for table in re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE):
        cells = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(cells) == 1, table


def test_pages_are_written_once_and_old_ones_go(tmp_path: Path) -> None:
    """Only what changed is written; the page of a pack that is gone is removed."""
    write_pack(tmp_path / "rules/acme.test")
    docs = tmp_path / "docs"

    assert [path.name for path in write_pages(tmp_path / "rules", docs)] == ["README.md", "acme.test.md"]
    assert write_pages(tmp_path / "rules", docs) == []
    (docs / "old.md").write_text("old")
    assert write_pages(tmp_path / "rules", docs) == [docs / "old.md"]


def test_a_pack_with_errors_has_no_page(tmp_path: Path) -> None:
    """A page is made of a pack that lint accepts, or not at all."""
    root = write_pack(
        tmp_path,
        ("pinning.yaml", 'path: flavor.extra_specs."hw:cpu_policy', 'path: flavour.extra_specs."hw:cpu_policy'),
    )

    with pytest.raises(PackError):
        page_of(load_pack(root, tests=True))


def test_the_committed_pages_are_fresh() -> None:
    """docs/packs holds what the rules say now; `python -m hpa_discovery.packs.docgen` makes it so."""
    folder = Path(__file__).resolve().parents[2] / "docs" / "packs"
    committed = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}

    assert committed == dict(pages(bundled("rules")))
