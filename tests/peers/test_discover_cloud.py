# SPDX-License-Identifier: Apache-2.0
"""`hpa discover --cloud` as a process of its own against a real Nova."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from cli.running import COMMAND, Ran, run_hpa
from peers import nova_flavors as flavors
from peers.real_nova import RealNova

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.peer

PACKS = Path(__file__).parent / "packs"
PLACE = ("--owner", "example", "--region", "RegionOne")
# What no API tells: the aliases of nova.conf whose names say nothing.
CONTEXT = {"pci_aliases": {"nvme": {"vendor_id": "144D", "product_id": "a808"}}}

Said = list[tuple[str, dict[str, Any]]]
Answers = dict[str, dict[str, Any]]

BASIC = ("basicCapabilities", {"numVirtualCpu": "4", "virtualMemSize": ("4096", "MB")})
STORAGE = (
    "localStorage",
    {"diskSize": ("20", "GB"), "swapMemSize": ("512", "MB"), "ephemeralDiskSize": ("10", "GB")},
)
SMALL_BASIC = ("basicCapabilities", {"numVirtualCpu": "1", "virtualMemSize": ("512", "MB")})
SMALL_STORAGE = (
    "localStorage",
    {"diskSize": ("1", "GB"), "swapMemSize": ("0", "MB"), "ephemeralDiskSize": ("0", "GB")},
)
SHARED_CPUS = ("cpuPinning", {"logicalCpuPinningPolicy": "shared"})
DEDICATED_CPUS = ("cpuPinning", {"logicalCpuPinningPolicy": "dedicated"})

# Worked out by hand from peers/nova_flavors.py, the documentation of Nova and what OOF asks for.
EXPECTED: dict[str, Said] = {
    "onap.hw": [
        BASIC,
        ("cpuPinning", {"logicalCpuThreadPinningPolicy": "require", "logicalCpuPinningPolicy": "dedicated"}),
        ("cpuTopology", {"numCpuSockets": "2"}),
        ("hugePages", {"memoryPageSize": ("1", "GB")}),
        (
            "numa",
            {
                "numaNodes": "2",
                "numaCpu-0": "2",
                "numaCpuList-0": "0-2,^1",
                "numaMem-0": ("1024", "MB"),
                "numaCpu-1": "2",
                "numaCpuList-1": "1,3",
                "numaMem-1": ("3072", "MB"),
            },
        ),
        STORAGE,
    ],
    # An alias whose name says it, and one that only the operator's table knows, asked for twice.
    "onap.pci": [
        BASIC,
        STORAGE,
        ("pciePassthrough", {"pciCount": "1", "pciVendorId": "8086", "pciDeviceId": "37c8"}),
        ("pciePassthrough", {"pciCount": "3", "pciVendorId": "144d", "pciDeviceId": "a808"}),
    ],
    # The forbidden trait asks for nothing, and that of a request group is no demand on the CPU.
    "onap.traits": [
        BASIC,
        STORAGE,
        ("instructionSetExtensions", {"instructionSetExtensions": ["avx512f"]}),
        ("vgpu", {"vgpuCount": "1"}),
    ],
    # Packs answer in the order of their namespaces, and acme.keys is before onap.openstack.
    "onap.keys": [
        ("gpu", {"gpuModel": "A100", "gpuVendor": "two  words, 3:4"}),
        BASIC,
        STORAGE,
        (
            "sriovNICNetwork",
            {"pciCount": "2", "pciVendorId": "8086", "pciDeviceId": "154c", "physicalNetwork": "phys-net-1"},
        ),
    ],
    "onap.plain": [BASIC, STORAGE],
    "onap.old": [BASIC, STORAGE, ("instructionSetExtensions", {"instructionSetExtensions": ["aes", "avx"]})],
    flavors.PRIVATE: [SMALL_BASIC, SHARED_CPUS, SMALL_STORAGE],
    flavors.SHARED: [SMALL_BASIC, SHARED_CPUS, SMALL_STORAGE],
    flavors.DISABLED: [SMALL_BASIC, SMALL_STORAGE],
    flavors.SHOUTED: [SMALL_BASIC, SMALL_STORAGE],
} | {name: [SMALL_BASIC, DEDICATED_CPUS, SMALL_STORAGE] for name in flavors.PLAIN}


@pytest.fixture
def context(tmp_path: Path) -> Path:
    """The operator's alias table as a file."""
    file = tmp_path / "context.yaml"
    file.write_text(yaml.safe_dump(CONTEXT))
    return file


