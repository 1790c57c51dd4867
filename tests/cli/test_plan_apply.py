# SPDX-License-Identifier: Apache-2.0
"""hpa plan and hpa apply, on the database of a deployment and the double of A&AI."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from threading import Timer
from typing import Any
from urllib.parse import urlsplit

import pytest

from cli.running import Ran, hpa
from hpa_discovery.cli.deployment import Told
from hpa_discovery.service.forms.plans import AppliedReply
from hpa_discovery.store import audit, intents, regions
from hpa_discovery.store.opening import open_store
from peers.aai.running import Aai
from peers.certificates import Authority
from peers.test_oof_reading import COMPLEXES
from peers.test_oof_reading import PLACE as WHERE
from store.listed import listed, seen
from store.regional import claimed, ended

REGION = "/cloud-infrastructure/cloud-regions/cloud-region/acme/RegionOne"
NAME = "acme/RegionOne"
RANDOM = "0b3c4e60-6f0a-4d3c-9a55-3c1f6c1b7e10"


@pytest.fixture
def aai(one_aai: Aai) -> Aai:
    """With the region alone."""
    one_aai.control.begin([(REGION, {})])
    return one_aai


@pytest.fixture
def state(tmp_path: Path, aai: Aai) -> Path:
    """A deployment with one region, which was not listed yet."""
    (tmp_path / "cloud.yaml").write_text("username: hpa\npassword: x\n")
    (tmp_path / "password").write_text(aai.password)
    (tmp_path / "ca.pem").write_text(aai.ca)
    place = ("--auth-url", "https://keystone.example:5000", "--credential", tmp_path / "cloud.yaml")
    there = ("--aai-url", aai.url, "--aai-user", aai.user, "--aai-password", tmp_path / "password")
    state = tmp_path / "state"
    ran = hpa("region", "add", NAME, *place, *there, "--aai-ca", tmp_path / "ca.pem", "--state-dir", state)
    assert ran.code == 0, ran.err
    return state


def found(state: Path, *flavors: str) -> None:
    """A listing gives these flavors, each with one feature."""
    store = open_store(state, Told())
    with store.read("a region") as transaction:
        region = regions.get(transaction, "acme", "RegionOne")
    assert region is not None
    listed(store, region.id, *(seen(each, "numa") for each in flavors))
    store.close()


def run(verb: str, state: Path, aai: Aai, *given: str) -> Ran:
    """Run a verb that asks A&AI, which may be asked though it is on this machine."""
    egress = f"aai=127.0.0.0/8:{urlsplit(aai.url).port}"
    return hpa(verb, NAME, "--egress", egress, "--state-dir", state, *given)


def told(ran: Ran, code: int = 0) -> dict[str, Any]:
    """What a verb says with -o json."""
    assert ran.code == code, ran.err
    value: dict[str, Any] = json.loads(ran.out)
    return value


def flavors(aai: Aai) -> list[str]:
    """The flavors that A&AI has."""
    tree = aai.control.tree(f"{REGION}/flavors") or {"flavor": []}
    return sorted(each["flavor-id"] for each in tree["flavor"])


def test_a_plan_writes_nothing(state: Path, aai: Aai) -> None:
    """It says what an apply would do, and why; A&AI stays as it is."""
    found(state, "1", "2")
    table = run("plan", state, aai)
    assert (table.code, "2 to create" in table.err) == (0, True), table.err
    assert "with 1 capability" in " ".join(table.out.split())
    plan = told(run("plan", state, aai, "-o", "json"))
    assert (plan["counts"]["create"], plan["held"], len(plan["actions"])) == (2, "", 2)
    assert all(action["why"] for action in plan["actions"])
    assert (aai.control.writes(), flavors(aai)) == ([], [])


def test_a_plan_says_when_oof_skips_the_region(state: Path, aai: Aai) -> None:
    """Though the region is published, nothing would be placed into it; silent where OOF takes it."""
    found(state, "1")
    why = f"OOF skips {NAME}: it has no cloud-region-version; it is related to 0 complexes, and not to one"
    assert why in run("plan", state, aai).err
    assert told(run("plan", state, aai, "-o", "json"))["oof_skips"] == why
    link = [{"related-to": "complex", "related-link": f"{COMPLEXES}/here"}]
    whole = {"cloud-region-version": "1", "relationship-list": {"relationship": link}}
    aai.control.empty()
    aai.control.load([(f"{COMPLEXES}/here", WHERE), (REGION, whole)])
    assert "OOF" not in run("plan", state, aai).err
    assert told(run("plan", state, aai, "-o", "json"))["oof_skips"] == ""
    fault = aai.control.fail("status", method="GET", path="complexes", status=500)
    assert f"it is not known whether OOF skips {NAME}: " in run("plan", state, aai).err
    aai.control.heal(fault)
    assert run("apply", state, aai).code == 0
    aai.control.forget()
    assert run("apply", state, aai).code == 0
    assert aai.control.counts() == {"GET": 1}


def test_an_apply_makes_it_right(state: Path, aai: Aai) -> None:
    """Though the region's mode is plan; the second one has nothing to do, and both stand in the audit."""
    found(state, "1", "2")
    first = told(run("apply", state, aai, "-o", "json"))
    assert first.keys() == AppliedReply.model_fields.keys()  # as over HTTP
    assert (first["complete"], first["done"], flavors(aai)) == (True, 2, ["1", "2"])
    aai.control.forget()
    second = run("apply", state, aai)
    assert (second.code, "to keep" in second.out) == (0, True)
    assert aai.control.writes() == []
    assert told(run("plan", state, aai, "--all", "-o", "json"))["counts"]["keep"] == 2
    with open_store(state, Told()).read("audit") as transaction:
        acts = audit.page(transaction, wanted=audit.Wanted(action="region.apply"))
    assert [act.act.target for act in acts] == [NAME, NAME]


