# SPDX-License-Identifier: Apache-2.0
"""Explanations: why a rule answered as it did, and what would make it fire."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpa_discovery.discovery.explain import Explanation, explain
from hpa_discovery.discovery.explain_text import lines
from hpa_discovery.discovery.generation import Generation, compile_packs
from hpa_discovery.errors import UsageError
from hpa_discovery.language.pack import Pack
from hpa_discovery.language.rule import parse_rule
from hpa_discovery.packs.contracts import load_contracts
from packs.samples import load

SOURCE = "openstack.flavor"


@pytest.fixture(scope="module")
def generation(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    """The sample pack, compiled."""
    pack = load(tmp_path_factory.mktemp("pack")).pack
    assert pack is not None
    return compile_packs([pack], load_contracts())


def of(generation: Generation, rule: str, **specs: str) -> Explanation:
    """The explanation of one rule of the sample pack for a flavor with these extra specs."""
    told = explain(generation, SOURCE, {"name": "m1", "extra_specs": specs}, rule=f"acme.test/{rule}")
    json.dumps(told)
    (one,) = told["rules"]
    return one


def one_rule(**spec: Any) -> Generation:
    """A generation with one rule that writes the let `answer`."""
    emit = {"feature": "answer", "version": "v1", "architecture": "generic"}
    value = {
        "metadata": {"id": "a.b/c", "title": "c", "maturity": "stable"},
        "spec": {"source": SOURCE, "emit": {**emit, "attributes": [{"key": "k", "from": "answer"}]}, **spec},
    }
    pack = Pack("a.b", "1.0.0", "generic", "default", ("answer",), {}, {}, (parse_rule(value),))
    return compile_packs([pack], load_contracts())


def test_a_rule_that_fired_says_where_each_attribute_came_from(generation: Generation) -> None:
    """Every attribute names the rule, the pack's version, the let and the member it was read at."""
    told = of(generation, "numa", **{"hw:numa_nodes": "2", "hw:numa_mem.1": "512"})
    (item,) = told["items"]

    assert (told["verdict"], told["why"], item["change"]) == ("fired", "`when` is true", [])
    common = {"rule": "acme.test/numa", "pack": "acme.test 1.2.3"}
    nodes = 'flavor.extra_specs."hw:numa_nodes"'
    assert item["capability"]["attributes"] == [
        {"key": "numaNodes", "value": "2", "from": "nodes", "read": [nodes], **common},
        {
            "key": "numaMem-1",
            "value": "512",
            "unit": "MB",
            "from": "memory",
            "read": ["flavor.extra_specs", nodes],
            **common,
        },
    ]


def test_a_silent_rule_says_what_would_make_it_fire(generation: Generation) -> None:
    """The fewest members to set, with what they may hold and what they hold now."""
    told = of(generation, "pinning")

    assert (told["verdict"], told["why"]) == ("silent", "`when` is false")
    assert told["items"][0]["when"] == {
        "any": [
            {"var": "policy", "present": True, "verdict": "false"},
            {"var": "thread", "present": True, "verdict": "false"},
        ],
        "verdict": "false",
    }
    assert told["items"][0]["change"] == [
        {
            "name": "policy",
            "set": [{"path": 'flavor.extra_specs."hw:cpu_policy"'}],
            "to": "dedicated | shared | mixed",
        }
    ]


def test_a_bad_value_is_what_has_to_change(generation: Generation) -> None:
    """A let that refused its value is named with the value and what is allowed."""
    told = of(generation, "numa", **{"hw:numa_nodes": "9"})

    assert told["verdict"] == "unknown"
    assert told["items"][0]["lets"] == [
        {
            "name": "nodes",
            "type": "integer",
            "expression": 'to_int(flavor.extra_specs."hw:numa_nodes")',
            "fault": "let.type: nodes: 9 is not from 1 to 8",
        }
    ]
    assert told["items"][0]["change"] == [
        {
            "name": "nodes",
            "set": [{"path": 'flavor.extra_specs."hw:numa_nodes"', "now": "9"}],
            "to": "a whole number from 1 to 8",
            "through": 'to_int(flavor.extra_specs."hw:numa_nodes")',
        }
    ]


def test_items_are_told_one_by_one(generation: Generation) -> None:
    """Of a rule with each, every item has its own verdict; the rule fired when one of them did."""
    told = of(generation, "device", **{"pci_passthrough:alias": "card:2,gpu,vgpu-a"})

    assert told["verdict"] == "fired"
    assert [(item["item"]["value"], item["verdict"]) for item in told["items"]] == [
        ("card:2", "fired"),
        ("gpu", "unknown"),
        ("vgpu-a", "silent"),
    ]
    unmet = told["items"][1]
    assert unmet["require"] == [
        {"code": "pci.alias", "level": "error", "var": "device", "present": True, "verdict": "false"}
    ]
    assert [change["name"] for change in unmet["change"]] == ["device"]
    assert told["items"][2]["change"][0]["to"] == "text that does not begin with vgpu-"


