# SPDX-License-Identifier: Apache-2.0
"""TLS: which files are refused and with which words, and a running service whose certificate is replaced."""

from __future__ import annotations

import os
import shutil
import signal
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from hpa_discovery.errors import DataError
from hpa_discovery.service.certificate import Certificate, check
from service.certificates import DAY, Pair, make_pair
from service.daemon import refused, running
from service.runtimes import until


def swapped(folder: Path) -> Pair:
    """A certificate with the key of another."""
    return Pair(make_pair(folder, "a").certificate, make_pair(folder, "b").key)


def without_key(folder: Path) -> Pair:
    """A certificate whose key is not there."""
    return Pair(make_pair(folder).certificate, folder / "none.key")


def garbage(folder: Path) -> Pair:
    """A certificate that is none."""
    pair = make_pair(folder)
    pair.certificate.write_text("no PEM", "ascii")
    return pair


def garbage_key(folder: Path) -> Pair:
    """A key that is none."""
    pair = make_pair(folder)
    pair.key.write_text("no PEM", "ascii")
    return pair


BAD: list[tuple[Callable[[Path], Pair], str]] = [
    (swapped, "b.key: it does not belong to the certificate in"),
    (without_key, "none.key: No such file or directory"),
    (lambda folder: Pair(folder / "none.crt", make_pair(folder).key), "none.crt: No such file or directory"),
    (garbage, "tls.crt: it holds no certificate in PEM"),
    (garbage_key, "tls.key: it is no private key in PEM without a password"),
    (lambda folder: make_pair(folder, password=b"geheim"), "tls.key: it is no private key in PEM without a password"),
    (lambda folder: make_pair(folder, since=-2 * DAY, until=-DAY), "tls.crt: it expired at "),
    (lambda folder: make_pair(folder, since=DAY), "tls.crt: it is not valid before "),
]


@pytest.mark.parametrize(("make", "complaint"), BAD, ids=[complaint for _, complaint in BAD])
def test_a_bad_pair_is_refused(make: Callable[[Path], Pair], complaint: str, tmp_path: Path) -> None:
    """The message names the file and says why."""
    pair = make(tmp_path)
    with pytest.raises(DataError) as caught:
        check(pair.certificate, pair.key)
    assert complaint in str(caught.value)


def test_a_bad_pair_ends_the_start(tmp_path: Path) -> None:
    """Exit code 1 before anything else is begun; one file without the other is wrong usage."""
    pair = make_pair(tmp_path, since=-2 * DAY, until=-DAY)
    assert refused(tmp_path / "s", *pair.options)[0] == 1
    assert refused(tmp_path / "s", "--tls-cert", pair.certificate)[0] == 2
    assert not (tmp_path / "s").exists()


def test_half_a_new_pair_changes_nothing(tmp_path: Path) -> None:
    """The certificate was replaced and the key was not yet: the old pair stays, and the new one comes later."""
    pair = make_pair(tmp_path)
    for file in (pair.certificate, pair.key):
        os.utime(file, (0, 0))  # not in the moment in which others take their places
    certificate = Certificate(pair.certificate, pair.key)
    other = make_pair(tmp_path, "other", until=10 * DAY)
    shutil.copy(other.certificate, pair.certificate)
    assert certificate.context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert certificate.changed()
    with pytest.raises(DataError, match="does not belong"):
        certificate.reload()
    assert not certificate.changed()
    shutil.copy(other.key, pair.key)
    assert certificate.changed()
    before = certificate.validity.until
    certificate.reload()
    assert certificate.validity.until < before
    assert certificate.validity.names == ("localhost", "127.0.0.1")


def test_a_service_with_tls(tmp_path: Path) -> None:
    """Clients that trust the certificate are answered; SIGHUP takes a new one up, and a bad one is only told of."""
    pair = make_pair(tmp_path)
    with running(tmp_path / "s", *pair.options) as daemon:
        old = pair.trusting()
        assert daemon.told()["address"].startswith("https://")
        assert daemon.ask(context=old)[0] == 200

        pair.certificate.write_text("no PEM", "ascii")
        daemon.signal(signal.SIGHUP)
        until(lambda: daemon.events("certificate.refused"))
        assert daemon.ask(context=old)[0] == 200

        make_pair(tmp_path)
        daemon.signal(signal.SIGHUP)
        until(lambda: daemon.events("certificate.read"))
        assert daemon.ask(context=pair.trusting())[0] == 200
        with pytest.raises(ssl.SSLCertVerificationError):
            daemon.ask(context=old)
