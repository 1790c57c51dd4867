# SPDX-License-Identifier: Apache-2.0
"""`hpa` as a process of its own: what only a real stdin, stdout and exit code can show."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cli.running import COMMAND, MINI, flavor, run_hpa

ROWS = "".join(json.dumps({"subject": flavor(f"f{n}", crypto_cards="2")}) + "\n" for n in range(5000)).encode()
ONE = json.dumps(flavor("one", crypto_cards="2")).encode()


def test_exit_codes_reach_the_shell() -> None:
    """0, 1 and 2 are what the process ends with."""
    assert run_hpa("discover", "-", *MINI, stdin=ONE).code == 0
    assert run_hpa("discover", "-", *MINI, stdin=b"{").code == 1
    assert run_hpa("discover").code == 2


def test_a_reader_that_has_enough_ends_it_quietly() -> None:
    """A closed pipe is no traceback and no complaint."""
    shell = f"{' '.join(COMMAND)} discover - {' '.join(MINI)} -o jsonl | head -n 1; echo ${{PIPESTATUS[0]}}"

    ran = subprocess.run(["bash", "-c", shell], input=ROWS, capture_output=True, timeout=60, check=False)

    row, code = ran.stdout.splitlines()
    assert json.loads(row)["subject"]["name"] == "f0"
    assert (int(code), ran.stderr) == (128 + signal.SIGPIPE, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("output", ["jsonl", "json", "table"])
def test_a_full_disk_is_said_and_is_no_fault_of_ours(output: str) -> None:
    """Output that cannot be written is exit code 1 with the reason."""
    with Path("/dev/full").open("wb") as full:
        ran = subprocess.run(
            [*COMMAND, "discover", "-", *MINI, "-o", output],
            input=ROWS,
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )

    assert ran.returncode == 1
    assert ran.stderr == b"error: writing the output: No space left on device\n"


@pytest.mark.parametrize(
    ("closed", "code", "message"),
    [
        ("<&-", 1, "error: reading standard input: Bad file descriptor\n"),
        (">&-", 1, "error: writing the output: Bad file descriptor\n"),
        ("2>&-", 0, ""),
        (">&- 2>&-", 1, ""),
    ],
)
def test_a_stream_that_was_closed_is_no_fault_of_ours(closed: str, code: int, message: str) -> None:
    """Without standard input there is nothing to read, without output an answer is lost, without stderr all goes on."""
    shell = f"{' '.join(COMMAND)} discover - {' '.join(MINI)} -o jsonl {closed}"

    ran = subprocess.run(["bash", "-c", shell], input=ROWS, capture_output=True, timeout=60, check=False)

    assert (ran.returncode, ran.stderr.decode()) == (code, message)


def test_ctrl_c_ends_it_with_130() -> None:
    """An interrupt is no traceback."""
    with subprocess.Popen(
        [*COMMAND, "discover", "-", *MINI, "-o", "jsonl"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A shell starts its background jobs deaf to interrupts, and the tests may be one.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no threads here
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.write(json.dumps({"subject": flavor()}).encode() + b"\n")
        process.stdin.flush()
        process.stdout.readline()
        process.send_signal(signal.SIGINT)

        assert process.wait(30) == 130
        assert process.stderr.read().strip() == b"interrupted"


def test_a_row_is_answered_before_the_next_one_comes() -> None:
    """JSON Lines are flushed row by row, so that a program can talk with hpa."""
    with subprocess.Popen(
        [*COMMAND, "discover", "-", *MINI, "-o", "jsonl"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
    ) as process:
        assert process.stdin
        assert process.stdout
        for name in ("a", "b"):
            process.stdin.write(json.dumps({"subject": flavor(name)}).encode() + b"\n")
            process.stdin.flush()
            assert select.select([process.stdout], [], [], 30)[0], "no answer"
            assert json.loads(process.stdout.readline())["subject"]["name"] == name
        process.stdin.close()

        assert process.wait(30) == 0


# Of a process the kernel tells no less than whoever started it had: these tests may have more than `hpa`.
STARTER = """
import resource, subprocess, sys
ran = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(ran.returncode)
"""


def _peak(stdin: Path, code: int = 0) -> int:
    """The peak memory of discovering the file, in KB."""
    command = [sys.executable, "-I", "-S", "-c", STARTER, *COMMAND, "discover", "-", *MINI, "-o", "jsonl"]
    with stdin.open("rb") as stream:
        ran = subprocess.run(command, stdin=stream, capture_output=True, text=True, check=False)
    assert ran.returncode == code, ran.stderr
    return int(ran.stdout)


def test_memory_does_not_grow_with_the_number_of_lines(tmp_path: Path) -> None:
    """Twenty times the lines take the same memory."""
    few, many = tmp_path / "few.jsonl", tmp_path / "many.jsonl"
    few.write_bytes(ROWS[: ROWS.index(b"\n") + 1] * 500)
    many.write_bytes(ROWS[: ROWS.index(b"\n") + 1] * (200_000 if os.environ.get("HPA_PROVE") else 10_000))

    assert _peak(many) < _peak(few) + 3000


def test_empty_lines_cost_no_more_memory_than_their_bytes(tmp_path: Path) -> None:
    """Four million of them before the first row are looked through, not kept one by one."""
    few, many = tmp_path / "few.jsonl", tmp_path / "many.jsonl"
    few.write_bytes(ONE)
    many.write_bytes(b"\n" * 4_000_000 + ONE)

    assert _peak(many) < _peak(few) + 20_000


def _on_terminal(columns: int, *arguments: str) -> str:
    """What a terminal of so many columns shows."""
    leader, follower = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(columns), "TERM": "xterm-256color"}
    environment.pop("NO_COLOR", None)
    with subprocess.Popen([*COMMAND, *arguments], stdin=follower, stdout=follower, stderr=follower, env=environment):
        os.close(follower)
        shown = b""
        while select.select([leader], [], [], 30)[0]:
            try:
                part = os.read(leader, 65536)
            except OSError:  # how Linux says that the other end is gone
                break
            if not part:
                break
            shown += part
    os.close(leader)
    return shown.decode()


def test_a_terminal_gets_colour_and_a_drawn_table(tmp_path: Path) -> None:
    """On a terminal the table is in colour and no wider than the terminal."""
    file = tmp_path / "flavor.json"
    file.write_bytes(ONE)

    shown = _on_terminal(80, "discover", str(file), *MINI)

    assert "\x1b[" in shown
    assert "cryptoCards = 2" in shown
    assert "─" in shown


def test_names_cannot_drive_the_terminal(tmp_path: Path) -> None:
    """A flavor's name with control characters is shown with escapes."""
    file = tmp_path / "flavor.json"
    file.write_text(json.dumps(flavor("\x1b]0;owned\x07", crypto_cards="2", crypto_model="\x1b[2J\u202e")))

    shown = _on_terminal(80, "discover", str(file), *MINI)

    assert "\\x1b]0;owned\\x07" in shown
    assert "\x1b]0" not in shown
    assert "\x1b[2J" not in shown


