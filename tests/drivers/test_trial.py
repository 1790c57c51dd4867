# SPDX-License-Identifier: Apache-2.0
"""A driver that is tried: nobody allowed it, all fences stand, and nothing of it is left."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest

from drivers.fleets import VENDOR, driver
from hpa_discovery.drivers.folders import digest_of
from hpa_discovery.drivers.trial import Trial, Tried
from hpa_discovery.errors import DataError


def act(trial: Trial, do: str, *values: Any) -> Tried:
    """What comes of an act of the vendor."""
    return trial.ask({"do": do, "with": list(values)}, {})


def code(tried: Tried) -> str:
    """The code of the fault, or ""."""
    return "" if tried.fault is None else tried.fault.code


def test_an_answer() -> None:
    """The line as it was written, the checked answer, the time, and who the driver says it is."""
    with Trial(driver()) as trial:
        tried = trial.ask({}, {})
        assert tried.line.startswith(b'{"id":')
        assert tried.answer is not None
        assert tried.answer.capabilities[0].discriminator == "qat"
        assert 0 < tried.seconds < 60
        assert (trial.description.name, trial.description.version) == ("vendor", "1.2")
        assert 0 < trial.start_seconds < 60


def test_faults_in_a_row() -> None:
    """Each question finds a driver that runs, without a pause; an orderly answer that is refused ends nothing."""
    with Trial(driver(timeout=2.5)) as trial:
        for do, values, want in (
            ("leave", (3,), "driver.exit"),
            ("hang", (), "driver.timeout"),
            ("junk", (), "driver.answer"),
            ("leave", (3,), "driver.exit"),
            ("leave", (3,), "driver.exit"),
            ("leave", (3,), "driver.exit"),
            ("answer", (["a text"],), "driver.refused"),
            ("fail", (), "driver.error"),
        ):
            tried = act(trial, do, *values)
            assert (code(tried), tried.answer) == (want, None)
        assert act(trial, "junk").line == b"no card found"
        assert trial.ask({}, {}).answer is not None
    assert trial.told.count("giving up") == 4
    assert "no card in slot 7" in trial.told


def test_what_it_wrote_is_whole() -> None:
    """More of stderr than a service keeps."""
    with Trial(driver()) as trial:
        trial.ask({"do": "shout", "with": []}, {})
    assert len(trial.told) == 65536


def test_fences_stand(tmp_path: Path) -> None:
    """Being tried is no way around them."""
    with Trial(driver()) as trial:
        tried = act(trial, "write", str(tmp_path / "made"))
        assert tried.answer is not None
        assert tried.answer.diagnostics[0].message in ("PermissionError", "OSError")


def test_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The copy goes with the trial."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # in the usual one other tests try drivers, too
    with Trial(driver()) as trial:
        trial.ask({}, {})
        assert [*tmp_path.glob("hpa-driver-*")]
    assert [*tmp_path.iterdir()] == []


def test_a_folder_that_changed(tmp_path: Path) -> None:
    """What was read is what is tried, or nothing."""
    folder = tmp_path / "vendor"
    folder.mkdir()
    (folder / "vendor.py").write_text((VENDOR / "vendor.py").read_text())
    which = driver(folder, digest=digest_of(folder))
    (folder / "vendor.py").write_text("")
    with pytest.raises(DataError, match="was changed"), Trial(which):
        pytest.fail("it was tried")


@pytest.mark.parametrize(
    ("members", "want"),
    [
        ({"command": ("vendor:Nobody",)}, "driver.exit"),
        ({"start": "command", "command": ("nobody",)}, "driver.start"),
    ],
)
def test_what_cannot_be_started(members: dict[str, Any], want: str) -> None:
    """It is the fault of each question."""
    with Trial(driver(**members)) as trial:
        assert [code(trial.ask({}, {})) for _ in range(2)] == [want, want]
        assert trial.ask({}, {}).line == b""
