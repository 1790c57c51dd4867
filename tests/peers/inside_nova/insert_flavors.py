# SPDX-License-Identifier: Apache-2.0
"""Writes flavors straight into Nova's database; run by the Python of the peer's venv.

Usage: insert_flavors.py CONFIG-FILE < list of flavors as JSON, each with the members
of `nova.objects.Flavor`. Nova's own objects do the writing: about ten times as
fast as its API, and they take what an older Nova let in (any key, any id,
disabled flavors).
"""

from __future__ import annotations

import json
import sys
import warnings


def main() -> None:
    """Create each flavor of stdin."""
    warnings.simplefilter("ignore")
    from nova import config, context, objects  # noqa: PLC0415 - once warnings are silent

    config.parse_args(["insert-flavors"], default_config_files=[sys.argv[1]])
    objects.register_all()
    admin = context.get_admin_context()
    for members in json.load(sys.stdin):
        objects.Flavor(context=admin, **members).create()


main()