def test_an_apply_waits_for_a_step_under_way(state: Path, aai: Aai) -> None:
    """What a service does for the region at this moment is no reason to come again."""
    found(state, "1")
    with closing(open_store(state, Told())) as store:
        with store.read("a region") as transaction:
            region = regions.get(transaction, "acme", "RegionOne")
        assert region is not None
        claim = claimed(store, region.id, "publish")
        end = Timer(1.0, ended, (store, claim))
        end.start()
        assert told(run("apply", state, aai, "-o", "json"))["complete"]
        end.join()
    assert flavors(aai) == ["1"]


def test_a_held_plan_waits_for_leave(state: Path, aai: Aai) -> None:
    """Nothing of it is written before somebody allows as many deletes."""
    many = [str(number) for number in range(30)]
    found(state, *many)
    told(run("apply", state, aai, "-o", "json"))
    found(state, "1")
    found(state, "1")
    assert f"hpa apply {NAME} --allow-deletes 29" in run("plan", state, aai).err
    held = run("apply", state, aai, "-o", "json")
    assert "would delete 29 of 30" in told(held, 1)["held"]
    shown = hpa("region", "show", NAME, "--state-dir", state)
    assert "it would delete 29 of 30" in " ".join(shown.out.split())
    assert len(flavors(aai)) == 30
    assert told(run("apply", state, aai, "--allow-deletes", "29", "-o", "json"))["complete"]
    assert flavors(aai) == ["1"]


def test_a_region_is_unregistered(state: Path, aai: Aai) -> None:
    """All that is ours goes, what others wrote stays, and the region is off, so that nothing comes back."""
    found(state, "1")
    aai.control.load([(f"{REGION}/flavors/flavor/other", {"flavor-name": "other", "flavor-selflink": "x"})])
    told(run("apply", state, aai, "-o", "json"))
    gone = told(run("apply", state, aai, "--unregister", "-o", "json"))
    assert (gone["complete"], flavors(aai)) == (True, ["other"])
    region = told(hpa("region", "show", NAME, "--state-dir", state, "-o", "json"))
    assert region["enabled"] is False
    again = run("apply", state, aai)
    assert (again.code, "switched off" in again.err) == (1, True)
    assert told(run("apply", state, aai, "--unregister", "-o", "json"))["complete"]


def test_what_onap_wrote_is_adopted(state: Path, aai: Aai) -> None:
    """Capabilities with random ids of the same flavor and feature become ours, and are replaced."""
    found(state, "1")
    theirs = {"hpa-capability-id": RANDOM, "hpa-feature": "numa", "hpa-version": "v1", "architecture": "generic"}
    flavor = f"{REGION}/flavors/flavor/1"
    aai.control.load(
        [
            (flavor, {"flavor-name": "1", "flavor-selflink": "x"}),
            (f"{flavor}/hpa-capabilities/hpa-capability/{RANDOM}", theirs),
        ]
    )
    assert told(run("plan", state, aai, "-o", "json"))["counts"]["delete"] == 0
    adopting = told(run("plan", state, aai, "--adopt", "--all", "-o", "json"))
    assert adopting["counts"]["delete"] == 1, adopting
    assert told(run("apply", state, aai, "--adopt", "-o", "json"))["complete"]
    store = open_store(state, Told())
    with store.read("intents") as transaction:
        region = regions.get(transaction, "acme", "RegionOne")
        assert region is not None
        known = {each.intent.capability_id for each in intents.ours(transaction, region.id)}
    assert known  # without theirs, which A&AI deleted
    assert RANDOM not in known


