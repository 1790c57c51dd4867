# SPDX-License-Identifier: Apache-2.0
"""The token that a request sends: as a bearer (RFC 6750), or, where that is taken, as the password of Basic (RFC 7617).

Whoever asks by Basic may have any user name: the token says who it is.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode

_TOKEN = rb"[A-Za-z0-9._~+/-]{1,200}=*"  # b64token of RFC 6750, section 2.1
_BEARER = re.compile(rb"bearer +(" + _TOKEN + rb")", re.IGNORECASE)
_BASIC = re.compile(rb"basic +([A-Za-z0-9+/]{1,2000}={0,2})", re.IGNORECASE)
_USER_AND_TOKEN = re.compile(rb"[^:]*:(" + _TOKEN + rb")")
_REALM = 'realm="hpa-discovery"'


def sent_token(said: bytes | None, *, basic: bool) -> bytes | None:
    """The token in the header Authorization; None where there is none of these forms."""
    if said is None:
        return None
    if (bearer := _BEARER.fullmatch(said)) is not None:
        return bearer[1]
    if not basic or (sent := _BASIC.fullmatch(said)) is None:
        return None
    try:
        pair = _USER_AND_TOKEN.fullmatch(b64decode(sent[1], validate=True))
    except binascii.Error:
        return None
    return None if pair is None else pair[1]


def why_none(said: bytes | None, *, basic: bool) -> str:
    """What a caller is told whose request has no token."""
    if basic:
        return "the request has no bearer token, and no token as the password of Basic"
    if said is not None and said[:6].lower() == b"basic ":
        return "Basic is not taken here: with --legacy-basic the paths of ONAP Multicloud take it, and no others"
    return "the request has no bearer token"


def challenge(error: str, *, basic: bool) -> str:
    """The header WWW-Authenticate; `error` is that of RFC 6750, "" for none. Old clients read one scheme, the first."""
    bearer = f"Bearer {_REALM}" + (f', error="{error}"' if error else "")
    return f"Basic {_REALM}, {bearer}" if basic else bearer
