# SPDX-License-Identifier: Apache-2.0
"""hpa driver, and how discover and explain ask drivers: only what was allowed runs, and nothing is left running."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from cli.driver_site import CODE, FLAVOR, ID, Site
from cli.running import COMMAND, Ran, hpa
from hpa_discovery.cli.deployment import actor
from hpa_discovery.drivers.isolation import fences


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site of its own."""
    return Site(tmp_path)


def values(row: dict[str, Any]) -> list[str]:
    """The values of the attributes of all capabilities."""
    found = [item for capability in row["capabilities"] for item in capability["hpa-feature-attributes"]]
    return [json.loads(item["hpa-attribute-value"])["value"] for item in found]


def test_only_what_was_allowed_is_asked(site: Site) -> None:
    """Before: unknown, with how to allow it. Then its answer. After a change of its folder: unknown again."""
    code, row = site.discover()
    assert (code, row["capabilities"], row["unknown"][0]["code"]) == (1, [], "driver.untrusted")
    assert f"hpa driver allow {ID} --digest {site.digest}" in row["diagnostics"][0]["message"]

    assert site.allow().code == 0
    assert site.discover() == (
        0,
        {**row, "capabilities": site.discover()[1]["capabilities"], "unknown": [], "diagnostics": []},
    )
    assert "3" in values(site.discover()[1])

    (site.driver / "cards_driver.py").write_text(CODE + "# changed\n")
    code, row = site.discover()
    assert (code, row["unknown"][0]["code"]) == (1, "driver.untrusted")


def test_looking_makes_nothing(site: Site) -> None:
    """list, show, try and discover leave no state directory behind where there was none."""
    hpa("driver", "list", *site.place)
    hpa("driver", "show", ID, *site.place)
    hpa("driver", "try", site.driver, site.flavor)
    site.discover()
    assert not site.state.exists()


def test_allow_and_revoke_are_audited(site: Site) -> None:
    """Each leaves a row with who did it; allowing twice is fine, revoking twice is an error."""
    assert site.allow().out.startswith(f"allowed {ID}; it runs from {site.state / 'drivers' / site.digest}")
    assert (site.state / "drivers" / site.digest / "driver.yaml").is_file()
    assert site.allow().out == f"{ID} was allowed already\n"
    assert site.row()["allowed"] is True
    assert site.revoke().out == f"revoked {ID} with the digest {site.digest}\n"
    again = site.revoke()
    assert (again.code, again.err) == (
        1,
        f"error: revoking {ID}: it is not allowed; of this driver are allowed: none\n",
    )
    assert site.row()["allowed"] is False
    assert site.discover()[1]["unknown"][0]["code"] == "driver.untrusted"
    assert site.audit() == [(actor(), f"driver.{act}", ID) for act in ("allow", "allow", "revoke")]


def test_allow_of_another_digest_is_refused(site: Site) -> None:
    """The message says what the digest is now, and nothing is made or allowed."""
    seen = site.digest
    (site.driver / "cards_driver.py").write_text(CODE + "# changed\n")
    ran = hpa("driver", "allow", ID, "--digest", seen, *site.place)
    assert ran.code == 1
    assert f"is not {seen}, but {site.digest} in {site.driver}" in ran.err
    assert not site.state.exists()


def test_one_digest_is_revoked(site: Site) -> None:
    """--digest leaves other contents of the driver allowed; one that is not allowed is an error that names them."""
    first = site.digest
    site.allow()
    (site.driver / "cards_driver.py").write_text(CODE + "# changed\n")
    site.allow()
    assert site.revoke("--digest", first).code == 0
    assert site.row()["allowed"] is True
    ran = site.revoke("--digest", first)
    assert ran.code == 1
    assert f"of this driver are allowed: {site.digest}" in ran.err


def test_an_id_that_there_is_not(site: Site) -> None:
    """The nearest one is named, and packs with errors are, since the driver may be in one."""
    ran = hpa("driver", "show", "acme.nic/card", *site.place)
    assert ran.code == 2
    assert f"did you mean {ID}?" in ran.err
    (site.packs / "acme.nic" / "device.yaml").write_text("kind: [")
    ran = hpa("driver", "show", "acme.nic/other", *site.place)
    assert f"hpa lint tells: {site.packs / 'acme.nic'}" in ran.err


