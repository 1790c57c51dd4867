# SPDX-License-Identifier: Apache-2.0
"""A real Nova and Keystone on loopback, from PyPI, for as long as a test needs them.

    with RealNova(folder) as nova:
        nova.create_flavor("onap.small", {"hw:cpu_policy": "dedicated"})
        run(["hpa", "discover", "--cloud", "admin"], env=os.environ | nova.environment)

Clouds of its clouds.yaml: `admin`; `member`, whose policy hides extra specs;
`reader`, a plain user who sees them; `old`, the admin at compute microversion
2.53, where listings carry no extra specs.

As a script (`python -m peers.real_nova` in tests/) it starts the cloud with a few flavors, prints how to use it and
stays until its stdin ends or Ctrl-C.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import requests
import yaml

from peers import nova_config
from peers.cached_venv import PeerError, cached_venv, locked, run
from peers.keystone_admin import KeystoneAdmin

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HERE = Path(__file__).resolve().parent
INSIDE = HERE / "inside_nova"
REGION = "RegionOne"
START_SECONDS = 120
# The newest microversion that takes any extra spec: from 2.86 Nova refuses what its validators do not know.
UNCHECKED, CHECKED = "2.85", "2.86"


class RealNova:
    """Two servers, their databases in `folder`, and ways to fill them. Ends with the `with` block or its process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clouds_file = folder / "clouds.yaml"
        self._processes: list[subprocess.Popen[bytes]] = []
        self._http = requests.Session()
        self._http.trust_env = False

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs in its environment to know the clouds by name."""
        return {"OS_CLIENT_CONFIG_FILE": str(self.clouds_file)}

    @property
    def pids(self) -> list[int]:
        """The process ids of the servers."""
        return [process.pid for process in self._processes]

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End both servers, at once and for good."""
        for process in self._processes:
            process.kill()
            process.communicate()  # also closes our end of its stdin
        self._processes.clear()
        self._http.close()

    def cloud(self, name: str, **changes: Any) -> dict[str, Any]:
        """The clouds.yaml entry `name`, with `changes` to its members (`auth` members by name as well)."""
        entry: dict[str, Any] = yaml.safe_load(self.clouds_file.read_text())["clouds"][name]
        auth = entry["auth"] | {key: value for key, value in changes.items() if key in entry["auth"]}
        return entry | {key: value for key, value in changes.items() if key not in auth} | {"auth": auth}

    def create_flavor(
        self,
        name: str,
        extra_specs: Mapping[str, str] | None = None,
        *,
        validated: bool = False,
        access: str | None = None,
        **members: Any,
    ) -> str:
        """Create a flavor over the API; its id.

        `members` are Nova's own names (vcpus, ram in MB, disk in GB, id, "os-flavor-access:is_public" ...).
        `validated` has Nova judge the extra specs; `access` names the project id that may use a private flavor.
        """
        flavor = {"vcpus": 1, "ram": 512, "disk": 1} | members | {"name": name}
        flavor_id = str(self._post("/flavors", {"flavor": flavor})["flavor"]["id"])
        if access is not None:
            self._post(f"/flavors/{flavor_id}/action", {"addTenantAccess": {"tenant": access}})
        if extra_specs:
            version = CHECKED if validated else UNCHECKED
            self._post(f"/flavors/{flavor_id}/os-extra_specs", {"extra_specs": dict(extra_specs)}, version)
        return flavor_id

    def insert_flavors(self, flavors: Iterable[Mapping[str, Any]]) -> None:
        """Create many flavors through Nova's own objects, for speed and for what its API would refuse.

        Each has `name` and may have members of `nova.objects.Flavor`: flavorid (else the name), memory_mb,
        vcpus, root_gb, ephemeral_gb, swap (MB), rxtx_factor, is_public, disabled, extra_specs.
        """
        default = {"memory_mb": 512, "vcpus": 1, "root_gb": 1, "ephemeral_gb": 0, "swap": 0, "rxtx_factor": 1.0}
        default |= {"is_public": True, "disabled": False, "extra_specs": {}}
        rows = [default | {"flavorid": flavor["name"]} | dict(flavor) for flavor in flavors]
        command = [self._python, "-P", str(INSIDE / "insert_flavors.py"), str(self.folder / "nova" / "nova.conf")]
        run(command, "inserting flavors", input=json.dumps(rows), env=self._environment())

    def _post(self, path: str, body: dict[str, Any], version: str = CHECKED) -> dict[str, Any]:
        headers = {"OpenStack-API-Version": f"compute {version}"}
        answer = self._http.post(self.compute_url + path, json=body, headers=headers, timeout=60)
        if not answer.ok:
            raise PeerError(f"Nova answered {answer.status_code} to POST {path}: {answer.text[:500]}")
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found

    def _start(self) -> None:
        venv = cached_venv("nova", HERE / "nova-requirements.txt")
        self._python = str(venv / "bin" / "python")
        shutil.copytree(_seed(venv), self.folder, dirs_exist_ok=True)
        nova_config.write_keystone(self.folder)
        keystone, nova = _listener(), _listener()
        self.identity_url, self.compute_url = f"{_address(keystone)}/v3", f"{_address(nova)}/v2.1"
        nova_config.write_nova(self.folder, venv, self.identity_url)
        self._serve("keystone", "keystone.wsgi.api", keystone)
        self._serve("nova", "nova.wsgi.osapi_compute", nova)
        self._wait("keystone", self.identity_url)
        admin = KeystoneAdmin(self.identity_url, nova_config.PASSWORD)
        self._populate(admin)
        self._http.headers["X-Auth-Token"] = admin.token
        self._wait("nova", self.compute_url)

    def _populate(self, admin: KeystoneAdmin) -> None:
        admin.add_region(REGION)
        admin.add_service("identity", self.identity_url, REGION)
        admin.add_service("compute", self.compute_url, REGION)
        self.project = admin.add_project("demo")
        admin.add_user("member", nova_config.PASSWORD, self.project, ["member"])
        admin.add_user("reader", nova_config.PASSWORD, self.project, ["reader", nova_config.SPECS_ROLE])
        self._write_clouds()

    def _write_clouds(self) -> None:
        old = self._cloud("admin", "admin") | {"compute_default_microversion": "2.53"}
        clouds = {"admin": self._cloud("admin", "admin"), "old": old}
        clouds |= {name: self._cloud(name, "demo") for name in ("member", "reader")}
        self.clouds_file.write_text(yaml.safe_dump({"clouds": clouds}))

    def _cloud(self, user: str, project: str) -> dict[str, Any]:
        auth = {"auth_url": self.identity_url, "username": user, "password": nova_config.PASSWORD}
        auth |= {"project_name": project, "user_domain_name": "Default", "project_domain_name": "Default"}
        return {"auth": auth, "region_name": REGION}

    def _environment(self) -> dict[str, str]:
        return _clean_environment(self.folder)

    def _serve(self, name: str, module: str, listener: socket.socket) -> None:
        command = [self._python, "-P", str(INSIDE / "serve.py"), module, str(listener.fileno())]
        with listener, self._log(name).open("wb") as log:
            self._processes.append(
                subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,  # its end tells the server that we are gone
                    stdout=log,
                    stderr=log,
                    env=self._environment(),
                    cwd=self.folder,
                    pass_fds=[listener.fileno()],
                    start_new_session=True,
                )
            )

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def _wait(self, name: str, url: str) -> None:
        end = time.monotonic() + START_SECONDS
        process = self._processes[("keystone", "nova").index(name)]
        while time.monotonic() < end and process.poll() is None:
            try:
                # The socket listens before there is a server behind it, so only an answer counts.
                if self._http.get(url, timeout=5).status_code < 500:
                    return
            except requests.RequestException:
                time.sleep(0.1)
        raise PeerError(f"{name} did not start at {url}:\n{self._log(name).read_text()[-3000:]}")


