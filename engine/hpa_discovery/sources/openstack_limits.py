# SPDX-License-Identifier: Apache-2.0
"""How much of one listing is read: a cloud that never ends takes no more memory and time than this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hpa_discovery.connectors.attempt import Deadline
from hpa_discovery.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hpa_discovery.sources.openstack_answers import Answer, Compute


@dataclass(frozen=True, slots=True)
class ListingLimits:
    """The most flavors, bytes of answers (after decompression) and seconds of one listing."""

    flavors: int = 100_000
    bytes: int = 128 * 1024 * 1024
    seconds: float = 3600.0


class BoundedCompute:
    """A compute API that may be asked until a limit is reached: then `get` and `count` raise SourceError."""

    def __init__(self, compute: Compute, limits: ListingLimits) -> None:
        self.cloud = compute.cloud
        self.microversion = compute.microversion
        self._compute = compute
        self._limits = limits
        self._deadline = Deadline(limits.seconds)
        self._bytes = 0
        self._flavors = 0

    def get(self, path: str, query: Mapping[str, str]) -> Answer:
        """The answer to GET `path`."""
        if self._deadline.left() <= 0:
            raise self._over(f"takes longer than {self._limits.seconds:g} s")
        answer = self._compute.get(path, query)
        self._bytes += answer.size
        if self._bytes > self._limits.bytes:
            raise self._over(f"has more than {self._limits.bytes} bytes")
        return answer

    def count(self, flavors: int) -> None:
        """So many more came."""
        self._flavors += flavors
        if self._flavors > self._limits.flavors:
            raise self._over(f"has more than {self._limits.flavors} flavors")

    def _over(self, what: str) -> SourceError:
        return SourceError(
            f"listing the flavors of {self.cloud}: the listing {what}, so it was not read to its end; "
            "check that auth_url is that of the cloud meant, and what is wrong with its Nova"
        )
