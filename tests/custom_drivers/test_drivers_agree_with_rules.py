# SPDX-License-Identifier: Apache-2.0
"""Whatever a flavor says: both drivers give an answer that is taken, and that the bundled rules do not contradict."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_drivers.built import QAT
from custom_drivers.sriov_driver import DRIVER, SriovNic, specs
from custom_drivers.venvs import Installed
from hpa_discovery.discovery.driven import DriverAnswer
from hpa_discovery.drivers.answers import check_answer
from hpa_discovery.drivers.protocol import read_answer, request
from hpa_discovery.language.driver import Driver, parse_driver
from hpa_discovery.language.yaml_reader import read_yaml
from hpa_discovery.packs.activate import activate
from hpa_discovery.packs.contracts import load_vocabulary
from strategies.flavors import any_flavors

SOURCE = "openstack.flavor"
RULES = activate(SOURCE)
NIC = SriovNic()
CARDS = ["8086-154c", "8086-154C", "8086-1572", "15b3-1017", "15b3-1018", "8086-37c8", "8086-37C9", "8086-0435"]
SHARED = ("pciCount", "pciVendorId", "pciDeviceId", "physicalNetwork")
# What sriov_nic and the rules read differently on purpose: the rules take at most 32 requests of one key.
MOST = 8


@st.composite
def _aliases(draw: st.DrawFn) -> str:
    name = st.sampled_from(
        [*CARDS, *(f"a-b-c-{card}" for card in CARDS), "vf", "qat", "nvme", "who", "vf ", "a:b", "x8086-154c", ""]
    )
    return draw(_joined(st.builds("{}:{}".format, name, _counts())))


@st.composite
def _networks(draw: st.DrawFn) -> str:
    words = st.sampled_from(["a-b-c", "a-b", "sriov-nic-Intel64", ""])
    network = st.sampled_from(["net", "data-net-1", "net:1", "x", ""])
    return draw(_joined(st.builds("{}-{}-{}:{}".format, words, st.sampled_from(CARDS), network, _counts())))


def _counts() -> st.SearchStrategy[str]:
    return st.sampled_from(["0", "00", "1", "2", "07", "999999999", "x", "-1", ""])


def _joined(requests: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(",".join, st.lists(requests, min_size=1, max_size=MOST))


_DEVICES = st.sampled_from([*CARDS, "Intel-8086-154c", " 8086-154c ", "8086", ""])
_SPECS = st.builds(
    lambda alias, nic, one, two: specs(alias, nic, one=one, two=two),
    st.none() | _aliases(),
    st.none() | _networks(),
    st.none() | _DEVICES,
    st.none() | _DEVICES,
)
_CONTEXTS = st.sampled_from(
    [
        {},
        {"pci_aliases": {}},
        {
            "pci_aliases": {
                "vf": {"vendor_id": "8086", "product_id": "154C", "device_type": "type-VF"},
                "qat": {"vendor_id": "8086", "product_id": "37c9", "device_type": "type-PCI"},
                "nvme": {"vendor_id": "144d", "product_id": "a808"},
                "8086-154c": {"product_id": "1572"},
            }
        },
    ]
)
_NO_TEXT = st.sampled_from([7, -1.5, True, False, [], ["vf:1"], {}, {"vf": 1}])
_CARD = {"name": "vf", "vendor_id": "8086", "product_id": "154c"}
# No row has a wrong device_type: only the driver whose device it is says so.
_ODD_TABLES = (
    _NO_TEXT
    | st.sampled_from(["", "vf", [{"name": "vf"}, 7], [_CARD, {"name": "vf"}]])
    | st.dictionaries(st.sampled_from(["vf", "qat", "who"]), _NO_TEXT | st.just(_CARD), max_size=2)
)
_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)
_ANY_CONTEXT = _CONTEXTS | _ANY | st.fixed_dictionaries({"pci_aliases": _ANY | st.dictionaries(_aliases(), _ANY)})


def _is_json(value: Any) -> bool:
    """Whether a subject may be this: numbers that JSON has not are refused before a driver is asked."""
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return False
    return True


_ANY_FLAVOR = any_flavors().filter(_is_json) | st.fixed_dictionaries(
    {"extra_specs": _ANY | _SPECS | st.builds(specs, _ANY, _ANY, x=_ANY)}
)


@cache
def vocabulary() -> dict[str, Any]:
    """What an attribute of a feature may be."""
    return dict(load_vocabulary())


class Program:
    """go-qat as a process of its own, without a fleet: what it writes is seen as it is."""

    driver: Driver = parse_driver(
        read_yaml((QAT.pack / "drivers/go-qat/driver.yaml").read_bytes(), "driver.yaml").value, "", "0" * 64
    )

    def __init__(self, program: Path) -> None:
        self._process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={})
        self._number = 0

    def ask(self, subject: Any, context: Any) -> DriverAnswer:
        """Its answer, checked."""
        self._number += 1
        return check_answer(
            self.driver,
            read_answer(self.send(request(self._number, "discover", subject=subject, context=context)), self._number),
        )

    def send(self, line: bytes) -> bytes:
        """What it writes to one line."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line)
        self._process.stdin.flush()
        return self._process.stdout.readline()

    def end(self) -> int:
        """Its exit code once its input ends."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        code = self._process.wait(60)
        assert self._process.stdout is not None
        self._process.stdout.close()
        return code


@pytest.fixture(scope="module")
def program(qat: Installed) -> Iterator[Program]:
    """go-qat from its wheel."""
    below = qat.source.parent / "unpacked" / QAT.package / "drivers" / "go-qat"
    running = Program(below / "go-qat")
    yield running
    assert running.end() == 0


def nic(subject: Any, context: Any) -> DriverAnswer:
    """The answer of sriov_nic, by way of JSON as in life, checked."""
    answer = NIC.discover(*json.loads(json.dumps([subject, context])))
    return check_answer(DRIVER, {"id": 1, **json.loads(json.dumps(answer))})


def said(answer: Any) -> dict[tuple[str, str], dict[str, Any]]:
    """What rules and drivers alike can say of each instance."""
    return {
        (found.feature, found.discriminator): {each.key: each.value for each in found.attributes if each.key in SHARED}
        for found in answer.capabilities
        if found.feature in {"pciePassthrough", "sriovNICNetwork"}
    }


def unjudged(answer: Any) -> set[tuple[str, str]]:
    """The instances that are unknown."""
    return {(item.feature, item.discriminator) for item in answer.unknown}


def assert_agrees(answer: DriverAnswer, rules: Any) -> None:
    """Each instance that the driver answers is answered equally by the rules."""
    theirs = said(rules)
    for instance, attributes in said(answer).items():
        assert theirs.get(instance) == attributes, instance
        assert instance not in unjudged(answer)


@given(_SPECS, _CONTEXTS)
def test_sriov_nic_agrees_with_the_rules(extra_specs: dict[str, Any], context: Any) -> None:
    """Ids, counts and networks are those of the rules; and all that the rules answer about networks is answered."""
    subject = {"extra_specs": extra_specs}
    answer, rules = nic(subject, context), RULES.evaluate(SOURCE, subject, context)

    assert_agrees(answer, rules)
    networks = [{key for key in said(each) if key[0] == "sriovNICNetwork"} for each in (answer, rules)]
    assert networks[0] == networks[1]


@given(_SPECS, _CONTEXTS)
def test_go_qat_agrees_with_the_rules(program: Program, extra_specs: dict[str, Any], context: Any) -> None:
    """Ids and counts are those of the rules, and none of its devices is one of sriov_nic's."""
    subject = {"extra_specs": extra_specs}
    answer = program.ask(subject, context)

    assert_agrees(answer, RULES.evaluate(SOURCE, subject, context))
    assert said(answer).keys() & said(nic(subject, context)).keys() == set()


