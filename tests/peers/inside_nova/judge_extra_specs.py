# SPDX-License-Identifier: Apache-2.0
"""Asks Nova's own validators about extra specs; run by the Python of the peer's venv.

Usage: judge_extra_specs.py < list of [key, value] as JSON > list of what Nova has
against each (null when it takes it).
"""

from __future__ import annotations

import json
import sys
import warnings


def main() -> None:
    """Judge each pair of stdin."""
    warnings.simplefilter("ignore")
    from nova import exception  # noqa: PLC0415 - once warnings are silent
    from nova.api.validation.extra_specs import validators  # noqa: PLC0415 - once warnings are silent

    answers: list[str | None] = []
    for key, value in json.load(sys.stdin):
        try:
            validators.validate(key, value)
            answers.append(None)
        except exception.ValidationError as error:
            answers.append(str(error))
    json.dump(answers, sys.stdout)


main()