def _clean_environment(folder: Path) -> dict[str, str]:
    """The environment of the servers: nothing of ours that would change what they load or whom they talk to."""
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL") if key in os.environ}
    return kept | {
        "OS_KEYSTONE_CONFIG_DIR": str(folder / "keystone"),
        "OS_NOVA_CONFIG_DIR": str(folder / "nova"),
        "OS_NOVA_DISABLE_EVENTLET_PATCHING": "1",
        "PYTHONWARNINGS": "ignore",
    }


def _listener() -> socket.socket:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    return listener


def _address(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def _seed(venv: Path) -> Path:
    """A folder with the empty databases, made once a venv: schema migrations take longer than all the rest."""
    recipe = Path(__file__).read_bytes() + Path(nova_config.__file__).read_bytes()
    seed = venv / f"databases-{hashlib.sha256(recipe).hexdigest()[:16]}"
    with locked(venv / "databases.lock"):
        if not seed.exists():
            with tempfile.TemporaryDirectory(dir=venv) as made:
                _make_databases(Path(made), venv)
                Path(made).rename(seed)
                Path(made).mkdir()  # for the context manager to remove
    return seed


def _make_databases(folder: Path, venv: Path) -> None:
    nova_config.write_keystone(folder)
    nova_config.write_nova(folder, venv, "http://127.0.0.1/v3")
    keystone = ["keystone.cmd.manage", "--config-file", str(folder / "keystone" / "keystone.conf")]
    nova = ["nova.cmd.manage", "--config-file", str(folder / "nova" / "nova.conf")]

    def manage(*steps: list[str]) -> None:
        for module, *arguments in steps:
            code = f"import sys; from {module} import main; sys.argv[0] = 'manage'; sys.exit(main())"
            command = [str(venv / "bin" / "python"), "-c", code, *arguments]
            run(command, f"preparing {module.split('.')[0]}", env=_clean_environment(folder), cwd=folder)

    bootstrap = ["bootstrap", "--bootstrap-password", nova_config.PASSWORD]
    with ThreadPoolExecutor(2) as pool:
        jobs = [
            pool.submit(manage, [*keystone, "db_sync"], [*keystone, *bootstrap]),
            pool.submit(manage, [*nova, "api_db", "sync"], [*nova, "db", "sync", "--local_cell"]),
        ]
    for job in jobs:
        job.result()
    shutil.rmtree(folder / "keystone")
    shutil.rmtree(folder / "nova")


def main() -> None:
    """Start a cloud, say how to use it, and stay."""
    with tempfile.TemporaryDirectory() as folder, RealNova(Path(folder)) as nova:
        nova.create_flavor("onap.pinned", {"hw:cpu_policy": "dedicated", "hw:mem_page_size": "1GB"}, vcpus=4)
        lines = [f"export {key}={value}" for key, value in nova.environment.items()]
        sys.stdout.write("\n".join([*lines, "# clouds: admin, member, reader, old; Ctrl-C ends it", ""]))
        sys.stdout.flush()
        with contextlib.suppress(KeyboardInterrupt):
            sys.stdin.read()


if __name__ == "__main__":
    main()
