# SPDX-License-Identifier: Apache-2.0
"""onap.openstack as a whole: it misses no hardware word of Nova, and its tables lead somewhere."""

from __future__ import annotations

import json
import re
from functools import cache

import pytest

from hpa_discovery.discovery.readers import rule_expressions
from hpa_discovery.language.rule import Rule
from hpa_discovery.model import Outcome
from hpa_discovery.packs.contracts import load_vocabulary
from rules.onap_openstack import SOURCE, generation, loaded
from strategies.flavors import FACTS

# What Nova documents and this pack does not read, with the reason.
LEFT_OUT = {
    r"capabilities:(?!cpu_info).*": "the state of a host, which the scheduler compares; not what hardware can do",
    "group_policy": "how request groups are spread",
    "(hw:)?hide_hypervisor_id": "what the guest is told",
    "hw:boot_menu": "emulated, on every host",
    "hw:redirected_usb_ports": "emulated, on every host",
    "hw:serial_port_count": "emulated, on every host",
    "hw:sound_model": "emulated, on every host",
    "hw:usb_model": "emulated, on every host",
    "hw_video:ram_max_mb": "emulated, on every host",
    r"quota:.*_shares_(level|share)": "a weight beside other guests, without a unit",
    r"resources\{group\}:(VCPU|PCPU|MEMORY_MB|DISK_GB)": "replaces the flavor's own size in the scheduler only",
    r"resources\{group\}:NUMA_.*": "counted by placement, asked for through hw:numa_nodes",
    r"resources\{group\}:(NET_.*|IPV4_ADDRESS)": "asked for by ports, not by flavors",
    "vmware:.*": "a version and a policy of VMware",
}
OTHER_TRAITS = {"COMPUTE": "what the hypervisor can do", "MISC": "", "OWNER": "", "STORAGE": "a kind of shared disk"}


@cache
def documented() -> tuple[str, ...]:
    """Every extra spec that Nova's validators know, traits aside."""
    facts = json.loads(FACTS.read_text(encoding="utf-8"))
    return tuple(spec["key"] for spec in facts["specs"] if not spec["key"].startswith("trait"))


@cache
def traits() -> tuple[str, ...]:
    """Every trait that Nova's validators know."""
    facts = json.loads(FACTS.read_text(encoding="utf-8"))
    return tuple(spec["key"].partition(":")[2] for spec in facts["specs"] if spec["key"].startswith("trait{group}:"))


def rules() -> tuple[Rule, ...]:
    """The rules of the pack."""
    pack = loaded().pack
    assert pack is not None
    return pack.rules


def ask(**extra_specs: str) -> Outcome:
    """What the pack says of a flavor that has these extra specs and nothing else."""
    return generation().evaluate(SOURCE, {"id": "1", "name": "f", "extra_specs": extra_specs})


def test_every_feature_provided_has_a_rule_and_a_word() -> None:
    """What the pack says it provides is what its rules write and what the vocabulary knows."""
    pack = loaded().pack
    assert pack is not None
    written = {rule.emit.feature for rule in pack.rules}
    assert written == set(pack.features)
    assert written <= load_vocabulary().keys()


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_architecture_is_the_parameter(rule: Rule) -> None:
    """A site can change the architecture of every capability in one place."""
    assert rule.emit.architecture == "{{ params.architecture }}"


def is_read(key: str) -> bool:
    """Whether an expression of the pack names the extra spec, or the fixed part of its key."""
    read = "\n".join(text for rule in rules() for text in rule_expressions(rule))
    if key.startswith("resources{group}:"):
        word = key.partition(":")[2].partition("{")[0]
        return re.search(rf"[:(|]{word}(?![A-Z]|_[A-Z])", read) is not None
    fixed, brace, _ = key.partition("{")
    return (fixed if brace else f'"{fixed}"') in read


@pytest.mark.parametrize("key", documented())
def test_no_extra_spec_of_nova_is_missed(key: str) -> None:
    """Each one is read by a rule, or left out for a reason."""
    assert is_read(key) is not any(re.fullmatch(pattern, key) for pattern in LEFT_OUT)


@pytest.mark.parametrize("trait", [trait for trait in traits() if trait.startswith("HW_")])
def test_every_hardware_trait_is_answered_once(trait: str) -> None:
    """A trait is an instruction set or a trait of other hardware, never both and never lost."""
    answered = [capability.feature for capability in ask(**{f"trait:{trait}": "required"}).capabilities]
    assert answered in (["instructionSetExtensions"], ["hardwareTraits"])
    assert ask(**{f"trait:{trait}": "forbidden"}).capabilities == ()


def test_other_traits_say_nothing_of_hardware() -> None:
    """What is neither HW_ nor in the list above would be a new kind of trait."""
    assert {trait.partition("_")[0] for trait in traits()} - {"HW", "CUSTOM_{TRAIT}", "CUSTOM"} == set(OTHER_TRAITS)


def test_table_of_traits_names_only_traits_that_exist() -> None:
    """A trait spelled wrong in the table would never be found."""
    pack = loaded().pack
    assert pack is not None
    assert pack.tables["cpu_traits"].keys() <= set(traits())


def test_spellings_lead_to_a_name_that_stays() -> None:
    """The table of spellings needs one look only."""
    pack = loaded().pack
    assert pack is not None
    spellings = pack.tables["cpu_features"]
    kernel = set(spellings.values()) | set(pack.tables["cpu_traits"].values())
    assert not kernel & spellings.keys()