def discover(cloud: str, *options: str | Path) -> Ran:
    """`hpa discover --cloud` with rows as JSON Lines, and the pack that knows the operator's own keys."""
    return run_hpa("discover", "--cloud", cloud, "-o", "jsonl", "--pack-path", PACKS, *PLACE, *options)


def by_name(ran: Ran) -> Answers:
    """The rows by the name of their flavor, none of which comes twice."""
    rows = {row["subject"]["name"]: row for row in ran.rows}
    assert len(rows) == len(ran.rows)
    return rows


def said(row: dict[str, Any]) -> Said:
    """The features of a row with their attributes: a value, or (value, unit)."""
    return [
        (
            capability["hpa-feature"],
            {item["hpa-attribute-key"]: value_of(item) for item in capability["hpa-feature-attributes"]},
        )
        for capability in row["capabilities"]
    ]


def value_of(attribute: dict[str, str]) -> Any:
    """What an hpa-attribute-value says."""
    found = json.loads(attribute["hpa-attribute-value"])
    return (found["value"], found["unit"]) if "unit" in found else found["value"]


def assert_refused(ran: Ran, *words: str) -> None:
    """Exit code 1, one line that holds all the words, no traceback and no password."""
    assert ran.code == 1
    assert ran.err.startswith("error: ")
    assert len(ran.err.splitlines()) == 1
    assert [word for word in words if word not in ran.err] == []
    assert "loopback-only" not in ran.err


def test_every_flavor_of_a_cloud_is_answered_right(nova: RealNova, context: Path) -> None:
    """Over two pages, private and disabled ones too: one row a flavor, with exactly what it says."""
    ran = discover("admin", "--context", context)
    rows = by_name(ran)

    assert set(rows) == flavors.ALL
    assert {name: said(row) for name, row in rows.items()} == EXPECTED
    assert all(row["subject"] == {"id": name, "name": name} for name, row in rows.items())
    assert len({one["hpa-capability-id"] for row in ran.rows for one in row["capabilities"]}) == sum(
        map(len, EXPECTED.values())
    )
    # The one flavor with a value that Nova no longer takes is the one that is not answered in full.
    assert [name for name, row in rows.items() if row["unknown"] or row["diagnostics"]] == ["onap.old"]
    assert [(one["feature"], one["code"]) for one in rows["onap.old"]["unknown"]] == [("cpuPinning", "let.type")]
    assert (ran.code, ran.err) == (1, "")


def test_an_alias_that_nobody_explains_is_unknown(nova: RealNova) -> None:
    """Without the operator's table the alias that names its device is answered, and the other is unknown."""
    row = by_name(discover("admin", "--name-prefix", "onap.pci"))["onap.pci"]

    assert said(row) == EXPECTED["onap.pci"][:3]
    assert [(one["feature"], one["discriminator"]) for one in row["unknown"]] == [("pciePassthrough", "nvme")]


@pytest.mark.parametrize("cloud", ["reader", "old"])
def test_who_asks_and_how_does_not_change_the_answer(nova: RealNova, context: Path, cloud: str) -> None:
    """A plain user and an old microversion lead to the same rows, down to the capability ids."""
    options = ("--name-prefix", "onap.", "--context", context)

    others, admins = by_name(discover(cloud, *options)), by_name(discover("admin", *options))

    unseen = set() if cloud == "old" else {flavors.PRIVATE, flavors.DISABLED}
    assert others == {name: row for name, row in admins.items() if name not in unseen}


def test_extra_specs_that_policy_hides_make_their_features_unknown(nova: RealNova) -> None:
    """What the flavor itself says is answered; what extra specs say is unknown, and no row claims that it is absent."""
    ran = discover("member")
    rows = by_name(ran)

    assert set(rows) == flavors.PUBLIC | {flavors.SHARED}
    plain = {name: [one for one in EXPECTED[name] if one[0] in {"basicCapabilities", "localStorage"}] for name in rows}
    assert {name: said(row) for name, row in rows.items()} == plain
    hidden = {"cpuPinning", "cpuTopology", "hugePages", "numa", "instructionSetExtensions", "pciePassthrough", "gpu"}
    for row in rows.values():
        assert {one["feature"] for one in row["unknown"]} > hidden
        assert {(one["discriminator"], one["code"]) for one in row["unknown"]} == {("*", "subject.unreadable")}
        assert [(one["level"], one["code"]) for one in row["diagnostics"]] == [("warning", "subject.unreadable")]
    assert (ran.code, ran.err) == (0, "")


