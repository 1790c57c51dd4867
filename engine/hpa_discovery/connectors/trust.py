# SPDX-License-Identifier: Apache-2.0
"""Which certificates are believed: those of the CA that was given, else those of this machine's own CAs."""

from __future__ import annotations

import ssl

from hpa_discovery.connectors.attempt import PatientTlsSocket
from hpa_discovery.errors import ConnectorError

_BEGIN = "-----BEGIN CERTIFICATE-----"
# Without VERIFY_X509_STRICT, which Python sets from 3.13 on: the CAs of many clouds leave out what it asks for.
_CHECKED = ssl.VERIFY_X509_TRUSTED_FIRST | ssl.VERIFY_X509_PARTIAL_CHAIN


def trusting(ca: str) -> ssl.SSLContext:
    """A context that checks chain, dates and name; ConnectorError `tls` when `ca` is not PEM text.

    `ca` is the text of one or more certificates, and nothing else is trusted then; ""
    means the CAs of this machine. A certificate in `ca` need not be a root: whoever
    gives one says that it is to be trusted.
    """
    if not ca.isascii():
        raise _refused("it holds characters that PEM does not have")
    try:
        context = ssl.create_default_context(cadata=ca or None)
    except (ValueError, ssl.SSLError) as error:
        raise _refused(_reason(ca, error)) from None
    if ca and context.cert_store_stats()["x509"] == 0:
        raise _refused("it holds no certificate")
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_flags = _CHECKED
    context.sslsocket_class = PatientTlsSocket
    return context


def _reason(ca: str, error: Exception) -> str:
    if _BEGIN not in ca:
        return "it does not hold a line -----BEGIN CERTIFICATE-----"
    return f"a certificate in it is broken ({getattr(error, 'reason', None) or 'cut short'})"


def _refused(reason: str) -> ConnectorError:
    return ConnectorError("tls", f"reading the CA: {reason}; give certificates as PEM text, not as a file name")