def test_list(site: Site) -> None:
    """A table with short digests for people, whole ones in JSON; drivers that may run and are gone are there, too."""
    site.allow()
    table = hpa("driver", "list", *site.place)
    assert table.code == 0
    line = next(line for line in table.out.splitlines() if ID in line)
    assert line.split() == [ID, "acme.nic", "0.1.0", site.digest[:12], "yes"]
    assert (
        f"fences: {', '.join(name for name in ('landlock', 'namespaces', 'user') if getattr(fences(), name))}"
        in table.out
    )

    row = site.row()
    assert row["digest"] == site.digest
    assert (row["pack"], row["source"], row["features"]) == ("acme.nic", "openstack.flavor", ["pciePassthrough"])

    gone = json.loads(hpa("driver", "list", "--state-dir", site.state, "-o", "json").out)
    assert [(each["driver"], each["pack"], each["allowed"]) for each in gone["drivers"] if each["driver"] == ID] == [
        (ID, None, True)
    ]
    assert set(gone["fences"]["standing"]) | set(gone["fences"]["missing"]) == {"landlock", "namespaces", "user"}


def test_a_pack_with_errors_is_told(site: Site) -> None:
    """Its drivers are listed as far as they can be read, and the pack is named."""
    (site.packs / "acme.nic" / "device.yaml").write_text("kind: [")
    ran = hpa("driver", "list", *site.place)
    assert ID in ran.out
    assert ran.err == f"warning: the pack in {site.packs / 'acme.nic'} has errors, which hpa lint tells\n"


def test_show(site: Site) -> None:
    """What it reads, answers and is started with, its limits, its files, who allowed it."""
    before = hpa("driver", "show", ID, *site.place).out
    assert before.endswith(f"hpa driver allow {ID} --digest {site.digest}\n")
    site.allow()
    shown = hpa("driver", "show", ID, *site.place).out
    for part in (
        'reads     flavor.extra_specs."acme.nic:cards"',
        "features  pciePassthrough",
        "python    cards_driver:CardsDriver",
        "limits    2 s an answer, 256 MB a process, processes: 1",
        f"cards_driver.py, {len(CODE)} bytes",
        f"digest    {site.digest}",
        f"UTC, by {actor()}",
    ):
        assert part in shown
    assert "hpa driver allow" not in shown

    (told,) = json.loads(hpa("driver", "show", ID, *site.place, "-o", "json").out)
    assert told["python"] == "cards_driver:CardsDriver"
    assert [file["path"] for file in told["files"]] == ["cards_driver.py", "driver.yaml", "example.json"]
    assert told["allowed"]["by"] == actor()


def tried(site: Site, *more: str | Path) -> Ran:
    """Run `hpa driver try` on the driver's folder."""
    return hpa("driver", "try", site.driver, site.flavor, *more)


def test_try(site: Site) -> None:
    """The answer as it came, what the check made of it, stderr, times and fences; by folder, pack or id."""
    ran = tried(site)
    assert (ran.code, ran.err) == (0, "")
    for part in ("cards 1.5, started in", " ms:\n", '"pciCount": {', "accepted: 1 capability", "pciCount = 3"):
        assert part in ran.out
    assert ran.out.endswith("stderr:\n  asked about 3\n")

    by_pack = hpa("driver", "try", site.packs / "acme.nic", site.flavor)
    by_id = hpa("driver", "try", ID, site.flavor, *site.place[2:])
    assert (by_pack.code, by_id.code) == (0, 0)


def test_try_raw(site: Site) -> None:
    """--raw is only the line of the driver; what it wrote to stderr stays there."""
    ran = tried(site, "--raw")
    assert (ran.code, ran.err) == (0, "asked about 3\n")
    (answer,) = ran.rows
    assert answer["capabilities"][0]["attributes"] == {"pciCount": {"value": "3"}}


