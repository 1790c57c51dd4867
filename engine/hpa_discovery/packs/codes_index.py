# SPDX-License-Identifier: Apache-2.0
"""docs/codes.md: every code on one page, made from the codes' own pages.

`python -m hpa_discovery.packs.codes_index > docs/codes.md` makes it again.
"""

from __future__ import annotations

import sys

from hpa_discovery.packs.catalogue import CODES, page, severity_of

_PAGES = "../engine/hpa_discovery/packs/pages"
_HEAD = """\
<!-- SPDX-License-Identifier: Apache-2.0 -->
<!-- Made by python -m hpa_discovery.packs.codes_index; do not edit. -->
# What lint may find

`hpa lint --explain CODE` shows the page of a code, with an example of what is wrong and what is right. Errors keep a
pack from being used. A warning is left out by a comment at its line, or on the line above:
`# hpa: ignore[code] reason`.

| code | severity | what it means |
|---|---|---|
"""


def summary(code: str) -> str:
    """The first sentence of the code's page."""
    return page(code).splitlines()[4]


def index() -> str:
    """The whole of docs/codes.md."""
    return _HEAD + "".join(map(_row, CODES))


def _row(code: str) -> str:
    meaning = summary(code).replace("|", r"\|")
    return f"| [{code}]({_PAGES}/{code}.md) | {severity_of(code)} | {meaning} |\n"


if __name__ == "__main__":
    sys.stdout.write(index())