@given(_aliases() | _NO_TEXT, _CONTEXTS | st.builds(dict, pci_aliases=_ODD_TABLES))
def test_both_drivers_judge_aliases_alike(program: Program, alias: Any, context: Any) -> None:
    """One in Python and one in Go, made apart: what is unknown of the aliases is the same, with the same words."""
    subject = {"extra_specs": specs(alias)}
    theirs, ours = program.ask(subject, context), nic(subject, context)

    passthrough = [item for item in ours.unknown if item.feature == "pciePassthrough"]
    assert [(item.discriminator, item.code, item.reason) for item in theirs.unknown] == [
        (item.discriminator, item.code, item.reason) for item in passthrough
    ]


@given(_ANY_FLAVOR, _ANY_CONTEXT)
def test_sriov_nic_answers_anything(subject: Any, context: Any) -> None:
    """No subject or context makes it fail, and its answer is always taken."""
    answer = nic(subject, context)

    for found in answer.capabilities:
        known = vocabulary()[found.feature]["attributes"]
        assert [each.key for each in found.attributes if each.key not in known] == []


@given(_ANY_FLAVOR, _ANY_CONTEXT)
def test_go_qat_answers_anything(program: Program, subject: Any, context: Any) -> None:
    """No subject or context makes it fail, and its answer is always taken."""
    answer = program.ask(subject, context)

    for found in answer.capabilities:
        known = vocabulary()[found.feature]["attributes"]
        assert [each.key for each in found.attributes if each.key not in known] == []


@given(st.binary(max_size=60).map(lambda line: line.replace(b"\n", b"") + b"\n"))
def test_go_qat_survives_any_line(program: Program, line: bytes) -> None:
    """What is no request is answered with an error, and the next request as ever."""
    found = json.loads(program.send(line))

    assert "error" in found
    assert program.ask({"extra_specs": {}}, {}) == DriverAnswer()
