# SPDX-License-Identifier: Apache-2.0
"""Each fence by itself: what it keeps a driver from, what it leaves open, and what is told where it is missing."""

from __future__ import annotations

import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.fenced_programs import LANDLOCK, NAMESPACES, NONE, OPEN, USER, attempt, inside, outcome
from drivers.fleets import VENDOR, Everything, Notes, driver
from hpa_discovery.drivers import fence
from hpa_discovery.drivers.fence import EXIT_COMMAND, EXIT_FENCE
from hpa_discovery.drivers.fleet import Fleet
from hpa_discovery.drivers.guarding import Fences, spec_of
from hpa_discovery.drivers.isolation import fences

STANDING = fences()
needs_landlock = pytest.mark.skipif(not STANDING.landlock, reason="needs Landlock")
needs_namespaces = pytest.mark.skipif(not STANDING.namespaces, reason="needs namespaces")
needs_user = pytest.mark.skipif(not STANDING.user, reason="only root can start a driver as another user")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may enter and read, with a file in it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "secret").write_text("secret")
        (folder / "secret").chmod(0o644)
        yield folder


def read(path: Path | str) -> str:
    """Read a file."""
    return attempt(f"open({str(path)!r}).read()")


def test_without_any_fence_files_are_open(open_folder: Path) -> None:
    """What the next tests see refused is refused by the fence and by nothing else."""
    assert inside(NONE, read(open_folder / "secret")) == "did it"


@needs_landlock
def test_landlock_alone(open_folder: Path) -> None:
    """Files outside of its own folder and the runtime cannot be opened, created or listed."""
    assert inside(LANDLOCK, read(open_folder / "secret")) == "PermissionError"
    assert inside(LANDLOCK, attempt(f"os.listdir({str(open_folder)!r})")) == "PermissionError"
    assert inside(LANDLOCK, attempt("os.mkdir('/tmp/hpa-made')")) == "PermissionError"
    assert inside(LANDLOCK, attempt("os.listdir('/proc')")) == "PermissionError"
    assert inside(LANDLOCK, read("/etc/hostname")) == "PermissionError"
    assert inside(LANDLOCK, read(VENDOR / "vendor.py")) == "did it"
    assert inside(LANDLOCK, attempt("open('/dev/null', 'w').write('x')")) == "did it"


@needs_namespaces
def test_namespaces_alone() -> None:
    """It sees no process but its own and no network, not even that of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        connect = attempt(f"socket.create_connection(('127.0.0.1', {server.getsockname()[1]}), 2)")
        assert inside(NONE, connect, calls=OPEN) == "did it"
        assert inside(NAMESPACES, connect, calls=OPEN) == "OSError"
    assert inside(NAMESPACES, "import os; print(os.getpid(), os.getppid())") == "2 1"
    assert inside(NAMESPACES, attempt(f"os.kill({os.getpid()}, 0)")) == "ProcessLookupError"
    links = "print([line.split(':')[0].strip() for line in open('/proc/net/dev') if ':' in line])"
    assert inside(NAMESPACES, links) in ("['lo']", "[]")


def test_no_sockets(open_folder: Path) -> None:
    """Whatever fences stand: those in the file system are no part of any network, nor are those of the hypervisor."""
    path = str(open_folder / "socket")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        (open_folder / "socket").chmod(0o777)
        connect = attempt(f"socket.socket(socket.AF_UNIX).connect({path!r})")
        assert inside(NONE, connect, calls=OPEN) == "did it"
        assert inside(NONE, connect) == "PermissionError"
    for family in ("AF_INET6", "AF_NETLINK", "AF_VSOCK"):
        assert inside(NONE, attempt(f"socket.socket(socket.{family}, socket.SOCK_DGRAM)")) == "PermissionError"
    ring = "import ctypes; call = ctypes.CDLL(None, use_errno=True).syscall; made = call(425, 1, bytes(120)); "
    assert inside(NONE, f"{ring}print(made, ctypes.get_errno())") == "-1 13"
    assert inside(NONE, attempt("socket.socketpair()")) == "did it"


@needs_namespaces
def test_a_machine_without_a_filter() -> None:
    """Namespaces leave sockets in the file system open, so they do not count as a fence where no filter is known."""
    ran = outcome(NAMESPACES, "print('started')", calls="")
    assert (ran.returncode, ran.stdout) == (EXIT_FENCE, "")
    assert ran.stderr.endswith("system calls: their numbers are not known for this machine\n")
    assert inside(NONE, "print('started')", calls="") == "started"


@needs_user
def test_another_user_alone(tmp_path: Path) -> None:
    """It is a user that nobody else is, the same for one digest, and cannot read what is ours."""
    tmp_path.chmod(0o755)
    ours = tmp_path / "ours"
    ours.write_text("secret")
    ours.chmod(0o600)
    # With the shell: without Landlock another user need not be able to read this Python.
    said = shell("id -u; id -g; id -G")
    uid = int(said.split()[0])
    assert said.split() == [str(uid)] * 3
    assert 61184 <= uid < 61184 + 4096
    assert shell("id -u") == str(uid)
    assert shell(f"cat {ours} 2>&1 || true").endswith("Permission denied")


def shell(script: str) -> str:
    """What a shell prints as another user."""
    return inside(USER, "", Path("/"), command=["/bin/sh", "-c", script])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has rights to lose")
def test_root_without_rights() -> None:
    """Where it must stay root it has none of root's rights, and gets none back by starting programs."""
    assert inside(NONE, attempt("os.setuid(1)")) == "PermissionError"
    status = inside(NONE, "import os; os.execv('/bin/cat', ['cat', '/proc/self/status'])")
    assert "CapEff:\t0000000000000000" in status