def test_regions_of_onap_are_imported(state: Path, aai: Aai) -> None:
    """Each with its cloud's address and password; one that is there stays, and one without a cloud is left out."""
    other = REGION.replace("RegionOne", "Two")
    system = {
        "service-url": "https://keystone.example:5000/v3",
        "user-name": "onap",
        "password": "of-the-cloud",
        "system-type": "VIM",
        "cloud-domain": "Default",
        "default-tenant": "vnfs",
    }
    extra = '{"ovsDpdk":{"libname":"x","libversion":"1"}}'
    aai.control.load(
        [
            (other, {"cloud-type": "openstack", "cloud-region-version": "t", "cloud-extra-info": extra}),
            (f"{other}/esr-system-info-list/esr-system-info/1", system),
            (REGION.replace("RegionOne", "Three"), {}),
        ]
    )
    here = ("--aai-url", aai.url, "--aai-user", aai.user, "--aai-password", state.parent / "password")
    given = (*here, "--aai-ca", state.parent / "ca.pem", "--state-dir", state, "--egress", "aai=127.0.0.0/8:1-65535")
    dry = hpa("region", "import", *given, "--dry-run", "-o", "json")
    assert dry.code == 1, dry.err
    outcomes = {row["region"]: row["outcome"] for row in json.loads(dry.out)}
    assert outcomes == {"acme/RegionOne": "there", "acme/Three": "left out", "acme/Two": "new"}
    ran = hpa("region", "import", *given, "acme/Two")
    assert (ran.code, "added" in ran.out) == (0, True), ran.err
    assert "of-the-cloud" not in ran.out + ran.err
    region = told(hpa("region", "show", "acme/Two", "--state-dir", state, "-o", "json"))
    assert region["coordinates"] == {"auth_url": system["service-url"], "region_name": "Two"}
    assert (region["credentials"], region["aai"]["mode"]) == ({"cloud": True, "aai": True}, "plan")
    vim = region["context"]["vim"]
    assert (vim["cloud_extra_info"], vim["version"]) == (extra, "t")


def test_what_cannot_be_done(state: Path, aai: Aai) -> None:
    """A region that nobody knows or that was not listed, an A&AI that may not be asked, and options that do not fit."""
    for verb in ("plan", "apply"):
        ran = hpa(verb, "acme/None", "--state-dir", state)
        assert (ran.code, "there is no region acme/None" in ran.err) == (1, True)
    assert "not listed yet" in run("plan", state, aai).err
    found(state, "1")
    refused = hpa("plan", NAME, "--state-dir", state)
    assert (refused.code, "--egress aai=127.0.0.1" in refused.err) == (1, True)
    assert run("apply", state, aai, "--unregister", "--adopt").code == 2
    assert hpa("plan", NAME, "--egress", "lan=10.0.0.0/8", "--state-dir", state).code == 2


def test_an_aai_that_refuses(state: Path, aai: Aai) -> None:
    """A wrong password is told, with exit code 1, and nothing is ours that was not."""
    found(state, "1")
    (state.parent / "password").write_text("wrong")
    assert hpa("region", "set", NAME, "--aai-password", state.parent / "password", "--state-dir", state).code == 0
    plan = run("plan", state, aai)
    assert (plan.code, f"planning region {NAME}: GET" in plan.err, "--aai-password" in plan.err) == (1, True, True)
    ran = run("apply", state, aai)
    assert (ran.code, "hpa region set --aai-user and --aai-password" in " ".join(ran.out.split())) == (1, True), ran.out
    assert flavors(aai) == []


def test_an_aai_that_cannot_be_asked(state: Path, aai: Aai) -> None:
    """Another CA and plain HTTP at a port of TLS: the message says which option to look at."""
    found(state, "1")
    other = state.parent / "other.pem"
    other.write_text(Authority().pem)
    assert hpa("region", "set", NAME, "--aai-ca", other, "--state-dir", state).code == 0
    ran = run("plan", state, aai)
    assert (ran.code, "hpa region set --aai-ca names the file of its CA" in ran.err) == (1, True)
    ran = run("apply", state, aai)
    assert (ran.code, "--aai-ca names the file of its CA" in " ".join(ran.out.split())) == (1, True), ran.out
    plain = ("--aai-url", aai.url.replace("https", "http"), "--aai-password", state.parent / "password")
    assert hpa("region", "set", NAME, *plain, "--state-dir", state).code == 0
    ran = run("plan", state, aai)
    assert (ran.code, "begins with https" in ran.err) == (1, True), ran.err
    here = ("--aai-url", aai.url, "--aai-user", "x", "--aai-password", state.parent / "password", "--state-dir", state)
    ran = hpa("region", "import", *here, "--egress", "aai=127.0.0.0/8:1-65535")
    assert (ran.code, "importing regions: GET" in ran.err) == (1, True)
