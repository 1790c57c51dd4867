# SPDX-License-Identifier: Apache-2.0
"""The options that say what a service works with, for the verb that starts one and the one that looks after it."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

import click

from hpa_discovery.cli.options import Folder
from hpa_discovery.errors import UsageError
from hpa_discovery.resources import CHECKOUT, PACKAGE

_FILE = click.Path(dir_okay=False, path_type=Path)

pack_path_option = click.option(
    "--pack-path",
    metavar="DIR",
    multiple=True,
    type=Folder(file_okay=True),
    envvar="HPA_PACK_PATH",
    show_envvar=True,
    help="A folder to watch: a pack, or packs and overlays.",
)
tls_cert_option = click.option(
    "--tls-cert",
    metavar="FILE",
    type=_FILE,
    envvar="HPA_TLS_CERT",
    show_envvar=True,
    help="The certificate and those that signed it, PEM.",
)
tls_key_option = click.option(
    "--tls-key",
    metavar="FILE",
    type=_FILE,
    envvar="HPA_TLS_KEY",
    show_envvar=True,
    help="The key of the certificate, PEM, without a password.",
)
require_isolation_option = click.option(
    "--require-isolation",
    is_flag=True,
    envvar="HPA_REQUIRE_ISOLATION",
    show_envvar=True,
    help="Start no driver where a fence is missing; hpa doctor lists them.",
)
secret_key_file_option = click.option(
    "--secret-key-file",
    metavar="FILE",
    type=_FILE,
    envvar="HPA_SECRET_KEY_FILE",
    show_envvar=True,
    help="The keys that secrets are sealed with.  [default: secret.key in --state-dir, made when missing]",
)


def tls_pair(certificate: Path | None, key: Path | None) -> tuple[Path, Path] | None:
    """Both files, or None. UsageError for one alone."""
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise UsageError("--tls-cert and --tls-key belong together: give both, or neither")
    return certificate, key


def site_folders() -> tuple[Path, ...]:
    """Where wheels are installed for this Python: the folders it imports from, but for its own library."""
    paths = sysconfig.get_paths()
    own = {Path(paths["stdlib"]), Path(paths["platstdlib"]), Path.cwd()}
    if (CHECKOUT / "setup.py").is_file():
        own.add(PACKAGE.parent)
    folders = dict.fromkeys(Path(entry).absolute() for entry in sys.path if entry)
    return tuple(folder for folder in folders if folder not in own and folder.name != "lib-dynload" and folder.is_dir())