def test_no_new_privileges() -> None:
    """No program that it starts gives it rights, whatever fences stand."""
    assert "NoNewPrivs:\t1" in inside(NONE, "print(open('/proc/self/status').read())")


def test_limits() -> None:
    """Each limit is soft and hard alike, so it cannot be raised again."""
    spec = spec_of(driver(memory=128, processes=2), VENDOR, STANDING)
    assert spec["limits"]["DATA"] == 128 * 1024 * 1024
    assert spec["limits"]["NPROC"] == 48
    names = sorted(set(spec["limits"]) - {"NPROC"})
    program = (
        f"import resource\nfor name in {names!r}: print(name, *resource.getrlimit(getattr(resource, 'RLIMIT_' + name)))"
    )
    said = dict(
        line.split(" ", 1)
        for line in inside(NONE, program, limits={name: spec["limits"][name] for name in names}).splitlines()
    )
    assert said == {name: f"{spec['limits'][name]} {spec['limits'][name]}" for name in names}
    assert said["FSIZE"] == said["CORE"] == "0 0"
    assert resource.getrlimit(resource.RLIMIT_CORE) is not None


def test_its_surroundings() -> None:
    """Its folder is where it starts; what it makes would be its own; no terminal is its own."""
    said = inside(
        NONE, "import os; print(os.getcwd(), oct(os.umask(0)), os.getsid(0) == os.getpid(), sorted(os.environ))"
    )
    folder, umask, session, environment = said.split(" ", 3)
    assert (folder, umask, session) == (str(VENDOR), "0o77", "True")
    assert environment.startswith("['LANG', 'PATH'")


def test_what_cannot_be_started() -> None:
    """The guard says which program and why, by a code of its own."""
    ran = outcome(NONE, "", command=["/nowhere/driver"])
    assert ran.returncode == EXIT_COMMAND
    assert ran.stderr == "the driver cannot be started: /nowhere/driver: No such file or directory\n"


def test_a_fence_that_falls() -> None:
    """The driver is not started, and the guard says which fence it was."""
    ran = outcome(NONE, "print('started')", parent=1)
    assert (ran.returncode, ran.stdout) == (EXIT_FENCE, "")
    if os.geteuid() != 0:
        ran = outcome(USER, "print('started')")
        assert (ran.returncode, ran.stdout) == (EXIT_FENCE, "")


def test_it_ends_with_us() -> None:
    """Whoever started the guard is gone: so are guard and driver, at once."""
    spec = {**spec_of(driver(), VENDOR, STANDING), "parent": 0}
    starter = (
        "import json, os, subprocess, sys\nspec = json.loads(sys.argv[2])\nspec['parent'] = os.getpid()\n"
        "guard = subprocess.Popen([sys.executable, '-I', '-S', sys.argv[1], json.dumps(spec)], stdin=subprocess.PIPE)\n"
        "print(guard.pid, flush=True)\nsys.stdin.readline()\n"
    )
    spec["command"] = [os.path.realpath(sys.executable), "-I", "-S", "-c", "import time; time.sleep(600)"]
    arguments = [sys.executable, "-c", starter, fence.__file__, json.dumps(spec)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        assert Path(f"/proc/{pid}").exists()
        process.kill()
        process.wait()
        for _ in range(3000):
            if not Path(f"/proc/{pid}").exists() or "State:\tZ" in _status(pid):
                break
            subprocess.run(["sleep", "0.02"], check=True)
        else:
            pytest.fail("the guard is still there")


def _status(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return ""


@pytest.mark.parametrize("required", [True, False])
def test_required_isolation(required: bool, tmp_path: Path) -> None:
    """With a fence missing nothing is started where all are required; else it runs in those that stand."""
    partly = Fences(STANDING.namespaces, STANDING.landlock, False, {"user": "only root can"})
    fleet = Fleet(tmp_path / "drivers", Everything(), Notes(), require_isolation=required, standing=lambda: partly)
    try:
        answer = fleet.ask(driver(), {}, {})
    finally:
        fleet.keep(())
    if not required:
        assert answer.capabilities
        return
    (diagnostic,) = answer.diagnostics
    assert diagnostic.code == "driver.isolation"
    assert "user: only root can" in diagnostic.message
    assert answer.capabilities == ()
    assert not (tmp_path / "drivers").exists()


def test_with_all_fences_isolation_is_not_in_the_way(tmp_path: Path) -> None:
    """To require what stands changes nothing."""
    whole = Fences(STANDING.namespaces, STANDING.landlock, STANDING.user, {})
    fleet = Fleet(tmp_path / "drivers", Everything(), Notes(), require_isolation=True, standing=lambda: whole)
    try:
        assert fleet.ask(driver(), {}, {}).capabilities
    finally:
        fleet.keep(())
