# SPDX-License-Identifier: Apache-2.0
"""What addresses a name has, asked once and not longer than there is time.

The C library's resolver takes no time limit, so a name is looked up in a thread of
its own. When the time is over nobody waits for it any more; it ends by itself when
the resolver gives up.
"""

from __future__ import annotations

import socket
import threading
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from hpa_discovery.errors import ConnectorError

if TYPE_CHECKING:
    from collections.abc import Callable

    from hpa_discovery.connectors.addresses import Address

    Resolve = Callable[[str, float], tuple[Address, ...]]


def resolve(host: str, seconds: float, ask: Callable[..., Any] = socket.getaddrinfo) -> tuple[Address, ...]:
    """The addresses of `host`, each once, best first; ConnectorError `dns` when there is none in time."""
    answers: list[tuple[Address, ...] | OSError | UnicodeError] = []
    asking = threading.Thread(target=_ask, args=(host, ask, answers), daemon=True, name="hpa-resolve")
    asking.start()
    asking.join(seconds)
    if not answers:
        raise ConnectorError("dns", f"looking up {host}: no answer from DNS within {seconds:g} s")
    answer = answers[0]
    if isinstance(answer, OSError | UnicodeError):
        reason = answer.strerror if isinstance(answer, OSError) and answer.strerror else "it is no name of a host"
        raise ConnectorError("dns", f"looking up {host}: {reason}; check the host of the URL") from None
    return answer


def _ask(host: str, ask: Callable[..., Any], answers: list[tuple[Address, ...] | OSError | UnicodeError]) -> None:
    try:
        found = ask(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        answers.append(error)
        return
    # A scope such as %eth0 is the business of link-local addresses, which are no targets.
    texts = (str(each[4][0]).partition("%")[0] for each in found)
    answers.append(tuple(dict.fromkeys(map(ip_address, texts))))