def test_an_each_without_items_is_silent(generation: Generation) -> None:
    """A rule that has nothing to repeat over says which list would have to have something."""
    told = of(generation, "device")

    assert (told["verdict"], told["items"]) == ("silent", [])
    assert told["change"][0]["set"] == [{"path": 'flavor.extra_specs."pci_passthrough:alias"'}]


def test_what_could_not_be_read_is_unknown(generation: Generation) -> None:
    """A rule that was not asked, because its subject lacks what it reads, says so."""
    told = explain(generation, SOURCE, {"name": "m1"})

    assert {rule["verdict"] for rule in told["rules"]} == {"unknown"}
    assert all(rule["why"].startswith("subject.unreadable: flavor.extra_specs") for rule in told["rules"])


def test_an_answer_that_lost_is_withheld() -> None:
    """A rule that fired against another of its level is withheld, with the conflict as the reason."""
    emit = {"feature": "answer", "version": "v1", "architecture": "generic"}
    rules = tuple(
        parse_rule(
            {
                "metadata": {"id": f"a.b/{name}", "title": name, "maturity": "stable"},
                "spec": {"source": SOURCE, "emit": {**emit, "attributes": [{"key": "k", "value": name}]}},
            }
        )
        for name in ("one", "two")
    )
    pack = Pack("a.b", "1.0.0", "generic", "default", ("answer",), {}, {}, rules)
    told = explain(compile_packs([pack], load_contracts()), SOURCE, {"extra_specs": {}})

    assert [(rule["verdict"], rule["why"].partition(":")[0]) for rule in told["rules"]] == [
        ("withheld", "conflict.instance")
    ] * 2


@pytest.mark.parametrize("subject", [None, [], "text", {"extra_specs": {"a": float("nan")}}])
def test_a_subject_that_is_none_is_explained_too(generation: Generation, subject: Any) -> None:
    """What cannot be evaluated gives an explanation in which every rule is unknown."""
    told = explain(generation, SOURCE, subject)

    assert {rule["verdict"] for rule in told["rules"]} == {"unknown"}
    assert lines(told)


def test_an_unknown_rule_is_wrong_usage(generation: Generation) -> None:
    """The error names the rules there are."""
    with pytest.raises(UsageError, match=r"acme\.test/pinning"):
        explain(generation, SOURCE, {}, rule="acme.test/pining")


SECRET = {
    "let": {
        "serial": {"path": "flavor.serial", "type": "string", "sensitive": True},
        "part": {"path": "split(serial, '-')[0]", "type": "string"},
        "twin": {"path": "flavor.serial", "type": "string"},
        "answer": {"path": "join('', [part, 'x'])", "type": "string"},
    },
    "when": {"var": "part", "equals": "other"},
}


@pytest.mark.parametrize("serial", ["hush-1", "other-hush", "hush"])
def test_what_is_sensitive_never_shows(serial: str) -> None:
    """Neither a sensitive value, nor what is computed from it, nor the member it is read from is told."""
    told = explain(one_rule(**SECRET), SOURCE, {"serial": serial, "extra_specs": {}})

    text = json.dumps(told) + "\n".join(lines(told))
    assert "hush" not in text
    assert "***" in text


FAULTS = [
    pytest.param({"number": {"path": "to_int(serial)", "type": "integer"}}, id="expression over it"),
    pytest.param({"number": {"path": "serial", "type": "integer"}}, id="type of what it gives"),
    pytest.param({"number": {"path": "part", "type": "string", "enum": ["other"]}}, id="limit of what it gives"),
    pytest.param({"own": {"path": "to_int(flavor.serial)", "type": "integer", "sensitive": True}}, id="its own"),
]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_a_sensitive_value_does_not_quote_it(fault: dict[str, Any]) -> None:
    """Neither the explanation nor the diagnostics of an evaluation show what a sensitive let was computed from."""
    made = one_rule(let={**SECRET["let"], **fault}, when=SECRET["when"])
    told = explain(made, SOURCE, {"serial": "hush", "extra_specs": {}})

    assert told["rules"][0]["why"] == "let.type: ***"
    assert "hush" not in json.dumps(told) + "\n".join(lines(told))
    assert [found.code for found in made.evaluate(SOURCE, {"serial": "hush", "extra_specs": {}}).diagnostics] == [
        "let.type"
    ]


def test_a_sensitive_part_of_an_item_hides_the_item_and_its_list() -> None:
    """Neither the item that holds a sensitive member nor the list it came from is told."""
    made = one_rule(
        each={"as": "card", "in": "flavor.cards", "max": 4},
        let={
            "serial": {"path": "card.serial", "type": "string", "sensitive": True},
            "cards": {"path": "flavor.cards", "type": "list"},
            "answer": {"path": "card.model", "type": "string"},
        },
        when={"var": "serial", "equals": "other"},
    )
    told = explain(made, SOURCE, {"cards": [{"serial": "hush", "model": "m"}], "extra_specs": {}})

    assert "hush" not in json.dumps(told) + "\n".join(lines(told))
    assert told["rules"][0]["items"][0]["lets"][2]["value"] == "m"


