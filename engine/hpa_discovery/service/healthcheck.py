# SPDX-License-Identifier: Apache-2.0
"""Asks the service on this machine whether it is alive: `python -m hpa_discovery.service.healthcheck`.

For an image whose service is set up by its environment: HPA_PORT, and HPA_TLS_CERT
where it has a certificate. The exit code is 0 when it answers, else 1.
"""

from __future__ import annotations

import http.client
import os
import ssl
import sys
from collections.abc import Mapping

from hpa_discovery.service.listening import DEFAULT_PORT

_SECONDS = 4.0


def is_alive(environment: Mapping[str, str]) -> bool:
    """Whether GET /healthz is answered with 200 on this machine."""
    port = int(environment.get("HPA_PORT") or DEFAULT_PORT)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
    if environment.get("HPA_TLS_CERT"):
        # It is this machine: whether others trust the name in the certificate says nothing about the service.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=_SECONDS, context=context)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if is_alive(os.environ) else 1)
