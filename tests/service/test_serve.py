# SPDX-License-Identifier: Apache-2.0
"""`hpa serve` as a process: what a first start leaves, how it stops, and what it refuses to start with."""

from __future__ import annotations

import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from packs.live.sites import Vendor
from peers.postgres import Postgres
from service.daemon import PATIENCE, QUESTION, START, Daemon, refused, running, start
from service.runtimes import until
from yardstick import slowness

# Root writes into a folder that its mode does not let it write into.
WITHOUT_ROOTS_RIGHTS = (
    ["setpriv", "--inh-caps=-dac_override", "--bounding-set=-dac_override", "--"] if os.geteuid() == 0 else []
)
EVERYWHERE = "0.0.0.0"  # noqa: S104 - that it is refused is what is tested

pytestmark = pytest.mark.usefixtures("_no_service_manager")


@pytest.fixture
def _no_service_manager(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    """Where a service may keep its state; not there yet."""
    return tmp_path / "state"


def half_a_request(daemon: Daemon) -> socket.socket:
    """A question of which the last byte is missing, on a connection that stays open."""
    connection = daemon.connect()
    assert connection.sock is not None
    sock = connection.sock.dup()
    connection.close()
    head = (
        f"POST /v1/discover HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {daemon.token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(QUESTION)}\r\n\r\n"
    )
    sock.sendall(head.encode() + QUESTION[:-1])
    time.sleep(1)  # it is read before a signal comes
    return sock


def test_a_first_start_leaves_a_token_that_works(state_dir: Path) -> None:
    """The address, the token's file and the packs are told; the file is its owner's alone, and its token answers."""
    slow, begun = slowness(), time.monotonic()
    with running(state_dir) as daemon:
        took = (time.monotonic() - begun) / slow
        told, mode = daemon.told(), (state_dir / "admin.token").stat().st_mode
        status, ready = daemon.ask(path="/readyz")
        answered = daemon.discover()

    assert told["token"] == str(state_dir / "admin.token")
    assert "onap.openstack" in told["packs"]
    assert stat.S_IMODE(mode) == 0o600
    assert (status, ready["status"], answered) == (200, "ready", 200)
    assert took < 15
    assert daemon.process.returncode == 0
    [line] = daemon.events("service.ready")
    assert line["address"] == told["address"]


def test_an_open_state_directory_is_told_once(state_dir: Path) -> None:
    """It is one event, however many parts of the service look at the folder."""
    state_dir.mkdir()
    state_dir.chmod(0o777)
    with running(state_dir) as daemon:
        [line] = daemon.events("store.open_state_dir")
    assert line["mode"] == "0777"


def test_a_start_tells_of_a_pin(state_dir: Path, tmp_path: Path) -> None:
    """Who starts a service that an earlier generation is pinned on reads since when, by whom and why."""
    vendor = Vendor(tmp_path / "packs" / "acme")
    vendor.write()
    with running(state_dir, "--pack-path", tmp_path / "packs") as daemon:
        assert "pinned" not in daemon.told()
        assert daemon.events("service.ready")[0]["pinned"] is None
        before = daemon.ask()[1]["generation"]
        vendor.write(count="2")
        until(lambda: daemon.ask()[1]["generation"] != before)
        path, body = f"/v1/generations/{before}/activate", b'{"reason": "2 counts wrong"}'
        assert daemon.ask("POST", path, body)[0] == 200
    with running(state_dir, "--pack-path", tmp_path / "packs") as again:
        told, [line] = again.told(), again.events("service.ready")

    assert re.fullmatch(
        f"to {before[:12]} since 20[-0-9: ]+ UTC by first-admin: 2 counts wrong; what is new waits until: "
        "hpa pack unpin",
        told["pinned"],
    )
    pinned = line["pinned"]
    assert (pinned["generation"], pinned["by"], pinned["reason"]) == (before, "first-admin", "2 counts wrong")


def test_a_killed_service_starts_again_with_its_token(state_dir: Path) -> None:
    """After SIGKILL the lock is free, the token good, and no other is made."""
    with running(state_dir) as daemon:
        token = daemon.token
        daemon.signal(signal.SIGKILL)
        daemon.ended()
    with running(state_dir) as again:
        assert again.token == token
        assert again.discover() == 200


def test_what_is_under_way_is_finished(state_dir: Path) -> None:
    """After SIGTERM nobody new is let in, and a request that had begun is answered; the exit code is 0."""
    with running(state_dir) as daemon:
        with half_a_request(daemon) as sock:
            daemon.signal(signal.SIGTERM)
            until(lambda: _lets_nobody_in(daemon))
            sock.sendall(QUESTION[-1:])
            sock.settimeout(PATIENCE)
            answer = sock.recv(65536)
        code = daemon.ended()

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert code == 0
    assert daemon.events("service.stopped")


def _lets_nobody_in(daemon: Daemon) -> bool:
    try:
        daemon.connect().close()
    except ConnectionRefusedError:
        return True
    return False


def test_a_second_signal_ends_it_at_once(state_dir: Path) -> None:
    """Whoever asks twice does not wait for what is under way."""
    with running(state_dir, "--grace", "300") as daemon, half_a_request(daemon):
        daemon.signal(signal.SIGTERM)
        until(lambda: daemon.events("service.stopping"))
        time.sleep(0.2)
        daemon.signal(signal.SIGTERM)
        assert daemon.ended(within=20) == 128 + signal.SIGTERM


def test_grace_has_an_end(state_dir: Path) -> None:
    """A request that does not come to its end keeps the service for --grace seconds and no longer."""
    with running(state_dir, "--grace", "1") as daemon, half_a_request(daemon):
        daemon.signal(signal.SIGTERM)
        assert daemon.ended(within=20) == 0


def test_it_goes_on_when_nobody_reads_its_output(state_dir: Path, tmp_path: Path) -> None:
    """Whoever waited for the address may be gone, as in `hpa serve | head -1`; the log has it, too."""
    reading, writing = os.pipe()
    os.close(reading)
    with (tmp_path / "err").open("wb") as err:
        process = subprocess.Popen([*START, "--port", "0", "--state-dir", state_dir], stdout=writing, stderr=err)
    os.close(writing)
    daemon = Daemon(process, state_dir, tmp_path / "none", tmp_path / "err")
    end = time.monotonic() + PATIENCE
    while not daemon.events("service.ready"):
        assert time.monotonic() < end
        assert process.poll() is None
        time.sleep(0.05)
    time.sleep(0.3)
    daemon.signal(signal.SIGTERM)
    assert daemon.ended() == 0
    assert daemon.events("service.stopped")


def test_a_start_can_be_ended(state_dir: Path) -> None:
    """A database that does not answer does not keep the service from being stopped."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://hpa@127.0.0.1:{silent.getsockname()[1]}/hpa"
        daemon = start(state_dir, "--database", url)
        with silent.accept()[0]:
            daemon.signal(signal.SIGTERM)
            assert daemon.ended(within=30) == 128 + signal.SIGTERM


def test_a_hangup_does_not_end_a_start(state_dir: Path) -> None:
    """Whatever renews certificates may tell a service that has not yet read the first one to read it again."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        daemon = start(state_dir, "--database", f"postgresql://hpa@127.0.0.1:{silent.getsockname()[1]}/hpa")
        with silent.accept()[0]:
            daemon.signal(signal.SIGHUP)
            time.sleep(0.3)
            assert daemon.process.poll() is None
            daemon.signal(signal.SIGTERM)
            assert daemon.ended(within=30) == 128 + signal.SIGTERM


def test_an_idle_connection_does_not_keep_it(state_dir: Path) -> None:
    """Ctrl-C ends a service at once to which somebody is only connected."""
    with running(state_dir) as daemon:
        connection = daemon.connect()
        daemon.signal(signal.SIGINT)
        code = daemon.ended(within=30)
        connection.close()
    assert code == 0


def test_a_used_port_is_told(state_dir: Path) -> None:
    """Exit code 1, and what can be done."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, said = refused(state_dir, "--port", str(taken.getsockname()[1]))
    assert code == 1
    assert "another program listens there" in said


def test_one_service_at_a_time_uses_a_state_directory(state_dir: Path) -> None:
    """The second one says who has it."""
    with running(state_dir) as daemon:
        code, said = refused(state_dir)
    assert code == 1
    assert f"the service with process id {daemon.process.pid} uses it" in said


@pytest.mark.parametrize("folder", ["/proc/hpa-state", "file/below"])
def test_a_state_directory_that_cannot_be_made(folder: str, tmp_path: Path) -> None:
    """Exit code 1, with the folder and the reason."""
    (tmp_path / "file").write_text("x", "utf-8")
    code, said = refused(tmp_path / folder)
    assert code == 1
    assert f"making the state directory {tmp_path / folder}" in said


def test_a_state_directory_that_may_not_be_written(state_dir: Path) -> None:
    """A folder of another owner is an error in the data, not a fault of ours; doctor says so, too."""
    state_dir.mkdir(mode=0o500)
    ran = {}
    for verb in (["serve", "--port", "0"], ["doctor"]):
        command = [*WITHOUT_ROOTS_RIGHTS, sys.executable, "-m", "hpa_discovery.cli", *verb, "--state-dir", state_dir]
        ran[verb[0]] = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ran["serve"].returncode, ran["doctor"].returncode) == (1, 1)
    assert f"using the state directory {state_dir}: {state_dir}/service.lock: Permission denied" in ran["serve"].stderr
    assert re.search(r"wrong +state directory", ran["doctor"].stdout)


def test_others_are_not_served_without_tls(state_dir: Path) -> None:
    """All addresses without a certificate is wrong usage, unless it is said to be meant."""
    code, said = refused(state_dir, "--host", EVERYWHERE)
    assert code == 2
    assert "--insecure-http" in said
    with running(state_dir, "--host", EVERYWHERE, "--insecure-http") as daemon:
        assert daemon.discover() == 200


def test_the_environment_says_what_options_say(state_dir: Path, tmp_path: Path) -> None:
    """HPA_PACK_PATH takes several folders, HPA_ENABLE several packs."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    env = {
        "HPA_PORT": "0",
        "HPA_PACK_PATH": f"{tmp_path / 'a'}{os.pathsep}{tmp_path / 'b'}",
        "HPA_ENABLE": "onap.openstack-compat",
        "HPA_LOG_FORMAT": "text",
    }
    with running(state_dir, env=env) as daemon:
        told = daemon.told()
        logged = daemon.err.read_text("utf-8")
    # Both bundled packs answer for the same features, and no overlay says which one does.
    assert "onap.openstack-compat" in told["held"]
    assert " INFO service.ready address=http://127.0.0.1:" in logged


