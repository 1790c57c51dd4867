# SPDX-License-Identifier: Apache-2.0
"""The configuration files of a Keystone and a Nova API that serve flavors and nothing else.

No message bus, no cells and no compute hosts: listing flavors needs none of
them. Nova 34 has no `noauth2` any more, so Keystone is real as well.
"""

from __future__ import annotations

import base64
import os
import shutil
from pathlib import Path

PASSWORD = "loopback-only"  # noqa: S105 - of a cloud that lives as long as a test
SPECS_ROLE = "extra_specs_reader"

_KEYSTONE = """\
[DEFAULT]
use_stderr = true
[database]
connection = sqlite:///{folder}/keystone.db?timeout=60
[token]
provider = fernet
expiration = 86400
[fernet_tokens]
key_repository = {folder}/keystone/fernet
[credential]
key_repository = {folder}/keystone/credential
[cache]
enabled = true
backend = oslo_cache.dict
"""

_NOVA = """\
[DEFAULT]
use_stderr = true
transport_url = fake://
state_path = {folder}/nova
my_ip = 127.0.0.1
host = loopback
[api_database]
connection = sqlite:///{folder}/nova_api.db?timeout=60
[database]
connection = sqlite:///{folder}/nova.db?timeout=60
[cache]
enabled = true
backend = oslo_cache.dict
[oslo_concurrency]
lock_path = {folder}/nova
[oslo_policy]
policy_file = {folder}/nova/policy.yaml
[keystone_authtoken]
www_authenticate_uri = {identity}
auth_type = password
auth_url = {identity}
username = admin
password = {password}
project_name = admin
user_domain_name = Default
project_domain_name = Default
"""

# One Nova serves both kinds of user: those whose policy hides extra specs and those who see them.
_POLICY = f'"os_compute_api:os-flavor-extra-specs:index": "rule:context_is_admin or role:{SPECS_ROLE}"\n'


def write_keystone(folder: Path) -> None:
    """Write keystone/keystone.conf and, where there are none yet, its keys."""
    _write(folder / "keystone" / "keystone.conf", _KEYSTONE.format(folder=folder))
    for repository in ("fernet", "credential"):
        for number in ("0", "1"):
            key = folder / "keystone" / repository / number
            if not key.exists():
                # `keystone-manage fernet_setup` asks for a named user, which a container may not have.
                _write(key, base64.urlsafe_b64encode(os.urandom(32)).decode())
                key.chmod(0o600)
        (folder / "keystone" / repository).chmod(0o700)


def write_nova(folder: Path, venv: Path, identity: str) -> None:
    """Write nova/nova.conf, its policy and its paste file for the Keystone at `identity`."""
    _write(folder / "nova" / "nova.conf", _NOVA.format(folder=folder, identity=identity, password=PASSWORD))
    _write(folder / "nova" / "policy.yaml", _POLICY)
    shutil.copy(venv / "etc" / "nova" / "api-paste.ini", folder / "nova" / "api-paste.ini")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
