# SPDX-License-Identifier: Apache-2.0
"""explain, lint, test, new, schema and completion: what they print and what they end with."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from cli.running import COMMAND, MINI, PACKS, flavor, hpa
from hpa_discovery.resources import bundled


def write(path: Path, text: str) -> Path:
    """The file, written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture
def mini(tmp_path: Path) -> Path:
    """A copy of the pack of these tests, to be spoilt."""
    return Path(shutil.copytree(PACKS / "acme.mini", tmp_path / "acme.mini"))


def test_explain_tells_a_rule_that_fired_and_one_that_did_not() -> None:
    """The verdict, the values with the path they were read at, and what would make it fire."""
    fired = hpa("explain", "-", *MINI, stdin=json.dumps(flavor(crypto_cards="2")))
    silent = hpa("explain", "-", *MINI, stdin=json.dumps(flavor()))

    assert (fired.code, silent.code) == (0, 0)
    assert "acme.mini/crypto (acme.mini 1.2.0, acmeCrypto): fired" in fired.out
    assert 'flavor.extra_specs."acme:crypto_cards"' in fired.out
    assert "acme.mini/crypto (acme.mini 1.2.0, acmeCrypto): silent" in silent.out


def test_explain_as_json_is_one_array() -> None:
    """One explanation a subject, for programs."""
    ran = hpa("explain", "-", *MINI, "-o", "json", stdin=json.dumps([flavor("a"), flavor("b", crypto_cards="2")]))

    assert [item["subject"]["name"] for item in json.loads(ran.out)] == ["a", "b"]
    assert [item["rules"][0]["verdict"] for item in json.loads(ran.out)] == ["silent", "fired"]


def test_explain_of_one_rule_and_of_an_unknown_one() -> None:
    """--rule leaves the others out; an unknown id is wrong usage that names the known ones."""
    both = ["--pack-path", str(PACKS), "--packs", "acme.mini,acme.extra"]

    ran = hpa("explain", "-", *both, "--rule", "acme.extra/fast", stdin=json.dumps(flavor()))
    wrong = hpa("explain", "-", *both, "--rule", "acme/x", stdin=json.dumps(flavor()))
    near = hpa("explain", "-", *both, "--rule", "acme.extra/fats", stdin=json.dumps(flavor()))

    assert "acme.mini/crypto" not in ran.out
    assert wrong.code == 2
    assert "known are acme." in wrong.err
    assert near.err.endswith("did you mean acme.extra/fast?\n")


def test_explain_goes_on_after_a_row_that_cannot_be_read() -> None:
    """The bad row is told on stderr and makes the exit code 1."""
    rows = f'{json.dumps({"subject": flavor("a")})}\n{{"subject": NaN}}\n{json.dumps({"subject": flavor("b")})}\n'

    ran = hpa("explain", "-", *MINI, stdin=rows)

    assert ran.code == 1
    assert ran.err == "error: standard input line 2 is not JSON: NaN is no JSON number\n"
    assert ran.out.count("acme.mini/crypto") == 2


def test_explain_shows_no_control_characters() -> None:
    """A value from a cloud cannot drive the terminal."""
    ran = hpa("explain", "-", *MINI, stdin=json.dumps(flavor("\x1b[2J", crypto_cards="2", crypto_model="\x1b[2J")))

    assert "\x1b" not in ran.out


def test_lint_of_good_packs_is_0_and_of_bad_ones_1(mini: Path) -> None:
    """Warnings alone are no error; every error has file, line, column and code."""
    good = hpa("lint", mini)
    write(mini / "crypto.yaml", (mini / "crypto.yaml").read_text().replace("from: cards", "from: card"))
    bad = hpa("lint", mini)

    assert good.code == 0
    assert good.err == "3 files in 1 pack: 1 warning\n"
    assert bad.code == 1
    assert "crypto.yaml:20:" in bad.out


