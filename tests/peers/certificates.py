# SPDX-License-Identifier: Apache-2.0
"""Certificates for a test's TLS server, good and bad: an authority, and what it signs."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from pathlib import Path

LOOPBACK = ("localhost", "127.0.0.1")
DAY = timedelta(days=1)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


class Authority:
    """A certificate authority that lives as long as this object; `pem` is what a client trusts."""

    def __init__(self, name: str = "authority of the tests") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._subject = _name(name)
        self._own = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())
        built = self._builder(self._subject, self._key.public_key(), -30 * DAY, 335 * DAY)
        built = built.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        built = built.add_extension(_usage(signs=True), critical=True)
        self._certificate = built.add_extension(self._own, critical=False).sign(self._key, hashes.SHA256())

    @property
    def pem(self) -> str:
        """The authority's own certificate."""
        return self._certificate.public_bytes(serialization.Encoding.PEM).decode()

    def serving(self, folder: Path, *names: str, since: timedelta = -DAY, until: timedelta = 9 * DAY) -> ssl.SSLContext:
        """What a server needs that goes by these names; its certificate stays in the folder, called as the first."""
        file = folder / f"{names[0].replace(':', '_')}.pem"
        self.write_server(file, names, since=since, until=until)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def write_server(
        self, file: Path, names: tuple[str, ...] = LOOPBACK, *, since: timedelta = -DAY, until: timedelta = 9 * DAY
    ) -> None:
        """A key and a certificate for `names` into one PEM file, valid from `since` to `until` from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        built = self._builder(_name(names[0]), key.public_key(), since, until)
        extensions: list[x509.ExtensionType] = [
            x509.SubjectAlternativeName([_alternative(name) for name in names]),
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()),
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(self._own),
        ]
        for each in extensions:
            built = built.add_extension(each, critical=False)
        built = built.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        certificate = built.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        plain = serialization.NoEncryption()
        private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        file.write_bytes(private + certificate)
        file.chmod(0o600)

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, since: timedelta, until: timedelta
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        built = x509.CertificateBuilder().subject_name(subject).issuer_name(self._subject)
        built = built.public_key(key).serial_number(x509.random_serial_number())
        return built.not_valid_before(now + since).not_valid_after(now + until)


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )
