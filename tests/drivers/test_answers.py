# SPDX-License-Identifier: Apache-2.0
"""What a driver may answer: everything else is refused as a whole, in words that name the place."""

from __future__ import annotations

import random
import re
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.fleets import driver
from hpa_discovery.drivers.answers import check_answer
from hpa_discovery.drivers.faults import DriverFault
from hpa_discovery.model import Attribute, Capability, Unknown
from yardstick import measured

DRIVER = driver()


def card(**members: Any) -> dict[str, Any]:
    """A capability that is as it should be, with members put in or replaced."""
    whole = {"feature": "pciePassthrough", "version": "v1", "architecture": "Intel64", "discriminator": "qat"}
    return {**whole, "attributes": {"pciCount": {"value": 2}}, **members}


def with_attributes(**attributes: Any) -> dict[str, Any]:
    """An answer of one capability with these attributes."""
    return {"id": 1, "capabilities": [card(attributes=attributes)]}


def test_a_good_answer() -> None:
    """Capabilities become the engine's own values, numbers as decimal text."""
    memory = {"value": 16, "unit": "GB"}  # a word of its own, like `names`
    answer = check_answer(DRIVER, with_attributes(pciCount={"value": 2}, names={"value": ["a", 1.5]}, memory=memory))

    (capability,) = answer.capabilities
    assert capability == Capability(
        "pciePassthrough",
        "v1",
        "Intel64",
        "qat",
        (
            Attribute("pciCount", "2", None, '{"value":"2"}'),
            Attribute("names", ("a", "1.5"), None, '{"value":["a","1.5"]}'),
            Attribute("memory", "16", "GB", '{"value":"16","unit":"GB"}'),
        ),
    )
    assert (answer.unknown, answer.diagnostics) == ((), ())


def test_nothing_found() -> None:
    """No capability is an answer."""
    assert check_answer(DRIVER, {"id": 1, "capabilities": []}).capabilities == ()


@pytest.mark.parametrize("discriminator", [{}, {"discriminator": None}, {"discriminator": ""}])
def test_the_only_instance(discriminator: dict[str, Any]) -> None:
    """Of a feature that one pack answers there is one instance, which needs no discriminator."""
    topology = {"feature": "cpuTopology", "version": "v1", "architecture": "x", **discriminator}
    answer = {"id": 1, "capabilities": [{**topology, "attributes": {"numCpuCores": {"value": 2}}}]}
    (capability,) = check_answer(driver(features=("cpuTopology",)), answer).capabilities
    assert capability.discriminator == ""


@pytest.mark.parametrize(
    ("told", "unknown"),
    [
        ({"level": "warning"}, []),
        ({"level": "info", "feature": "pciePassthrough"}, []),
        ({"level": "error"}, [("pciePassthrough", "*"), ("sriovNICNetwork", "*")]),
        ({"level": "error", "feature": "sriovNICNetwork"}, [("sriovNICNetwork", "*")]),
        ({"level": "error", "feature": "pciePassthrough", "discriminator": "qat"}, [("pciePassthrough", "qat")]),
    ],
)
def test_diagnostics(told: dict[str, Any], unknown: list[tuple[str, str]]) -> None:
    """An error says what could not be judged: one instance, one feature, or all that the driver answers."""
    item = {"code": "card.unreadable", "message": "slot 7 is dark", **told}
    answer = check_answer(DRIVER, {"id": 1, "capabilities": [], "diagnostics": [item]})

    assert [(found.feature, found.discriminator) for found in answer.unknown] == unknown
    assert all(
        found == Unknown(found.feature, found.discriminator, DRIVER.id, "card.unreadable", "slot 7 is dark")
        for found in answer.unknown
    )
    (diagnostic,) = answer.diagnostics
    assert (diagnostic.code, diagnostic.rule, diagnostic.level) == ("card.unreadable", DRIVER.id, told["level"])


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({}, "the answer has no capabilities"),
        ({"capabilities": {}}, "capabilities is an object of 0; a list is needed"),
        (
            {"capabilities": [], "extra": 1},
            "the answer has the member 'extra'; known are capabilities, diagnostics, id",
        ),
        ({"capabilities": ["x"]}, "a capability is 'x'; an object is needed"),
        (
            {"capabilities": [card(feature="cpuPinning")]},
            "the feature 'cpuPinning'; its driver.yaml has pciePassthrough",
        ),
        ({"capabilities": [card(feature=None)]}, "a feature is None"),
        ({"capabilities": [card(architecture="")]}, "the architecture of pciePassthrough is ''"),
        ({"capabilities": [card(version=1)]}, "the version of pciePassthrough is 1; a text"),
        ({"capabilities": [card(discriminator=["a"])]}, "the discriminator of pciePassthrough is a list of 1"),
        ({"capabilities": [card(), card()]}, "two capabilities of one feature"),
        ({"capabilities": [card(discriminator=str(n)) for n in range(257)]}, "257 capabilities; at most 256"),
        (
            {"capabilities": [], "diagnostics": [{"code": "a", "level": "error", "message": "m"}] * 257},
            "257 diagnostics; at most 256",
        ),
        ({"capabilities": [card(attributes={})]}, "has an object of 0 for attributes; OOF needs at least one"),
        ({"capabilities": [card(attributes=[])]}, "has a list of 0 for attributes"),
        (with_attributes(**{f"k{n}": {"value": 1} for n in range(257)}), "has 257 attributes; at most 256"),
        (with_attributes(a=1), "the attribute 'a' of pciePassthrough is 1; an object is needed"),
        (with_attributes(a={}), "the attribute 'a' of pciePassthrough has no value"),
        (with_attributes(a={"value": ""}), "the attribute 'a' of pciePassthrough is ''"),
        (with_attributes(a={"value": None}), "the attribute 'a' of pciePassthrough is None"),
        (with_attributes(a={"value": True}), "the attribute 'a' of pciePassthrough is true"),
        (with_attributes(a={"value": []}), "the attribute 'a' of pciePassthrough is a list of 0"),
        (with_attributes(a={"value": [["b"]]}), "the attribute 'a' of pciePassthrough is a list of 1"),
        (with_attributes(a={"value": 1e400}), "the attribute 'a' of pciePassthrough is inf"),
        (with_attributes(a={"value": "b\ud800"}), r"as 'b\ud800', with a character that cannot be printed"),
        (with_attributes(a={"value": ["b", "c\x1b[2J"]}), "a character that cannot be printed"),
        (with_attributes(**{"x\ny": {"value": 1}}), r"an attribute key as 'x\ny', with a character that"),
        ({"capabilities": [card(architecture="a\x1b[31m")]}, "the architecture of pciePassthrough as"),
        ({"capabilities": [card(version="v\n1")]}, "the version of pciePassthrough as"),
        ({"capabilities": [card(discriminator="q\tat")]}, "the discriminator of pciePassthrough as"),
        ({"capabilities": [card(discriminator="*")]}, "as '*', which stands for every instance"),
        ({"capabilities": [card(discriminator=0)]}, "the discriminator of pciePassthrough is 0; a text"),
        ({"capabilities": [card(discriminator=[])]}, "the discriminator of pciePassthrough is a list of 0; a text"),
        ({"capabilities": [card(discriminator=None)]}, "no discriminator: many packs answer pciePassthrough"),
        ({"capabilities": [card(discriminator="")]}, "no discriminator: many packs answer pciePassthrough"),
        (
            with_attributes(pciCount={"value": "many"}),
            "pciCount of pciePassthrough, which is never 'many': it is a whole",
        ),
        (with_attributes(pciCount={"value": "\u0663"}), "it is a whole number"),
        (with_attributes(pciCount={"value": 1.5}), "never '1.5': it is a whole number"),
        (with_attributes(pciCount={"value": [1]}), "never a list of 1: it is one whole number"),
        (with_attributes(pciCount={"value": 1, "unit": "MB"}), "never in MB: it is one whole number without a unit"),
        (with_attributes(pciVendorId={"value": "0x8086"}), "never '0x8086': it has the form [0-9a-f]{4}"),
        (with_attributes(pciDeviceType={"value": "type-vf"}), "never 'type-vf': did you mean type-VF?"),
        (with_attributes(pcicount={"value": 1}), "the attribute 'pcicount' of pciePassthrough; did you mean pciCount?"),
        (with_attributes(a={"value": 1, "unit": "MiB"}), "has the unit 'MiB'; OOF reads KB, MB, GB"),
        (with_attributes(a={"value": "1.5", "unit": "MB"}), "so '1.5' must be a whole number"),
        (with_attributes(a={"value": [1], "unit": "MB"}), "must be a whole number"),
        (with_attributes(a={"value": "x" * 9000}), "at most 8192 are written"),
        (with_attributes(**{"": {"value": 1}}), "an attribute key is ''"),
        ({"capabilities": [], "diagnostics": [{"code": "a"}]}, "a diagnostic has no"),
        (
            {"capabilities": [], "diagnostics": [{"code": "A B", "level": "error", "message": "m"}]},
            "the code 'A B'; codes are lower-case words",
        ),
        *(
            (
                {"capabilities": [], "diagnostics": [{"code": code, "level": "warning", "message": "m"}]},
                f"the code '{code}', which only the engine gives",
            )
            for code in ("conflict.instance", "driver.exit", "limit.a", "subject.unreadable", "subject")
        ),
        (
            {"capabilities": [], "diagnostics": [{"code": "a", "level": "fatal", "message": "m"}]},
            "the level 'fatal'; levels are error, warning, info",
        ),
        (
            {"capabilities": [], "diagnostics": [{"code": "a", "level": "error", "message": "m", "feature": "numa"}]},
            "a diagnostic of the feature 'numa'",
        ),
    ],
)
def test_refused(answer: dict[str, Any], said: str) -> None:
    """Each thing that is not allowed is named, with what is."""
    with pytest.raises(DriverFault) as caught:
        check_answer(DRIVER, {"id": 1, **answer})
    assert caught.value.code == "driver.refused"
    assert said in caught.value.message


@pytest.mark.parametrize(
    ("feature", "attribute", "said"),
    [
        ("gpu", {"gpuMemorySize": {"value": 8}}, "gpuMemorySize of gpu, which is a size and needs a unit: MB, GB"),
        (
            "gpu",
            {"gpuMemorySize": {"value": 8, "unit": "KB"}},
            "gpuMemorySize of gpu, which is never in KB: it takes MB",
        ),
        ("gpu", {"deviceTraits": {"value": "one"}}, "never 'one': it is a list of texts"),
        ("numa", {"numaMem-0": {"value": 8}}, "numaMem-0 of numa, which is a size"),
        ("numa", {"numaCpu-0": {"value": "0,1"}}, "numaCpu-0 of numa, which is never '0,1'"),
        ("numa", {"numaCpus-1": {"value": 1}}, "the attribute 'numaCpus-1' of numa; did you mean numaCpu-{n}?"),
    ],
)
def test_words_of_the_vocabulary(feature: str, attribute: dict[str, Any], said: str) -> None:
    """What lint refuses in a rule is refused in an answer; ONAP's drivers run as they are."""
    answer = {"id": 1, "capabilities": [card(feature=feature, attributes=attribute)]}
    with pytest.raises(DriverFault, match=re.escape(said)):
        check_answer(driver(features=(feature,)), answer)
    assert check_answer(driver(features=(feature,), start="onap"), answer).capabilities


@pytest.mark.parametrize(
    ("feature", "attribute"),
    [
        ("gpu", {"gpuMemorySize": {"value": 8, "unit": "GB"}, "deviceTraits": {"value": ["a"]}}),
        ("gpu", {"acmeSlots": {"value": "many"}, "acmeRoom": {"value": 1, "unit": "KB"}}),
        ("numa", {"numaCpu-7": {"value": 2}, "numaMem-7": {"value": 8, "unit": "GB"}}),
        ("ovsDpdk", {"acme-dpdk": {"value": "17.05"}}),
        ("acmeWidget", {"acmeMood": {"value": ["good"]}}),
        ("gpu", {"{{" * 2000: {"value": 1}, "1" * 2000 + "x": {"value": 1}}),
    ],
)
def test_words_of_its_own(feature: str, attribute: dict[str, Any]) -> None:
    """What is like no word of the vocabulary is the driver's own, as it is a rule's."""
    answer = {"id": 1, "capabilities": [card(feature=feature, attributes=attribute)]}
    assert check_answer(driver(features=(feature,)), answer).capabilities


def test_words_without_end() -> None:
    """An answer full of words that are nearly known ones takes no more of the service than any other."""
    keys = iter(random.Random(7).sample(range(10**7), 256 * 100))
    many = [
        card(discriminator=f"d{number}", attributes={f"cip{next(keys)}Dev": {"value": "1"} for _ in range(100)})
        for number in range(256)
    ]
    answer, seconds = measured(lambda: check_answer(DRIVER, {"id": 1, "capabilities": many}), 2)
    assert answer.capabilities
    assert seconds < 2


def test_a_message_is_on_one_line() -> None:
    """What a driver tells is for people, and may have lines; a log line must stay one."""
    item = {"code": "a", "level": "warning", "message": "no card\nforged \x1b[2J \ud800"}
    (diagnostic,) = check_answer(DRIVER, {"id": 1, "capabilities": [], "diagnostics": [item]}).diagnostics
    assert diagnostic.message == r"no card\nforged \x1b[2J \ud800"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@settings(deadline=None)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "capabilities": st.lists(
                JSON
                | st.builds(
                    lambda name, value: card(**{name: value}),
                    st.sampled_from(["feature", "version", "architecture", "discriminator", "attributes"]),
                    JSON,
                ),
                max_size=3,
            )
            | JSON,
            "diagnostics": st.lists(JSON, max_size=2) | JSON,
        },
    )
)
def test_whatever_comes(answer: dict[str, Any]) -> None:
    """Any JSON at all is either taken or refused; nothing else happens."""
    with suppress(DriverFault):
        assert all(found.attributes for found in check_answer(DRIVER, {"id": 1, **answer}).capabilities)
