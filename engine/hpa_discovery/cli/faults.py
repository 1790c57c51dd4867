# SPDX-License-Identifier: Apache-2.0
"""From what ended a command to a message and an exit code: the only place that does so."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable

import click

from hpa_discovery.cli.streams import forget_stdout
from hpa_discovery.cli.verbs import PipeClosed, Settings
from hpa_discovery.errors import HpaError, PackError

OUR_FAULT = 3
INTERRUPTED = 128 + 2  # as the shell tells it: 128 and the number of SIGINT
PIPE_CLOSED = 128 + 13  # and of SIGPIPE
# The receiver of the output is full or gone, which is no fault of the program.
_OUTPUT_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF})


def exit_code_of(command: Callable[[], int], settings: Settings) -> int:
    """Run `command` and flush its output; whatever it raises becomes a message on stderr and an exit code."""
    try:
        return _expected(command)
    except Exception as error:  # noqa: BLE001  # whatever is left is our fault, and is told as such
        return _our_fault(error, settings)


def _expected(command: Callable[[], int]) -> int:
    """Run `command`; the errors that belong to using a command line become exit codes."""
    try:
        try:
            return command()
        finally:
            sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        say("interrupted")
        return INTERRUPTED
    except (BrokenPipeError, PipeClosed):
        forget_stdout()
        return PIPE_CLOSED
    except HpaError as error:
        return _refused(error)
    except OSError as error:
        if error.errno not in _OUTPUT_ERRORS or error.filename is not None:
            raise
        forget_stdout()
        say(f"error: writing the output: {error.strerror}")
        return 1


def say(text: str) -> None:
    """One message for a person."""
    click.echo(text, err=True)


def _refused(error: HpaError) -> int:
    if isinstance(error, PackError) and error.findings:
        from hpa_discovery.packs import report

        report.write(error.findings, "text", sys.stderr)
    say(f"error: {error}")
    return error.exit_code


def _our_fault(error: BaseException, settings: Settings) -> int:
    import traceback

    text = "".join(traceback.format_exception(error))
    if settings.debug:
        say(text)
        return OUR_FAULT
    from hpa_discovery.cli.version import version

    say(
        f"error: hpa-discovery {version()} failed with {type(error).__name__}; this is our fault, not yours.\n"
        f"Please report it with {_keep(text)}; HPA_DEBUG=1 shows it here."
    )
    return OUR_FAULT


def _keep(text: str) -> str:
    """Write the traceback to a file that only this user can read; how to call it in a message."""
    import platform
    import tempfile

    from hpa_discovery.cli.version import version

    head = f"hpa-discovery {version()}, Python {platform.python_version()}, {platform.platform()}\n{sys.argv}\n"
    try:
        handle, name = tempfile.mkstemp(prefix="hpa-error-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(head + text)
    except OSError:
        return "the traceback"
    return f"the file {name}"