def test_the_prefix_takes_only_its_flavors(nova: RealNova) -> None:
    """A prefix is compared letter for letter, and one that fits nothing gives no rows and no error."""
    assert set(by_name(discover("admin", "--name-prefix", "ONAP."))) == {flavors.SHOUTED}
    assert discover("admin", "--name-prefix", "nothing.") == Ran(0, "", "")


def test_a_table_of_a_cloud(nova: RealNova) -> None:
    """For people the flavors stand one under the other, with their values."""
    ran = run_hpa("discover", "--cloud", "admin", "--name-prefix", "onap.hw")

    assert ran.code == 0
    assert [word for word in ("onap.hw", "hugePages", "memoryPageSize", "1 GB") if word not in ran.out] == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"password": "wrong"}, ["cloud 'given'", "login was refused", "check user name, password"]),
        ({"auth_url": "http://127.0.0.1:1/v3"}, ["cloud 'given'", "cannot be reached", "check auth_url"]),
        ({"compute_endpoint_override": "http://127.0.0.1:1/v2.1"}, ["cloud 'given'", "cannot be reached"]),
        ({"region_name": "Elsewhere"}, ["cloud 'given'", "no compute endpoint", "region"]),
    ],
)
def test_a_cloud_that_cannot_be_read_is_an_error(
    nova: RealNova, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], words: list[str]
) -> None:
    """One line says which cloud, what is wrong and what to look at; nothing is answered."""
    file = tmp_path / "clouds.yaml"
    file.write_text(yaml.safe_dump({"clouds": {"given": nova.cloud("admin", **changes)}}))
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(file))

    ran = discover("given")

    assert_refused(ran, *words)
    assert ran.out == ""


def test_an_unknown_cloud_lists_the_known(nova: RealNova) -> None:
    """A misspelt name is answered with the names there are."""
    ran = discover("amdin")

    assert_refused(ran, "'amdin'", "known clouds: admin, member, old, reader")
    assert ran.out == ""


CUT: dict[str, tuple[str, str]] = {
    "between two pages": ("admin", "jsonl"),
    "between two extra specs": ("old", "jsonl"),
    "in an array": ("admin", "json"),
}


@pytest.fixture(scope="module")
def cut_off(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ran]:
    """What became of listings whose Nova died after their first line.

    Nobody reads on before it is dead: a page is more than a pipe holds, so the
    next page is asked for when there is no Nova any more.
    """
    with RealNova(tmp_path_factory.mktemp("mortal")) as nova, pytest.MonkeyPatch.context() as patch:
        nova.insert_flavors({"name": name} for name in flavors.PLAIN)
        patch.setenv("OS_CLIENT_CONFIG_FILE", str(nova.clouds_file))
        ends = {name: started(cloud, output) for name, (cloud, output) in CUT.items()}
        nova.stop()
        return {name: end() for name, end in ends.items()}


def started(cloud: str, output: str) -> Callable[[], Ran]:
    """A listing that has written its first line; called again, it is read to its end."""
    command = [*COMMAND, "discover", "--cloud", cloud, "-o", output]
    # Unbuffered, or what was read beyond the first line would be lost to communicate().
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
    assert process.stdout is not None
    first = process.stdout.readline()

    def end() -> Ran:
        out, err = process.communicate(timeout=120)
        return Ran(process.returncode, (first + out).decode(), err.decode())

    return end


@pytest.mark.parametrize("when", CUT)
def test_a_listing_that_is_cut_off_is_an_error(cut_off: dict[str, Ran], when: str) -> None:
    """The exit code and the message say that flavors are missing, whatever was written before."""
    assert_refused(cut_off[when], f"cloud '{CUT[when][0]}'", "/flavors")


@pytest.mark.parametrize("when", ["between two pages", "between two extra specs"])
def test_rows_before_the_cut_are_whole(cut_off: dict[str, Ran], when: str) -> None:
    """Each line that was written is a row in full, and they are fewer than the flavors."""
    rows = by_name(cut_off[when])

    assert set(rows) < set(flavors.PLAIN)
    assert {str(said(row)) for row in rows.values()} == {str([SMALL_BASIC, SMALL_STORAGE])}


def test_an_array_that_is_cut_off_cannot_be_read(cut_off: dict[str, Ran]) -> None:
    """A program that parses the output sees that it has no end."""
    with pytest.raises(json.JSONDecodeError):
        json.loads(cut_off["in an array"].out)