@pytest.mark.parametrize("form", ["json", "github", "sarif"])
def test_lint_writes_what_programs_read(form: str, mini: Path) -> None:
    """Only the findings go to stdout, in the asked form."""
    write(mini / "crypto.yaml", "a: [")

    ran = hpa("lint", mini, "--format", form)

    assert (ran.code, ran.err) == (1, "")
    if form == "github":
        assert ran.out.startswith("::error file=")
    else:
        assert json.loads(ran.out)


def test_lint_explains_a_code() -> None:
    """--explain prints the code's page; an unknown code is wrong usage."""
    assert hpa("lint", "--explain", "yaml.alias").out.startswith("# ")
    assert hpa("lint", "--explain", "yaml.alia").code == 2


def test_lint_and_test_without_a_path_look_at_this_folder(mini: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The default is the working folder."""
    monkeypatch.chdir(mini)

    assert hpa("lint").err.startswith("3 files in 1 pack")
    assert hpa("test").out == "acme.mini: 2 of 2 cases passed\n"


@pytest.mark.parametrize("verb", ["lint", "test"])
def test_a_path_without_packs_is_wrong_usage(verb: str, tmp_path: Path) -> None:
    """Nothing to look at is not the same as nothing amiss."""
    ran = hpa(verb, tmp_path)

    assert ran.code == 2
    assert str(tmp_path) in ran.err


def test_test_reports_cases_coverage_and_mutants() -> None:
    """One line of figures a pack; complete ones are fine."""
    ran = hpa("test", PACKS / "acme.extra", "--coverage", "--mutate")

    assert (ran.code, ran.out) == (0, "acme.extra: 2 of 2 cases passed, coverage 3 of 3, 0 mutants of 3 survived\n")


def test_a_surviving_mutant_is_1_and_says_which_case_is_missing() -> None:
    """The pack of these tests leaves the limits of a number untried."""
    ran = hpa("test", PACKS / "acme.mini", "--mutate")

    assert ran.code == 1
    assert "the maximum of cards moved from 8 to 9 and every case still passes" in ran.out


def test_a_failing_case_is_1_with_what_differs(mini: Path) -> None:
    """Expected and actual, at the line of the case."""
    tests = mini / "crypto.test.yaml"
    write(tests, tests.read_text().replace("cryptoCards: {value: '2'}", "cryptoCards: {value: '3'}"))

    ran = hpa("test", mini)

    assert ran.code == 1
    assert "crypto.test.yaml:2:3: acme.mini/crypto: two cards" in ran.out
    assert ran.out.endswith("acme.mini: 1 of 2 cases passed\n")


@pytest.mark.parametrize("file", ["crypto.yaml", "crypto.test.yaml"])
def test_one_rule_is_tested_by_its_file_or_that_of_its_tests(file: str, mini: Path) -> None:
    """The other rules of the pack are left out."""
    for name in ("fast.yaml", "fast.test.yaml"):
        text = (PACKS / "acme.extra" / name).read_text()
        write(mini / name, text.replace("acme.extra", "acme.mini").replace("acmeFast", "acmeCrypto"))

    assert hpa("test", mini).out == "acme.mini: 4 of 4 cases passed\n"
    assert hpa("test", mini / file).out == "acme.mini: 2 of 2 cases passed\n"
    assert hpa("test", mini / "pack.yaml").out == "acme.mini: 4 of 4 cases passed\n"


def test_a_file_of_no_pack_or_of_no_rule_is_wrong_usage(mini: Path) -> None:
    """What cannot be tested is said, with what could."""
    stray = write(mini.parent / "stray.yaml", "a: 1\n")

    assert "belongs to no pack" in hpa("test", stray).err
    notes = write(mini / "notes.txt", "")
    ran = hpa("test", notes)
    assert ran.code == 2
    assert "its rules are acme.mini/crypto" in ran.err


def test_test_of_a_broken_pack_tells_its_findings(mini: Path) -> None:
    """A pack with errors cannot be tested: findings, exit code 1."""
    write(mini / "crypto.yaml", "a: [")

    ran = hpa("test", PACKS / "acme.extra", mini)

    assert (ran.code, ran.out) == (1, "")
    assert "crypto.yaml:" in ran.err


def test_test_as_json_holds_cases_coverage_and_survivors() -> None:
    """One object a pack."""
    ran = hpa("test", PACKS, "--coverage", "--mutate", "-o", "json")

    extra, mini = json.loads(ran.out)
    assert [extra["pack"], extra["passed"], mini["pack"], mini["passed"]] == ["acme.extra", True, "acme.mini", False]
    assert [case["name"] for case in mini["cases"]] == ["two cards", "no cards"]
    assert mini["coverage"] == {"points": 4, "shown": 4, "gaps": []}
    assert {survivor["rule"] for survivor in mini["mutation"]["survivors"]} == {"acme.mini/crypto"}


def test_new_writes_a_pack_that_passes_and_overwrites_nothing(tmp_path: Path) -> None:
    """Every file that was written is named; a second time nothing is."""
    ran = hpa("new", "pack", "acme.nic", "--dir", tmp_path)
    rule = hpa("new", "rule", "acme.nic/dpu", "--dir", tmp_path)

    assert (ran.code, rule.code) == (0, 0)
    written = [line.removeprefix("wrote ") for line in (ran.out + rule.out).splitlines()]
    assert sorted(written) == sorted(str(path) for path in tmp_path.rglob("*") if path.is_file())
    assert hpa("lint", tmp_path).code == 0
    assert hpa("test", tmp_path, "--coverage", "--mutate").code == 0
    again = hpa("new", "pack", "acme.nic", "--dir", tmp_path)
    assert again.code == 1
    assert "nothing was written" in again.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["pack", "Acme"],
        ["pack", "../up"],
        ["rule", "acme.nic"],
        ["rule", "acme.none/x"],
        ["pack", "a", "--source", "x"],
    ],
)
def test_names_that_cannot_be_are_wrong_usage(arguments: list[str], tmp_path: Path) -> None:
    """Nothing is written for a name that could not be used."""
    ran = hpa("new", *arguments, "--dir", tmp_path)

    assert ran.code == 2, ran.err
    assert list(tmp_path.iterdir()) == []


def test_every_schema_is_listed_and_printed() -> None:
    """The list names each schema; each prints as a valid JSON Schema, byte for byte the bundled one."""
    listed = [line.split()[0] for line in hpa("schema").out.splitlines()]

    assert {"rule", "rule-test", "pack", "overlay", "hpa-capability", "inputs/openstack.flavor"} <= set(listed)
    for name in listed:
        printed = hpa("schema", name).out
        assert printed == (bundled("schemas") / f"{name}.json").read_text("utf-8")
        Draft202012Validator.check_schema(json.loads(printed))


def test_an_unknown_schema_is_wrong_usage() -> None:
    """The message names those there are; a path is no name."""
    for name in ("rules", "../setup", "inputs"):
        ran = hpa("schema", name)
        assert (ran.code, ran.out) == (2, "")
        assert "rule-test" in ran.err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_completion_script(shell: str) -> None:
    """The script asks hpa itself what could come next."""
    ran = hpa("completion", shell)

    assert ran.code == 0
    assert f"{shell}_complete" in ran.out
    assert "hpa" in ran.out


@pytest.mark.parametrize(
    ("words", "expected"),
    [("hpa disc", "discover"), ("hpa discover --pack", "--pack-path"), ("hpa lint --format s", "sarif")],
)
def test_completion_knows_verbs_options_and_choices(words: str, expected: str) -> None:
    """What bash would be told for a line that ends there."""
    line = words.split()
    asked = {"COMP_WORDS": words, "COMP_CWORD": str(len(line) - 1), "_HPA_COMPLETE": "bash_complete"}

    ran = subprocess.run(COMMAND, env={**os.environ, **asked}, capture_output=True, text=True, timeout=60, check=False)

    assert f"plain,{expected}" in ran.stdout.splitlines()
