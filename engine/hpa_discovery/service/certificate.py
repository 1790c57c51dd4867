# SPDX-License-Identifier: Apache-2.0
"""The service's TLS certificate: checked when it is read, and read again when its files change."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from hpa_discovery.errors import DataError

_MOST_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Validity:
    """From when to when a certificate is good (UTC), and whom it names."""

    since: datetime
    until: datetime
    names: tuple[str, ...]


class Certificate:
    """A certificate chain and its key, two PEM files, as a TLS context for a server.

    DataError says which file is wrong and why: unreadable, no PEM, encrypted, not for each other, expired.
    """

    def __init__(self, chain: Path, key: Path) -> None:
        self._chain = chain
        self._key = key
        self._stamp = self._stamped()
        self.validity = check(chain, key)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.set_alpn_protocols(["http/1.1"])
        _load(self.context, chain, key)

    def changed(self) -> bool:
        """Whether the files are not those that were read last."""
        return self._stamped() != self._stamp

    def reload(self) -> None:
        """Read the files again; connections from now on get what they hold. DataError, and nothing changes."""
        self._stamp = self._stamped()  # a bad file is told once, not every minute
        self.validity = check(self._chain, self._key)
        _load(self.context, self._chain, self._key)

    def _stamped(self) -> tuple[tuple[int, int, int], ...]:
        return tuple(map(_stamp, (self._chain, self._key)))


def read_validity(chain: Path) -> Validity:
    """When the first certificate of a PEM file is good. DataError when there is none."""
    try:
        with chain.open("rb") as file:
            first = x509.load_pem_x509_certificates(file.read(_MOST_BYTES))[0]
        names = first.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        told = tuple(str(name.value) for name in names)
    except x509.ExtensionNotFound:
        told = ()
    except OSError as error:
        raise DataError(f"reading the TLS certificate {chain}: {error.strerror}") from None
    except ValueError:
        raise DataError(f"reading the TLS certificate {chain}: it holds no certificate in PEM") from None
    return Validity(first.not_valid_before_utc, first.not_valid_after_utc, told)


def check(chain: Path, key: Path) -> Validity:
    """When the certificate is good, if it is now, and its key is the one in the other file. DataError."""
    validity = read_validity(chain)
    now = datetime.now(UTC)
    if now >= validity.until:
        raise DataError(f"reading the TLS certificate {chain}: it expired at {validity.until:%Y-%m-%d %H:%M} UTC")
    if now < validity.since:
        raise DataError(
            f"reading the TLS certificate {chain}: it is not valid before {validity.since:%Y-%m-%d %H:%M} UTC"
        )
    # Into a context that nobody uses: half of a pair that does not fit must not get into the real one.
    _load(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), chain, key)
    return validity


def _load(context: ssl.SSLContext, chain: Path, key: Path) -> None:
    try:
        key.open("rb").close()
    except OSError as error:
        raise DataError(f"reading the TLS key {key}: {error.strerror}") from None
    try:
        # Without a password of ours the library would ask the terminal for one.
        context.load_cert_chain(chain, key, password=lambda: "")
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise DataError(f"reading the TLS key {key}: it does not belong to the certificate in {chain}") from None
        told = error.reason or "the library does not say more"
        raise DataError(
            f"reading the TLS key {key}: it is no private key in PEM without a password, or {chain} cannot be used "
            f"({told})"
        ) from None
    except OSError as error:
        raise DataError(f"reading the TLS key {key}: {error.strerror or error}") from None


def _stamp(path: Path) -> tuple[int, int, int]:
    try:
        info = path.stat()
    except OSError:
        return (0, 0, 0)
    return (info.st_ino, info.st_size, info.st_mtime_ns)