def test_a_group_that_skips_an_item_is_told_right() -> None:
    """Attributes are dealt out only to the items whose `when` is true."""
    group = {
        "each": {"as": "item", "in": "flavor.items", "max": 4},
        "let": {"wanted": {"path": "item.wanted", "type": "boolean"}},
        "when": {"var": "wanted", "equals": True},
        "attributes": [{"key": "k-{{ item.name }}", "value": "{{ item.name }}"}],
    }
    emit = {"feature": "answer", "version": "v1", "architecture": "generic"}
    made = one_rule(emit={**emit, "attributes": [group, {"key": "last", "value": "v"}]})
    items = [{"name": "a", "wanted": False}, {"name": "b", "wanted": True}]
    (told,) = explain(made, SOURCE, {"items": items, "extra_specs": {}})["rules"]

    shown = told["items"][0]["capability"]["attributes"]
    assert [(item["key"], item["from"]) for item in shown] == [("k-b", "{{ item.name }}"), ("last", "v")]


def test_text_is_a_tree_from_the_verdict_down(generation: Generation) -> None:
    """The lines of a silent rule read from its verdict over lets and conditions to what to change."""
    told = explain(generation, SOURCE, {"name": "m1", "extra_specs": {}}, rule="acme.test/pinning")

    assert lines(told) == [
        "openstack.flavor m1",
        "",
        "acme.test/pinning (acme.test 1.2.3, cpuPinning): silent, `when` is false",
        "  let policy = absent",
        '    from flavor.extra_specs."hw:cpu_policy"',
        "  let thread = absent",
        '    from flavor.extra_specs."hw:cpu_thread_policy"',
        "  when any: false",
        "    policy present true: false  (policy = absent)",
        "    thread present true: false  (thread = absent)",
        "  to make it fire:",
        '    set flavor.extra_specs."hw:cpu_policy" = dedicated | shared | mixed  (now absent)',
    ]


NAMES = ("a", "b", "c")
VALUES = ("x", "y", "z")


def leaf() -> st.SearchStrategy[dict[str, Any]]:
    """A leaf over three names whose change names the value to set."""
    return st.one_of(
        st.builds(lambda name, flag: {"var": name, "present": flag}, st.sampled_from(NAMES), st.booleans()),
        st.builds(lambda name, value: {"var": name, "equals": value}, st.sampled_from(NAMES), st.sampled_from(VALUES)),
        st.builds(
            lambda name, values: {"var": name, "in": values},
            st.sampled_from(NAMES),
            st.lists(st.sampled_from(VALUES), min_size=1, unique=True),
        ),
    )


def condition() -> st.SearchStrategy[dict[str, Any]]:
    """A condition of nested leaves, each name in one leaf at most, so that no two leaves contradict each other."""
    nested = st.recursive(
        leaf(),
        lambda part: st.one_of(
            st.builds(lambda kind, parts: {kind: parts}, st.sampled_from(["all", "any"]), st.lists(part, min_size=1)),
            st.builds(lambda one: {"not": one}, part),
        ),
        max_leaves=3,
    )
    return nested.filter(lambda value: all(json.dumps(value).count(f'"{name}"') < 2 for name in NAMES))


@given(condition(), st.dictionaries(st.sampled_from(NAMES), st.sampled_from(VALUES)))
def test_making_the_changes_makes_the_rule_fire(when: dict[str, Any], specs: dict[str, str]) -> None:
    """Whoever sets what a silent rule's explanation names gets an answer."""
    lets = {name: {"path": f"flavor.extra_specs.{name}", "type": "string", "enum": list(VALUES)} for name in NAMES}
    emit = {"feature": "answer", "version": "v1", "architecture": "generic", "attributes": [{"key": "k", "value": "v"}]}
    made = one_rule(let=lets, when=when, emit=emit)
    (rule,) = explain(made, SOURCE, {"extra_specs": specs})["rules"]
    for change in rule["items"][0]["change"]:
        (member,) = change["set"]
        name = member["path"].rpartition(".")[2]
        assert member.get("now") == specs.get(name)
        if change["to"] == "absent":
            specs = {key: value for key, value in specs.items() if key != name}
        elif change["to"]:
            specs = {**specs, name: change["to"].split(" | ")[0]}
        else:
            return  # every allowed value is refused: nothing can make it fire

    assert len(made.evaluate(SOURCE, {"extra_specs": specs}).capabilities) == 1


def test_replay_deals_every_attribute_to_its_entry(tmp_path: Path) -> None:
    """What explain says of the attributes of the sample cases is what the rules answered, in order."""
    loaded = load(tmp_path)
    assert loaded.pack is not None
    made = compile_packs([loaded.pack], load_contracts())
    for rule, cases in loaded.tests.items():
        for case in cases:
            outcome = made.evaluate(SOURCE, case["flavor"])
            (told,) = explain(made, SOURCE, case["flavor"], rule=rule)["rules"]
            shown = [
                [(attribute["key"], attribute["value"]) for attribute in item["capability"]["attributes"]]
                for item in told["items"]
                if "capability" in item
            ]
            assert shown == [
                [(attribute.key, attribute.value) for attribute in capability.attributes]
                for capability in outcome.capabilities
                if capability.feature == told["feature"]
            ]