def test_the_log_is_json_and_holds_no_token(state_dir: Path) -> None:
    """Also where a token is sent in odd places. Who asked is who connected, whatever a header says."""
    with running(state_dir) as daemon:
        token = daemon.token
        daemon.discover()
        daemon.discover("hpa_" + "x" * 43)
        daemon.ask(path=f"/v1/packs?token={token}")
        daemon.ask(path=f"/v1/packs/{token}")
        daemon.ask("POST", f"/v1/discover/{token}", token.encode())
        connection = daemon.connect()
        connection.request("GET", "/healthz", headers={"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"})
        connection.getresponse().read()
        connection.close()
    log = daemon.err.read_text("utf-8")
    assert token not in log
    assert "x" * 43 not in log
    assert len(daemon.events("POST /v1/discover 200")) == 1
    assert {line["remote"] for line in daemon.events("GET /healthz 200")} == {"127.0.0.1"}
    assert all(line["ts"].endswith("Z") for line in daemon.events("service.ready"))


@pytest.mark.parametrize("abstract", [False, True])
def test_a_service_manager_is_told(abstract: bool, state_dir: Path, tmp_path: Path) -> None:
    """The manager learns when it is ready and when it stops, by a socket in a file or by an abstract one."""
    name = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("\0" + name if abstract else name)
        manager.settimeout(20)
        with running(state_dir, env={"NOTIFY_SOCKET": f"@{name}" if abstract else name}) as daemon:
            first = manager.recv(4096).decode()
            address = daemon.told()["address"]
        last = manager.recv(4096).decode()
    assert first.splitlines() == ["READY=1", f"STATUS=answers on {address}"]
    assert last == "STOPPING=1"


def test_two_hosts_on_one_postgresql(postgres: Postgres, tmp_path: Path) -> None:
    """They need a common key; the first one gets the token's file, and the token is good on both."""
    url = postgres.create_database()
    code, said = refused(tmp_path / "one", "--database", url)
    assert code == 1
    assert "--secret-key-file" in said

    key = tmp_path / "secret.key"
    key.write_text("A" * 43 + "=\n", "ascii")
    key.chmod(0o600)
    shared = ("--database", url, "--secret-key-file", key)
    with running(tmp_path / "one", *shared) as one, running(tmp_path / "two", *shared) as two:
        assert not (tmp_path / "two" / "admin.token").exists()
        assert "hpa token create" in two.told()["token"]
        assert one.discover() == 200
        assert two.discover(one.token) == 200
        assert one.ask()[1]["generation"] == two.ask(token=one.token)[1]["generation"]


def test_an_unreachable_database_is_told_without_its_password(tmp_path: Path) -> None:
    """Exit code 1 and the reason."""
    code, said = refused(tmp_path / "s", env={"HPA_DATABASE": "postgresql://hpa:geheim@127.0.0.1:1/hpa"})
    assert code == 1
    assert "opening the store" in said
    assert "geheim" not in said