def test_a_locale_without_utf_8_is_no_reason_to_fail() -> None:
    """JSON stays UTF-8; the table replaces what the terminal's encoding does not have."""
    env = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"}
    text = json.dumps(flavor("größe")).encode()

    assert '"größe"' in run_hpa("discover", "-", *MINI, "-o", "jsonl", stdin=text, env=env).out
    ran = run_hpa("discover", "-", *MINI, stdin=text, env=env)
    assert (ran.code, ran.out.splitlines()[0]) == (0, "gr\\xf6\\xdfe (id-gr\\xf6\\xdfe)")


def test_help_imports_no_verb() -> None:
    """The list of verbs is there without loading any of them, nor what they need."""
    program = (
        "import sys; from hpa_discovery.cli.main import main; main(['--help']);"
        "print([name for name in sys.modules if name.partition('.')[0] in ('yaml', 'rich', 'jinja2', 'jsonschema')"
        " or name == 'hpa_discovery.cli.discover'])"
    )

    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)

    assert ran.stdout.splitlines()[-1] == "[]"


def test_discover_imports_neither_rich_nor_a_network_library() -> None:
    """What makes a start slow is imported only when it is used."""
    program = (
        "import sys; from hpa_discovery.cli.main import main; main(sys.argv[1:]);"
        "print([name for name in ('rich', 'requests', 'openstack', 'jsonschema', 'attr')"
        " if name in sys.modules])"
    )

    ran = subprocess.run(
        [sys.executable, "-c", program, "discover", "-", *MINI],
        input=ONE.decode(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert ran.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("row", [ONE, b'{"subject": ' + ONE + b"}"])
def test_a_huge_line_costs_no_memory_of_its_size(row: bytes, tmp_path: Path) -> None:
    """A line of many times the limit is skipped as it is read."""
    small, huge = tmp_path / "small.jsonl", tmp_path / "huge.jsonl"
    small.write_bytes(row + b"\n" + b"x" + b"\n" + row + b"\n")
    with huge.open("wb") as stream:
        stream.write(row + b"\n" + b"x" * (50 * 1024 * 1024) + b"\n" + row + b"\n")

    assert _peak(huge, code=1) < _peak(small, code=1) + 10_000