@pytest.mark.parametrize(
    ("value", "code", "said"),
    [
        ("fail", "driver.error", "no such card"),
        ("leave", "driver.exit", "ended with exit code 7"),
        ("junk", "driver.answer", "what?"),
        ("lie", "driver.refused", "the feature 'numa'"),
    ],
)
def test_try_says_what_is_wrong(site: Site, value: str, code: str, said: str) -> None:
    """Exit code 1, and the fault in one line; the flavors after it are asked about all the same."""
    site.write({**FLAVOR, "extra_specs": {"acme.nic:cards": value}}, FLAVOR)
    ran = tried(site)
    assert ran.code == 1
    (line,) = (line for line in ran.out.splitlines() if line.startswith("  error: "))
    assert line.startswith(f"  error: {code}: the driver ")
    assert said in line
    assert "accepted: 1 capability" in ran.out

    raw = tried(site, "--raw")
    assert raw.code == 1
    assert f"error: {code}: " in raw.err


def test_try_gives_the_context_as_a_service_does(site: Site, tmp_path: Path) -> None:
    """JSON in text is parsed, and what the row says goes before the file."""
    site.asking("region")
    context = tmp_path / "context.json"
    context.write_text(json.dumps({"vim": {"cloud_extra_info": '{"name": "west"}'}}))
    ran = tried(site, "--context", context, "--raw")
    assert ran.rows[0]["capabilities"][0]["attributes"]["pciCount"] == {"value": "west"}


def test_try_says_that_it_would_not_be_asked(site: Site) -> None:
    """A subject without what the driver reads is asked about here, with a note that a service would not ask."""
    site.write({**FLAVOR, "extra_specs": {}})
    ran = tried(site)
    assert ran.code == 0
    assert "note: in service it would not be asked about this one" in ran.out
    site.write(FLAVOR)
    assert "note:" not in tried(site).out


def test_try_of_a_subject_that_is_none(site: Site) -> None:
    """It is told as discover tells it, and the driver is not asked."""
    site.flavor.write_text('{"subject": 7}\n{"subject": NaN}\n')
    ran = tried(site)
    assert (ran.code, ran.out) == (1, "")
    assert "subject.type" in ran.err
    assert "input.json" in ran.err


def test_try_of_what_is_no_driver(site: Site, tmp_path: Path) -> None:
    """A folder without driver.yaml is wrong usage; one with a bad one is shown its findings."""
    (tmp_path / "empty").mkdir()
    ran = hpa("driver", "try", tmp_path / "empty", site.flavor)
    assert (ran.code, "there is no driver.yaml" in ran.err) == (2, True)
    path = site.driver / "driver.yaml"
    path.write_text(path.read_text().replace("timeout: 2", "timeout: soon"))
    ran = tried(site)
    assert ran.code == 1
    assert "driver.yaml:" in ran.err
    assert "timeout" in ran.err


def test_try_of_a_pack_with_two_drivers(site: Site) -> None:
    """Which one is meant must be said."""
    shutil.copytree(site.driver, site.driver.parent / "other")
    ran = hpa("driver", "try", site.packs / "acme.nic", site.flavor)
    assert ran.code == 2
    assert "name one" in ran.err


def test_explain_asks_drivers(site: Site) -> None:
    """It shows what an allowed driver answered, and why another was not asked."""
    asked = ("explain", site.flavor, "--packs", "acme.nic", *site.place)
    assert "driver.untrusted" in hpa(*asked).out
    site.allow()
    assert "pciCount = " in hpa(*asked).out


def test_no_process_is_left(site: Site) -> None:
    """Whether discover ends, is interrupted or killed: the driver and all it started end with it."""
    site.asking("hang")
    path = site.driver / "driver.yaml"
    path.write_text(path.read_text().replace("timeout: 2", "timeout: 50"))
    site.allow()
    command = [*COMMAND, "discover", str(site.flavor), "--packs", "acme.nic", *map(str, site.place)]
    for stop, code in ((signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM), (signal.SIGKILL, -signal.SIGKILL)):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        _wait(lambda: len(_of(site)) >= 2)
        process.send_signal(stop)
        process.communicate(timeout=60)
        assert process.returncode == code
        _wait(lambda: not _of(site))


def _of(site: Site) -> list[str]:
    """The command lines of processes that run from the site's state directory."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if f"{site.state / 'drivers'}" in line and "drivers.host\0" in line:
            found.append(line)
    return found


def _wait(done: Any) -> None:
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)
