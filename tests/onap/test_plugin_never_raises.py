# SPDX-License-Identifier: Apache-2.0
"""Whatever the plugin is given, it answers with a list: Multicloud leaves out all later flavors when one raises."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpa_discovery.embedded.onap import HPADiscovery
from hpa_discovery.embedded.settings import Settings
from onap.onap_inputs import data, flavor, viminfo
from strategies.flavors import any_flavors
from yardstick import measured

Issue = tuple[str, str, dict[str, Any]]


class Nasty:
    """An object of which every operation raises."""

    def __getattribute__(self, name: str) -> Any:
        if name == "__class__":
            return Nasty
        raise ValueError(name)

    def __str__(self) -> str:
        raise ValueError("no text")

    __repr__ = __str__

    def __eq__(self, other: object) -> bool:
        raise ValueError("incomparable")

    def __hash__(self) -> int:
        raise ValueError("unhashable")

    def __bool__(self) -> bool:
        raise ValueError("neither")


class NastyDict(dict[str, Any]):
    """An object that raises when it is read."""

    def get(self, *_: Any) -> Any:
        """No."""
        raise ValueError("no get")

    def items(self) -> Any:
        """No."""
        raise ValueError("no items")

    def keys(self) -> Any:
        """No."""
        raise ValueError("no keys")

    def __getitem__(self, key: str) -> Any:
        raise ValueError("no item")


def cyclic() -> dict[str, Any]:
    """An object that holds itself."""
    value: dict[str, Any] = {"id": "1", "vcpus": 1}
    value["self"] = value
    return value


def deep() -> Any:
    """Lists in lists, deeper than Python's stack."""
    value: Any = []
    for _ in range(100_000):
        value = [value]
    return value


def ask(asked: Any) -> tuple[Any, list[Issue]]:
    """The answer, and what was called back."""
    issues: list[Issue] = []
    answer = HPADiscovery(lambda *told: issues.append(told), Settings()).get_hpa_capabilities(asked)
    return answer, [issue for issue in issues if issue[0] != "onap.rival"]


EMPTY: dict[str, tuple[Callable[[], Any], str]] = {
    "nothing": (lambda: None, "onap.data"),
    "text": (lambda: "{}", "onap.data"),
    "the list of ONAP's tutorial": (lambda: [flavor(), {}, viminfo()], "onap.data"),
    "an empty object": (dict, "onap.data"),
    "an object that raises": (lambda: NastyDict(data()), "onap.fault"),
    "an object that raises at everything": (Nasty, "onap.data"),
    "no flavor": (lambda: data(flavor=None), "onap.data"),
    "a flavor's name": (lambda: data(flavor="onap.upf"), "onap.data"),
    "a list of flavors": (lambda: data(flavor=[flavor()]), "onap.data"),
    "a flavor that raises": (lambda: {**data(flavor=NastyDict(flavor())), "extra_specs": None}, "onap.fault"),
    "a flavor with an object": (lambda: data(flavor=flavor(links=Nasty())), "subject.type"),
    "a flavor with bytes": (lambda: data(flavor=flavor(name=b"onap")), "subject.type"),
    "a flavor with a key that is no text": (lambda: data(flavor={**flavor(), 7: 1}), "subject.type"),
    "a flavor that holds itself": (lambda: data(flavor=cyclic()), "limit.subject_depth"),
    "a deep flavor": (lambda: data(flavor=flavor(links=deep())), "limit.subject_depth"),
    "a large flavor": (lambda: data(flavor=flavor(name="x" * 2**21)), "limit.subject"),
    "a flavor with half a character": (lambda: data(flavor=flavor(name="\ud800")), "subject.text"),
    "a flavor with no number": (lambda: data(flavor=flavor(ram=float("nan"))), "subject.number"),
    "a flavor with a huge number": (lambda: data(flavor=flavor(id=10**9000)), "subject.number"),
    "a flavor without anything": (lambda: data(flavor={}, viminfo=viminfo(cloud_extra_info=None)), "onap.empty"),
    "extra specs that were not read": (lambda: {**data(), "extra_specs": None}, "onap.extra_specs"),
    "extra specs that are not there": (
        lambda: {name: value for name, value in data().items() if name != "extra_specs"},
        "onap.extra_specs",
    ),
    "extra specs called none": (lambda: data("none"), "onap.extra_specs"),
    "extra specs as text": (lambda: data('{"hw:cpu_policy": "dedicated"}'), "onap.data"),
    "extra specs as pairs": (lambda: data([["hw:cpu_policy", "dedicated"]]), "onap.data"),
    "extra specs that raise": (lambda: data(Nasty()), "onap.data"),
    "many extra specs": (lambda: data({f"key{n}": "x" * 255 for n in range(9000)}), "limit.subject"),
    "viminfo as text": (lambda: data(viminfo="CloudOwner_RegionOne"), "onap.data"),
    "viminfo that raises": (lambda: data(viminfo=NastyDict(viminfo())), "onap.fault"),
    "viminfo with an object": (lambda: data(viminfo=viminfo(name=Nasty())), "context.type"),
    "viminfo that holds itself": (lambda: data(viminfo=viminfo(cloud_extra_info=cyclic())), "context.subject_depth"),
    "viminfo with half a character": (lambda: data(viminfo=viminfo(name="\udfff")), "context.text"),
    "a type of cloud that is a number": (lambda: data(vimtype=7), "onap.data"),
}


