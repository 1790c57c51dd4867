# SPDX-License-Identifier: Apache-2.0
"""What a pack is called once it is a wheel: distribution, package, version and file.

pack.yaml's name has lower-case words joined by -, so its escaped form (PEP 427)
only turns - into _. Versions there are semantic; pip orders by PEP 440, which
knows fewer kinds of pre-release.
"""

from __future__ import annotations

import re

from hpa_discovery.errors import DataError

PREFIX = "onap-device-driver-"
_SEMVER = re.compile(r"(?P<release>[0-9.]+)(?:-(?P<pre>[0-9A-Za-z.-]+))?(?:\+(?P<build>[0-9A-Za-z.-]+))?")
# What follows the + in PEP 440: it has no two separators in a row, and none at an end.
_LOCAL = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
_PRE = re.compile(r"(?P<word>alpha|beta|rc|dev)[.-]?(?P<number>[0-9]*)")
_PRE_WORDS = {"alpha": "a", "beta": "b", "rc": "rc", "dev": ".dev"}


def distribution_name(name: str) -> str:
    """The name that pip installs: `onap-device-driver-<name>`."""
    return PREFIX + name


def package_name(name: str) -> str:
    """The folder of the pack in the wheel, and the first part of the wheel's file name."""
    return distribution_name(name).replace("-", "_")


def pip_version(version: str) -> str:
    """The semantic version of a pack as pip orders it: 1.2.0-rc.1+site is 1.2.0rc1+site.

    DataError for a pre-release other than alpha, beta, rc or dev with at most one number, and for a build that has
    two separators in a row or one at an end.
    """
    parts = _SEMVER.fullmatch(version)
    assert parts is not None, "schemas/pack.json accepts semantic versions only"
    written = parts["release"]
    if parts["pre"]:
        pre = _PRE.fullmatch(parts["pre"].lower())
        if pre is None:
            raise DataError(
                f"naming the wheel: the pre-release of version {version} has no counterpart for pip;"
                " use alpha, beta, rc or dev with one number, such as 1.2.0-rc.1"
            )
        written += _PRE_WORDS[pre["word"]] + str(int(pre["number"] or 0))
    return written + ("+" + _local(parts["build"].lower(), version) if parts["build"] else "")


def _local(build: str, version: str) -> str:
    if not _LOCAL.fullmatch(build):
        raise DataError(
            f"naming the wheel: the build {build} of version {version} has no counterpart for pip;"
            " use letters and numbers with one . or - between them, such as 1.2.0+site.7"
        )
    return build.replace("-", ".")


def wheel_stem(name: str, version: str) -> str:
    """`<package>-<version>`: how the wheel's file and its dist-info folder begin; `version` is pip's."""
    return f"{package_name(name)}-{version}"
