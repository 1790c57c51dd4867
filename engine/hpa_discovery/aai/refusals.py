# SPDX-License-Identifier: Apache-2.0
"""Whom a refusal of A&AI concerns: one write, bulk calls as such, or whoever asks; whether A&AI changed; what helps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hpa_discovery.aai.answers import NOT_FOUND, adding
from hpa_discovery.errors import AaiRefused, ConnectorError

if TYPE_CHECKING:
    from hpa_discovery.errors import DataError

_WHO_ASKS = frozenset(("3016", "3017", "3300", "4009", "4010", "4014"))  # and by which version
_WHO_ASKS_STATUS = frozenset((401, 407, 429))
_NO_BULK = frozenset(("3012", "6111", "6147"))  # no such method, another form, a lower limit than A&AI's own
_NO_BULK_STATUS = frozenset((404, 405, 413))
_IN_USE = "6110"
_NO_VERSION = "6130"


def concerns_all(refused: AaiRefused) -> bool:
    """Whether no other write would fare better."""
    return refused.number in _WHO_ASKS or refused.status in _WHO_ASKS_STATUS or 300 <= refused.status < 400


def concerns_bulk(refused: AaiRefused, operations: int) -> bool:
    """Whether it is the bulk call as such that is refused, and none of its operations."""
    if operations == 1 or refused.operation is not None:
        return False
    return refused.status in _NO_BULK_STATUS or refused.number in _NO_BULK


def is_conflict(refused: AaiRefused) -> bool:
    """Whether A&AI is not as it was read."""
    return refused.status == 412 or refused.number in {NOT_FOUND, _IN_USE}


def with_way_out(refused: AaiRefused, operations: int) -> AaiRefused:
    """The refusal, with what helps where the PUT of one call does not see the DELETE before it."""
    if refused.number == _NO_VERSION and refused.operation == 1 and operations > 1:
        return adding(refused, "; an A&AI that does not take both in one call needs replace: sequential")
    return refused


def with_remedy(error: DataError) -> str:
    """What an A&AI says that cannot be asked or read, with the settings of its region that most often help."""
    return f"{error}{_remedy(error)}"


def _remedy(error: DataError) -> str:
    if isinstance(error, AaiRefused) and error.status in {401, 403}:
        return "; hpa region set --aai-user and --aai-password say who asks"
    if isinstance(error, ConnectorError) and error.kind == "tls":
        return "; hpa region set --aai-ca names the file of its CA"
    if isinstance(error, ConnectorError) and error.kind == "protocol" and "http://" in str(error):
        return "; an A&AI with TLS has a URL that begins with https"
    return ""
