# SPDX-License-Identifier: Apache-2.0
"""`hpa discover`: rows in, rows out, and what the exit code says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from cli.running import MINI, PACKS, Ran, flavor, hpa
from hpa_discovery.packs.schemas import load_schema

CARDS = flavor("two", crypto_cards="2")
BARE = flavor("bare")
TOO_MANY = flavor("many", crypto_cards="99")
JSONL = ["-o", "jsonl"]


def discover(text: Any, *options: str | Path) -> Ran:
    """Discover what stands on standard input, with the pack of these tests; rows as JSON Lines."""
    stdin = text if isinstance(text, bytes | str) else json.dumps(text)
    return hpa("discover", "-", *MINI, *JSONL, *options, stdin=stdin)


def test_a_row_holds_the_subject_its_capabilities_and_what_is_unknown() -> None:
    """The answer to one flavor is one row of the documented form."""
    ran = discover(CARDS, "--owner", "me", "--region", "here")

    assert ran.code == 0
    [row] = ran.rows
    assert list(row) == ["subject", "capabilities", "unknown", "diagnostics"]
    assert row["subject"] == {"id": "id-two", "name": "two"}
    assert (row["unknown"], row["diagnostics"]) == ([], [])
    [capability] = row["capabilities"]
    Draft202012Validator(load_schema("hpa-capability")).validate(capability)
    assert capability["hpa-feature-attributes"] == [
        {"hpa-attribute-key": "cryptoCards", "hpa-attribute-value": '{"value":"2"}'},
        {"hpa-attribute-key": "cryptoModel", "hpa-attribute-value": '{"value":"any"}'},
    ]


def test_rows_come_out_in_the_order_in_which_they_went_in() -> None:
    """Several files, and several subjects in one, are answered in order."""
    ran = discover([BARE, CARDS, TOO_MANY])

    assert [row["subject"]["name"] for row in ran.rows] == ["bare", "two", "many"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ([CARDS, BARE], 0),
        ([], 0),
        ("", 0),
        ([{"id": "x", "name": "x"}], 0),
        ([CARDS, TOO_MANY], 1),
        ([CARDS, 7], 1),
        ("nothing that JSON knows", 1),
        (b"\xff\xfe", 1),
    ],
)
def test_the_exit_code_is_1_when_a_row_has_an_error(text: Any, code: int) -> None:
    """Unreadable extra specs are a warning; what cannot be answered because of an error is 1."""
    assert discover(text).code == code


@pytest.mark.parametrize(
    ("subject", "code"),
    [
        ('"text"', "subject.type"),
        ("null", "subject.type"),
        ('{"a": NaN}', "input.json"),
        ('{"a": "\\ud800"}', "subject.text"),
        ('{"a": ' + "[" * 100 + "]" * 100 + "}", "limit.subject_depth"),
        ('{"a": ' + "[" * 50_000 + "]" * 50_000 + "}", "input.json"),
        ('{"a": "' + "x" * 1_100_000 + '"}', "limit.subject"),
        ('{"a": "' + "x" * 3_000_000 + '"}', "limit.line"),
        ("{", "input.json"),
    ],
)
def test_a_bad_subject_is_a_diagnostic_of_its_row_and_the_next_row_goes_on(subject: str, code: str) -> None:
    """Between two good rows a bad one costs only itself: its features are unknown, not absent."""
    good = json.dumps({"subject": CARDS})

    ran = discover(f'{good}\n{{"subject": {subject}}}\n{good}\n')

    first, bad, last = ran.rows
    assert ran.code == 1
    assert first == last
    assert len(first["capabilities"]) == 1
    assert bad["capabilities"] == []
    assert [item["code"] for item in bad["diagnostics"]] == [code]
    assert [(item["feature"], item["discriminator"]) for item in bad["unknown"]] == [("acmeCrypto", "*")]


def _id_of(ran: Ran) -> str:
    return str(ran.rows[0]["capabilities"][0]["hpa-capability-id"])


def test_owner_and_region_come_from_the_options_or_else_from_the_context(tmp_path: Path) -> None:
    """An id depends on the cloud; the options go before the context, and a row's context before the file's."""
    context = tmp_path / "context.yaml"
    context.write_text("vim: {cloud_owner: me, cloud_region_id: here}\n")
    row = {"subject": CARDS, "context": {"vim": {"cloud_owner": "me", "cloud_region_id": "here"}}}

    told = _id_of(discover(CARDS, "--owner", "me", "--region", "here"))

    assert _id_of(discover(CARDS, "--context", context)) == told
    assert _id_of(discover(row)) == told
    assert _id_of(discover({"subject": CARDS, "context": {"vim": {}}}, "--context", context)) != told
    assert _id_of(discover(row, "--owner", "you")) != told
    assert _id_of(discover(CARDS)) != told


@pytest.mark.parametrize("context", ["0", '""', "[]", "false", '"text"', "[1]"])
def test_a_context_of_a_row_that_is_no_object_is_that_rows_diagnostic(context: str, tmp_path: Path) -> None:
    """Whatever is no object is refused, also where --context would have something to say."""
    file = tmp_path / "context.json"
    file.write_text('{"vim": {}}')

    ran = discover(f'{{"subject": {json.dumps(CARDS)}, "context": {context}}}\n', "--context", file)

    assert [item["code"] for item in ran.rows[0]["diagnostics"]] == ["context.type"]
    assert ran.code == 1


def test_an_owner_that_is_no_text_is_no_fault_of_ours() -> None:
    """Bytes of the command line that are not UTF-8 are replaced in the id."""
    assert discover(CARDS, "--owner", "\udcff").code == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[1]", "an object is needed"),
        ("{", "not JSON"),
        ("a: 1\na: 2\n", "yaml.duplicate_key"),
        ("a: &x 1\n", "yaml.alias"),
        ("", "yaml.document"),
        ("x" * 1_100_000, "larger than"),
    ],
)
def test_a_context_that_cannot_be_used_is_refused(content: str, words: str, tmp_path: Path) -> None:
    """The message names the file and what is wrong with it; nothing is discovered."""
    context = tmp_path / "context"
    context.write_text(content)

    ran = discover(CARDS, "--context", context)

    assert (ran.code, ran.out) == (1, "")
    assert str(context) in ran.err
    assert words in ran.err


def test_json_output_is_one_array() -> None:
    """-o json gives what jsonl gives, as one document."""
    ran = hpa("discover", "-", *MINI, "-o", "json", stdin=json.dumps([CARDS, BARE]))

    assert json.loads(ran.out) == discover([CARDS, BARE]).rows
    assert json.loads(hpa("discover", "-", *MINI, "-o", "json", stdin="[]").out) == []


def test_output_is_utf_8_and_names_are_written_as_they_are() -> None:
    """A name in any script comes out unescaped."""
    assert '"name":"größe-大"' in discover(flavor("größe-大")).out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["discover"], "say what to read"),
        (["discover", "-", "--cloud", "x"], "one of them"),
        (["discover", "no-such-file"], "does not exist"),
        (["discover", "/"], "is a directory"),
        (["discover", "-", "--packs", "acme.nothing"], "known are onap.openstack"),
        (["discover", "-", "--source", "nova"], "known are"),
        (["discover", "-", "-o", "xml"], "'table', 'json', 'jsonl'"),
        (["discover", "-", "--pack-path", "/nowhere"], "does not exist"),
        (["discover", "--cloud", "x", "--source", "kubernetes.node"], "--cloud reads openstack.flavor"),
        (["discover", "-", "--name-prefix", "onap."], "of --cloud"),
        (["discover", "-", "--source", "kubernetes.node"], "no pack reads kubernetes.node"),
        (["explain", "-", "--source", "redfish.system"], "there are onap.openstack (openstack.flavor)"),
        (["discover", "-", "--no-such-option"], "--no-such-option"),
        (["explain"], "FILE"),
        (["nonsense"], "nonsense"),
    ],
)
def test_wrong_usage_is_exit_code_2_and_says_what_is_allowed(arguments: list[str], words: str) -> None:
    """The message holds the bad value and what would be right; nothing goes to stdout."""
    ran = hpa(*arguments, stdin="[]")

    assert ran.code == 2, ran.err
    assert ran.out == ""
    assert words in ran.err


def test_a_folder_without_packs_is_wrong_usage(tmp_path: Path) -> None:
    """--pack-path must lead to something."""
    ran = hpa("discover", "-", "--pack-path", tmp_path, stdin="[]")

    assert ran.code == 2
    assert f"nothing to use in {tmp_path}" in ran.err


def test_packs_of_a_path_are_used_beside_the_bundled_ones() -> None:
    """Without --packs, a given folder adds to what is active by default, optional packs of its own included."""
    ran = hpa("discover", "-", "--pack-path", PACKS, *JSONL, stdin=json.dumps(flavor(crypto_cards="1", fast="u")))

    features = [capability["hpa-feature"] for capability in ran.rows[0]["capabilities"]]
    assert features == ["acmeFast", "acmeCrypto", *features[2:]]
    assert "basicCapabilities" in {item["feature"] for item in ran.rows[0]["unknown"]} | set(features)


def test_named_packs_are_exactly_those_in_use() -> None:
    """With --packs, neither the other bundled packs nor the others of the folder answer."""
    ran = discover(flavor(crypto_cards="1", fast="u"))

    assert [capability["hpa-feature"] for capability in ran.rows[0]["capabilities"]] == ["acmeCrypto"]


def test_a_pack_with_errors_is_refused_with_all_its_findings(tmp_path: Path) -> None:
    """Nothing is discovered by half a pack: findings on stderr, exit code 1."""
    pack = tmp_path / "bad"
    pack.mkdir()
    for file in (PACKS / "acme.mini").iterdir():
        text = file.read_text().replace("title:", "titel:").replace("sandbox", "sandboxed")
        (pack / file.name).write_text(text)

    ran = hpa("discover", "-", "--pack-path", pack, "--packs", "acme.mini", *JSONL, stdin=json.dumps(CARDS))

    assert (ran.code, ran.out) == (1, "")
    assert "titel" in ran.err
    assert "sandboxed" in ran.err
    assert "crypto.yaml:7:" in ran.err


def test_overlays_beside_the_packs_are_in_force(tmp_path: Path) -> None:
    """An overlay in a folder of --pack-path disables a rule."""
    (tmp_path / "site.overlay.yaml").write_text(
        "apiVersion: hpa-discovery/v1\nkind: Overlay\nmetadata: {id: site}\n"
        "target: {pack: acme.mini, version: '>=1.0.0'}\n"
        "disable: [{rule: acme.mini/crypto, reason: not here}]\n"
    )

    ran = discover(CARDS, "--pack-path", tmp_path)

    assert ran.rows[0]["capabilities"] == [], ran.err
    assert ran.code == 0
