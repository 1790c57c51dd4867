# SPDX-License-Identifier: Apache-2.0
"""From names to one capability: values, units, groups, and what is withheld."""

from __future__ import annotations

from typing import Any

import pytest

from discovery.small_packs import ask, codes, emit, lets, texts, unknowns

FLAVOR: dict[str, Any] = {"extra_specs": {}, "text": "t", "empty": "", "two": 2, "list": ["a", 1, 1.5, True, 2.0]}

VALUES: list[tuple[Any, str]] = [
    ("t", '{"value":"t"}'),
    ('ä"\n', '{"value":"ä\\"\\n"}'),
    (2, '{"value":"2"}'),
    (2.0, '{"value":"2"}'),
    (-0.0, '{"value":"0"}'),
    (2.5, '{"value":"2.5"}'),
    (1e-7, '{"value":"0.0000001"}'),
    (1e22, '{"value":"10000000000000000000000"}'),
    (True, '{"value":"true"}'),
    (False, '{"value":"false"}'),
    ({"value": "2", "unit": "MB"}, '{"value":"2","unit":"MB"}'),
    (["a", 1, 1.5, True, 2.0], '{"value":["a","1","1.5","true","2"]}'),
    ([""], '{"value":[""]}'),
]


@pytest.mark.parametrize(("value", "text"), VALUES)
def test_values(value: Any, text: str) -> None:
    """`from` writes texts as they are, numbers in decimal, truth values in words, sizes with their unit, and lists."""
    each = {"as": "item", "in": "[flavor.x]", "max": 1}
    spec = {"each": each, "emit": emit({"key": "k", "from": "item"}, discriminator="d")}
    assert texts(ask(spec, flavor={"extra_specs": {}, "x": value})) == {"k": text}


UNWRITABLE = [{}, {"a": 1}, [["a"]], [None], [{}], {"value": 5, "unit": None}, {"value": ["5"], "unit": []}]


@pytest.mark.parametrize("value", UNWRITABLE)
def test_values_that_cannot_be_written(value: Any) -> None:
    """An object that is no size, and lists of lists, objects or nulls are `emit.value`."""
    each = {"as": "item", "in": "[flavor.x]", "max": 1}
    spec = {"each": each, "emit": emit({"key": "k", "from": "item"}, discriminator="d")}
    outcome = ask(spec, flavor={"extra_specs": {}, "x": value})
    assert (outcome.capabilities, codes(outcome)) == ((), ["emit.value"])
    assert unknowns(outcome) == [("numa", "d", "emit.value")]


# attributes of a rule with the lets: the texts, or the code of the fault
WRITTEN: list[tuple[list[dict[str, Any]], dict[str, str] | str]] = [
    ([{"key": "k", "from": "t"}], {"k": '{"value":"t"}'}),
    ([{"key": "k-{{ n }}", "value": "{{ t }}/{{ n }}"}], {"k-2": '{"value":"t/2"}'}),
    ([{"key": "k", "value": "fixed"}], {"k": '{"value":"fixed"}'}),
    ([{"key": "k", "from": "nothing"}], "emit.missing"),
    ([{"key": "k", "from": "e"}], "emit.missing"),
    ([{"key": "k", "value": "{{ nothing }}"}], "emit.missing"),
    ([{"key": "k", "value": "{{ e }}"}], "emit.missing"),
    ([{"key": "k", "from": "nothing", "optional": True}], "emit.missing"),
    ([{"key": "k", "from": "nothing", "optional": True}, {"key": "l", "from": "t"}], {"l": '{"value":"t"}'}),
    ([{"key": "k", "from": "nothing"}, {"key": "l", "from": "t"}], "emit.missing"),
    ([{"key": "{{ nothing }}", "from": "t"}], "emit.missing"),
    ([{"key": "{{ e }}", "from": "t"}], "emit.missing"),
    ([{"key": "{{ nothing }}", "from": "t", "optional": True}], "emit.missing"),
    ([{"key": "k", "from": "n", "unit": "MB"}], {"k": '{"value":"2","unit":"MB"}'}),
    ([{"key": "k", "from": "n", "unit": "{{ u }}"}], {"k": '{"value":"2","unit":"GB"}'}),
    ([{"key": "k", "from": "n", "unit": "TB"}], "emit.unit"),
    ([{"key": "k", "from": "n", "unit": "{{ nothing }}"}], "emit.missing"),
    ([{"key": "k", "from": "t", "unit": "MB"}], "emit.value"),
    ([{"key": "k", "from": "l", "unit": "MB"}], "emit.value"),
    ([{"key": "k", "from": "s"}], {"k": '{"value":"2","unit":"MB"}'}),
    ([{"key": "k", "from": "t"}, {"key": "k", "from": "n"}], "emit.duplicate_key"),
    ([{"key": "k", "from": "t"}, {"key": "{{ k }}", "from": "t"}], "emit.duplicate_key"),
    ([{"key": "k", "value": "{{ o }}"}], "emit.value"),
]


@pytest.mark.parametrize(("attributes", "expected"), WRITTEN)
def test_attributes(attributes: list[dict[str, Any]], expected: dict[str, str] | str) -> None:
    """An attribute that is not optional and has no value withholds the capability, and so does a bad unit or key."""
    known = lets(
        t="flavor.text",
        e="flavor.empty",
        n=("flavor.two", "integer"),
        nothing="flavor.none",
        u="'GB'",
        k="'k'",
        l=("flavor.list", "list"),
        s=("to_size('2', 'MB')", "size"),
        o=("flavor.extra_specs", "object"),
    )
    outcome = ask({"let": known, "emit": emit(*attributes)}, flavor=FLAVOR)
    if isinstance(expected, str):
        assert (outcome.capabilities, codes(outcome)) == ((), [expected])
        assert unknowns(outcome) == [("numa", "*", expected)]
    else:
        assert texts(outcome) == expected
        assert (outcome.diagnostics, outcome.unknown) == ((), ())


# members of emit: what is said of the fault
MESSAGES: list[tuple[dict[str, Any], str]] = [
    ({"attributes": [{"key": "k", "from": "gone"}]}, "the attribute k has no value: gone (flavor.none) is absent"),
    (
        {"attributes": [{"key": "k-{{ t }}", "value": "{{ gone }}"}]},
        "the attribute k-t has no value: gone (flavor.none) is absent",
    ),
    (
        {"attributes": [{"key": "k-{{ gone }}", "value": "{{ gone }}/{{ flavor.a }}/{{ t }}"}]},
        "the attribute k-absent has no value: flavor.a and gone (flavor.none) are absent",
    ),
    ({"attributes": [{"key": "k-{{ t }}", "from": "e"}]}, "the attribute k-t has no value: its text is empty"),
    (
        {"attributes": [{"key": "k-{{ gone }}", "from": "t"}]},
        "the attribute key k-absent has no value: gone (flavor.none) is absent",
    ),
    (
        {"attributes": [{"key": "k-{{ t }}", "from": "n", "unit": "{{ many }}"}]},
        "the unit of k-t has no value: many is absent",
    ),
    (
        {"discriminator": "d-{{ gone }}"},
        "the discriminator has no value: gone (flavor.none) is absent",
    ),
    (
        {"attributes": [{"key": "k-{{ secret }}", "from": "gone"}]},
        "the attribute k-*** has no value: gone (flavor.none) is absent",
    ),
    (
        {"attributes": [{"key": "{{ long }}", "from": "gone"}]},
        f"the attribute {'x' * 77}... has no value: gone (flavor.none) is absent",
    ),
    (
        {"attributes": [{"key": "{{ o }}", "from": "gone"}]},
        "the attribute {{ o }} has no value: gone (flavor.none) is absent",
    ),
    ({"attributes": [{"key": "k-{{ t }}", "value": "{{ o }}"}]}, "k-t: an object cannot be written into text"),
    ({"attributes": [{"key": "{{ secret }}", "from": "t", "unit": "{{ o }}"}]}, "unit of ***: an object cannot be"),
    ({"attributes": [{"key": "{{ secret }}", "from": "n", "unit": "TB"}]}, "the attribute *** has the unit ***"),
    ({"attributes": [{"key": "k-{{ t }}", "from": "n", "unit": "TB"}]}, "the attribute k-t has the unit 'TB'"),
]


@pytest.mark.parametrize(("members", "message"), MESSAGES)
def test_messages_name_what_an_operator_knows(members: dict[str, Any], message: str) -> None:
    """The key as it would be written, the absent name and the member it is read from; never what is sensitive."""
    known = lets(
        t="flavor.text",
        e="flavor.empty",
        n=("flavor.two", "integer"),
        gone="flavor.none",
        many="flavor.a || flavor.b || flavor.c",
        long="flavor.long",
        o=("flavor.extra_specs", "object"),
        secret={"path": "flavor.secret", "type": "string", "sensitive": True},
        x="flavor.text",
    )
    flavor = {**FLAVOR, "secret": "hunter2", "long": "x" * 1000}
    outcome = ask({"let": known, "emit": emit(**members)}, flavor=flavor)
    (diagnostic,) = outcome.diagnostics
    assert diagnostic.message.startswith(message)
    assert "hunter2" not in str(outcome)


MEMBERS = [("version", "emit.missing"), ("architecture", "emit.missing"), ("discriminator", "emit.missing")]


@pytest.mark.parametrize(("member", "code"), MEMBERS)
@pytest.mark.parametrize("template", ["{{ nothing }}", "{{ e }}"])
def test_members_need_a_value(member: str, code: str, template: str) -> None:
    """Version, architecture and discriminator are never empty."""
    known = lets(nothing="flavor.none", e="flavor.empty", x="'x'")
    outcome = ask({"let": known, "emit": emit(**{member: template})}, flavor=FLAVOR)
    assert (outcome.capabilities, codes(outcome)) == ((), [code])


def group(**members: Any) -> dict[str, Any]:
    """A group over the numbers 0 to 2 that writes each."""
    each = {"as": "i", "in": "range(`3`)", "max": 3}
    return {"each": each, "attributes": [{"key": "k-{{ i }}", "from": "i"}], **members}


def test_groups() -> None:
    """A group writes its attributes for each item, in order, between what stands before and after it."""
    spec = {"let": lets(x="'x'"), "emit": emit({"key": "first", "from": "x"}, group(), {"key": "last", "from": "x"})}
    assert list(texts(ask(spec))) == ["first", "k-0", "k-1", "k-2", "last"]


def test_groups_with_lets_and_when() -> None:
    """Lets of a group see its item and the lets of the rule; `when` leaves items out."""
    members = group(
        let=lets(double=("sum([i, i, add])", "integer")),
        when={"var": "double", "gt": 1},
        attributes=[{"key": "k-{{ i }}", "from": "double"}],
    )
    spec = {"let": lets(add=("`1`", "integer")), "emit": emit(members)}
    assert texts(ask(spec)) == {"k-1": '{"value":"3"}', "k-2": '{"value":"5"}'}


def test_names_of_a_group_end_with_it() -> None:
    """What a group names is unknown behind it, also to `$name`, and another group may use the name again."""
    used = group(let=lets(y="'y'"))
    after = {"key": "after", "value": "{% if y is defined %}seen{% endif %}none"}
    again = group(attributes=[{"key": "m-{{ i }}", "from": "i"}])
    spec = {"let": lets(x="'x'"), "emit": emit(used, after, again)}
    assert texts(ask(spec)) == {
        **{f"k-{i}": f'{{"value":"{i}"}}' for i in range(3)},
        "after": '{"value":"none"}',
        **{f"m-{i}": f'{{"value":"{i}"}}' for i in range(3)},
    }


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"let": lets(y=("'text'", "integer"))}, "let.type"),
    ({"each": {"as": "i", "in": "range(`3`)", "max": 2}}, "limit.each"),
    ({"each": {"as": "i", "in": "'text'", "max": 2}}, "each.type"),
    ({"each": {"as": "i", "in": "to_int('text')", "max": 2}}, "each.type"),
    ({"attributes": [{"key": "k", "from": "i"}]}, "emit.duplicate_key"),
    ({"attributes": [{"key": "k-{{ i }}", "from": "nothing"}]}, "emit.missing"),
]


@pytest.mark.parametrize(("members", "code"), FAULTS)
def test_a_fault_in_a_group_withholds_the_capability(members: dict[str, Any], code: str) -> None:
    """Half a capability is never written; what is unknown is the whole instance."""
    spec = {"let": lets(x="'x'"), "emit": emit({"key": "a", "from": "x"}, group(**members), discriminator="{{ x }}")}
    outcome = ask(spec)
    assert (outcome.capabilities, codes(outcome)) == ((), [code])
    assert unknowns(outcome) == [("numa", "x", code)]


@pytest.mark.parametrize("each", ["flavor.none", "flavor.empty_list"])
def test_a_group_without_items(each: str) -> None:
    """Absent and empty lists write nothing; a capability without any attribute is withheld."""
    empty = group(each={"as": "i", "in": each, "max": 3})
    flavor = {**FLAVOR, "empty_list": []}
    assert list(texts(ask({"let": lets(x="'x'"), "emit": emit(empty, {"key": "k", "from": "x"})}, flavor=flavor))) == [
        "k"
    ]
    assert codes(ask({"emit": emit(empty)}, flavor=flavor)) == ["emit.missing"]


@pytest.mark.parametrize(("count", "code"), [(256, "limit.capability"), (257, "limit.attributes")])
def test_the_most_attributes(count: int, code: str) -> None:
    """More than 256 attributes are not even made; so many would be too large anyway."""
    members = group(each={"as": "i", "in": f"range(`{count}`)", "max": 300})
    outcome = ask({"emit": emit(members)})
    assert (outcome.capabilities, codes(outcome)) == ((), [code])


WORDS: list[tuple[str, dict[str, str], str]] = [
    ("the longest words", {"version": "v" * 100, "architecture": "a" * 100}, ""),
    ("a long version", {"version": "v" * 101}, "limit.word"),
    ("a long architecture", {"architecture": "{{ x }}{{ x }}"}, "limit.word"),
    ("a long feature", {"feature": "f" * 101}, "limit.word"),
    ("a long discriminator", {"discriminator": "{{ x }}" * 100}, "limit.capability"),
    ("half a line", {"architecture": "a\nb"}, "emit.value"),
    ("a NUL", {"discriminator": "a\0b"}, "emit.value"),
    ("every instance", {"discriminator": "*"}, "emit.value"),
]


@pytest.mark.parametrize(("members", "code"), [case[1:] for case in WORDS], ids=[case[0] for case in WORDS])
def test_the_words_of_a_capability(members: dict[str, str], code: str) -> None:
    """What no store keeps and nobody reads is not written; the instance is unknown."""
    outcome = ask({"let": lets(x="flavor.x"), "emit": emit(**members)}, flavor={"extra_specs": {}, "x": "x" * 90})
    assert codes(outcome) == ([code] if code else [])
    assert len(outcome.capabilities) + len(outcome.unknown) == 1


SIZES = [(100, "a", []), (1300, "a", ["result.large"]), (700, "ä", ["result.large"]), (8500, "a", ["limit.capability"])]


@pytest.mark.parametrize(("length", "letter", "expected"), SIZES)
def test_sizes(length: int, letter: str, expected: list[str]) -> None:
    """Sizes are counted in bytes: a warning over ONAP's figure, nothing written over 8 KiB."""
    outcome = ask({"let": lets(x="flavor.x")}, flavor={"extra_specs": {}, "x": letter * length})
    assert codes(outcome) == expected
    assert bool(outcome.capabilities) is (expected != ["limit.capability"])