@pytest.mark.parametrize("name", EMPTY)
def test_what_cannot_be_judged_gives_an_empty_list(name: str) -> None:
    """With one of the codes of docs/onap.md, and soon."""
    make, code = EMPTY[name]
    (answer, issues), seconds = measured(lambda: ask(make()), 2)
    assert answer == []
    assert code in [told[0] for told in issues]
    assert seconds < 2


def test_what_an_issue_would_tell_is_not_looked_for_without_one() -> None:
    """To find the secrets of viminfo takes as long as to answer; where nothing is told, nothing has to be masked."""

    class Unlisted(dict[str, Any]):
        def items(self) -> Any:
            raise ValueError("somebody looks for secrets")

    asked = data(viminfo=Unlisted(viminfo()))
    assert ask(asked) == ask(data())
    answer, issues = ask({**asked, "extra_specs": None})
    assert (answer, [code for code, _, _ in issues]) == ([], ["onap.fault"])


@pytest.mark.parametrize("missing", [None, {}], ids=["None", "empty"])
def test_without_viminfo_the_flavor_is_still_answered(missing: Any) -> None:
    """The ids then lack owner and region, which is said."""
    answer, issues = ask(data(viminfo=missing))
    assert [each["hpa-feature"] for each in answer] == ["basicCapabilities", "localStorage"]
    assert [code for code, _, _ in issues] == ["onap.region"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(max_size=4) | st.builds(Nasty),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(
    st.dictionaries(st.sampled_from(["flavor", "extra_specs", "viminfo", "vimtype"]), JSON)
    | st.builds(data, extra_specs=JSON)
    | st.builds(data, flavor=any_flavors(), viminfo=st.dictionaries(st.sampled_from([*viminfo()]), JSON))
    | JSON
)
def test_anything_gives_a_list_that_json_can_write(asked: Any) -> None:
    """And where it is empty, there is a reason."""
    answer, issues = ask(asked)
    assert json.loads(json.dumps(answer)) == answer
    assert answer or issues


def test_the_plugin_changes_nothing_it_is_given() -> None:
    """Multicloud goes on using flavor and viminfo."""
    asked = data({"hw:cpu_policy": "dedicated"})
    ask(asked)
    assert asked == data({"hw:cpu_policy": "dedicated"})


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (Settings(packs=("acme.nowhere",)), "unknown pack 'acme.nowhere'"),
        (Settings(pack_path=(Path("no-such-folder"),)), "no-such-folder"),
        (Settings(context=Path("no-such-file")), "reading the context in no-such-file"),
    ],
    ids=["packs", "pack_path", "context"],
)
def test_settings_that_are_wrong_are_an_issue(wrong: Settings, told: str) -> None:
    """Nothing is raised where Multicloud would not expect it."""
    issues: list[Issue] = []
    answer = HPADiscovery(lambda *issue: issues.append(issue), wrong).get_hpa_capabilities(data())
    assert answer == []
    assert issues[-1][0] == "onap.settings"
    assert told in issues[-1][1]


def test_a_context_with_errors_is_a_wrong_setting(tmp_path: Path) -> None:
    """It is no pack that anybody could lint; the message says which line of the file to mend."""
    file = tmp_path / "context.yaml"
    file.write_text("pci_aliases: {}\nvimtype: yes\n", "utf-8")
    issues: list[Issue] = []
    plugin = HPADiscovery(lambda *issue: issues.append(issue), Settings(context=file))
    assert plugin.get_hpa_capabilities(data()) == []
    assert issues[-1][0] == "onap.settings"
    assert f"reading the context in {file}: it has errors; {file}:2: " in issues[-1][1]


def test_a_broken_pack_is_an_issue_with_its_findings(tmp_path: Path) -> None:
    """The log says which file and line to mend."""
    (tmp_path / "pack.yaml").write_text("apiVersion: hpa-discovery/v1\nkind: Pack\nkind: Pack\n", "utf-8")
    issues: list[Issue] = []
    plugin = HPADiscovery(lambda *issue: issues.append(issue), Settings(pack_path=(tmp_path,)))
    assert plugin.get_hpa_capabilities(data()) == []
    assert issues[-1][0] == "onap.packs"
    assert "pack.yaml:1: schema: the pack lacks metadata" in issues[-1][1]


@pytest.mark.parametrize("callback", [7, lambda: None, lambda *_: 1 / 0], ids=["a number", "wrong arguments", "raises"])
def test_a_callback_that_fails_does_no_harm(callback: Any, caplog: pytest.LogCaptureFixture) -> None:
    """ONAP's tutorial hands a number to the plugin's constructor."""
    plugin = HPADiscovery(callback, Settings())
    assert plugin.get_hpa_capabilities(None) == []
    assert len(plugin.get_hpa_capabilities(data())) == 3
    assert any(record.message.startswith("onap.callback: ") for record in caplog.records)


def test_the_caller_may_still_be_interrupted() -> None:
    """Ctrl-C and the end of a process are no issues of a flavor."""

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    plugin = HPADiscovery(None, Settings())
    plugin.on_issue = interrupted
    with pytest.raises(KeyboardInterrupt):
        plugin.get_hpa_capabilities(None)
