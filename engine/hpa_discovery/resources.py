# SPDX-License-Identifier: Apache-2.0
"""Where the folders that ship with the engine are: the bundled packs and the JSON Schemas.

In an installed wheel they stand inside the package, in a checkout at its top.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from hpa_discovery.errors import HpaError

PACKAGE = Path(__file__).resolve().parent
CHECKOUT = PACKAGE.parent.parent


class ResourceError(HpaError):
    """A bundled folder is missing: the installation is broken, which is our fault (exit 3)."""

    exit_code = 3


def bundled(name: Literal["rules", "schemas"]) -> Path:
    """The absolute path of the bundled folder `name`; ResourceError when the installation lacks it."""
    places = [PACKAGE / name]
    # Outside a checkout the folder two levels up belongs to Python, not to us.
    if (CHECKOUT / "setup.py").is_file():
        places.append(CHECKOUT / name)
    for place in places:
        if place.is_dir():
            return place
    searched = " or ".join(str(place) for place in places)
    raise ResourceError(
        f"looking for the bundled folder {name!r}: it is not at {searched}; install hpa-discovery again"
    )
