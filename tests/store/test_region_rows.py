# SPDX-License-Identifier: Apache-2.0
"""Regions: kept as they were given, changed by whoever saw them last, and their secrets stay with their hosts."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from hpa_discovery.errors import StoreError
from hpa_discovery.store import flavor_objects, intents, operations, region_secrets, regions, schedule
from hpa_discovery.store.intents import Intent
from hpa_discovery.store.region import AaiSettings, Region
from store.filling import keys
from store.regional import added, claimed, ended

if TYPE_CHECKING:
    from hpa_discovery.store.database import Store

KEYSTONE = {"auth_url": "https://keystone.example:5000/v3", "region_name": "One"}
AAI = AaiSettings(url="https://aai.example:8443", user="AAI", mode="apply", on_failure="withdraw")


def cloud(**settings: Any) -> Region:
    """A region with everything set."""
    whole = Region(
        "acme",
        "RegionOne",
        "openstack.flavor",
        KEYSTONE,
        "one-",
        {"alias": [{"name": "a\0\ud800"}]},
        AAI,
        timedelta(minutes=5),
    )
    return replace(whole, **settings)


def kept(store: Store, region: Region, **credentials: str | None) -> Region:
    """The region as it is kept after `add`."""
    with store.write("adding") as transaction:
        return regions.add(transaction, keys(), region, credentials)  # type: ignore[arg-type]  # a case's targets


def changed(store: Store, region: Region, **credentials: str | None) -> Region:
    """The region as it is kept after `change`."""
    with store.write("changing") as transaction:
        return regions.change(transaction, keys(), region, credentials)  # type: ignore[arg-type]  # a case's targets


def secret(store: Store, region: Region, target: Any) -> str | None:
    """What is kept for a target."""
    with store.read("reading") as transaction:
        return region_secrets.read(transaction, keys(), region, target)


def names(found: tuple[Region, ...]) -> list[str]:
    """The names of regions."""
    return [region.name for region in found]


def test_a_region_comes_back_as_it_was_given(store: Store) -> None:
    """Every setting, with a number, revision 1 and times; no credential is in it."""
    draft = cloud()
    region = kept(store, draft, cloud='{"password": "horse"}', aai="battery")
    with store.read("reading") as transaction:
        assert regions.get(transaction, "acme", "RegionOne") == region
        assert regions.find(transaction, region.id) == region
        assert regions.count(transaction) == 1
        assert region_secrets.kept(transaction, region) == {"cloud", "aai"}
    assert region.revision == 1
    assert region.created_at is not None
    whole = replace(draft, id=region.id, revision=1, created_at=region.created_at, changed_at=region.changed_at)
    assert region == whole
    assert "horse" not in repr(region)
    assert secret(store, region, "cloud") == '{"password": "horse"}'
    assert secret(store, region, "aai") == "battery"


def test_a_new_region_is_discovered_at_once(store: Store) -> None:
    """Publishing waits until there is something to publish; a region that is off waits for both."""
    region = added(store)
    off = added(store, "acme/off", enabled=False)
    with store.read("looking") as transaction:
        assert [(each.region, each.kind) for each in schedule.due(transaction)] == [(region.id, "discover")]
        assert [step.due_at for step in schedule.steps(transaction, off.id)] == [None, None]


def test_a_name_is_given_once(store: Store) -> None:
    """Also when two ask at the same time; the first stays as it is."""
    kept(store, cloud(name_prefix="first"))
    with pytest.raises(StoreError, match="adding region acme/RegionOne: it exists already"):
        kept(store, cloud(name_prefix="second"))

    def add(number: int) -> bool:
        try:
            kept(store, cloud(owner="two", name_prefix=str(number)))
        except StoreError:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(add, range(4))) == [False, False, False, True]
    with store.read("reading") as transaction:
        first = regions.get(transaction, "acme", "RegionOne")
    assert first is not None
    assert first.name_prefix == "first"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"owner": "a/b"}, "a cloud owner is 'a/b': it must have no slash"),
        ({"region_id": ".."}, "a cloud region id is '..'"),
        ({"owner": "."}, "a cloud owner is '.': it must have no slash, and not be '.' or '..'"),
        ({"owner": ""}, "a cloud owner is ''"),
        ({"region_id": "a\nb"}, "a cloud region id is"),
        ({"source": "x" * 101}, "the source of region acme/RegionOne is"),
        ({"name_prefix": "\0"}, "the name prefix of region"),
        ({"interval": timedelta(seconds=9)}, "the interval of region acme/RegionOne is 9 s: .* from 10 to 2592000"),
        ({"interval": timedelta(seconds=10.5)}, "is 10.5 s: it must be whole seconds"),
        ({"interval": timedelta(days=31)}, "the interval"),
        ({"coordinates": {"a": float("nan")}}, "the coordinates of region acme/RegionOne cannot be kept"),
        ({"coordinates": {"a": "x" * 140_000}}, "the coordinates .* at most 131072 are allowed"),
        ({"context": {"a": object()}}, "the context of region acme/RegionOne cannot be kept.*only JSON can"),
        ({"coordinates": {"auth_url": "https://me:pw@host/"}}, "it holds a user name"),
        ({"coordinates": {"deep": [{"url": "ftp://host/"}]}}, "its scheme is 'ftp'"),
        ({"aai": AaiSettings(url="//aai")}, "region acme/RegionOne: .* scheme"),
        ({"aai": AaiSettings(version="v13")}, "aai.version of region acme/RegionOne is 'v13': it must be one of v14"),
        ({"aai": AaiSettings(mode="write")}, "aai.mode .* one of plan, apply"),  # type: ignore[arg-type]  # no such mode
        ({"aai": AaiSettings(on_failure="x")}, "aai.on_failure .* one of keep, withdraw"),  # type: ignore[arg-type]  # no such word
        ({"aai": AaiSettings(replace="x")}, "aai.replace .* one of transaction, sequential"),  # type: ignore[arg-type]  # no such word
    ],
)
def test_what_cannot_be_kept_is_refused(store: Store, settings: dict[str, Any], message: str) -> None:
    """The message names the region, the value and what is allowed, and nothing is written."""
    with pytest.raises(StoreError, match=message) as caught:
        kept(store, cloud(**settings))
    assert "pw" not in str(caught.value)
    with store.read("counting") as transaction:
        assert regions.count(transaction) == 0


def test_a_credential_is_for_the_cloud_or_for_aai(store: Store) -> None:
    """Any other would stay when the region goes."""
    with pytest.raises(StoreError, match="region acme/RegionOne: a credential is for 'podm': it must be cloud or aai"):
        kept(store, cloud(), podm="horse")


def test_a_change_is_made_on_what_was_seen(store: Store) -> None:
    """Of two changes of one revision the later is refused, and the message names both revisions."""
    region = kept(store, cloud(coordinates=KEYSTONE))
    later = changed(store, replace(region, interval=timedelta(hours=2)))
    assert (later.revision, later.interval, later.coordinates) == (2, timedelta(hours=2), KEYSTONE)
    with pytest.raises(StoreError, match=r"made on revision 1, and it has revision 2 by now; read it again"):
        changed(store, replace(region, interval=timedelta(hours=3)))
    with pytest.raises(StoreError, match="changing region acme/gone: there is no such region"):
        changed(store, replace(region, region_id="gone"))
    with pytest.raises(StoreError, match=r"openstack.flavor cannot become redfish.system; remove it"):
        changed(store, replace(later, source="redfish.system"))


def test_of_changes_at_once_one_is_made(store: Store) -> None:
    """The later one waits for the first to be committed, and is told that it came too late."""
    region = kept(store, cloud())
    with ThreadPoolExecutor(1) as threads:
        with store.write("changing first") as transaction:
            regions.change(transaction, keys(), replace(region, name_prefix="first"), {})
            later = threads.submit(changed, store, replace(region, name_prefix="later"))
            time.sleep(0.2)
        with pytest.raises(StoreError, match="it has revision 2 by now"):
            later.result()
    with store.read("reading") as transaction:
        assert [each.name_prefix for each in regions.page(transaction)] == ["first"]


def test_a_change_ends_what_runs(store: Store) -> None:
    """What was begun with the old settings can write nothing, and discovery is due at once."""
    region = kept(store, cloud())
    running = claimed(store, region.id)
    changed(store, replace(region, name_prefix="new"))
    with store.write("ending") as transaction:
        assert schedule.finish(transaction, running, None) is False
        assert [each.kind for each in schedule.due(transaction)] == ["discover"]


def test_a_region_that_is_off_waits(store: Store) -> None:
    """Nothing of it is due, nothing makes it due, and switched on it is discovered at once."""
    region = kept(store, cloud())
    ended(store, claimed(store, region.id), timedelta(minutes=1))
    off = changed(store, replace(region, enabled=False))
    with store.write("asking") as transaction:
        assert schedule.soon(transaction, [off.id], "discover", timedelta(0)) == 0
        assert schedule.due(transaction) == ()
    changed(store, replace(off, enabled=True))
    with store.read("looking") as transaction:
        assert [each.kind for each in schedule.due(transaction)] == ["discover"]


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example:5000/v3",
        "https://keystone.example:5001/v3",
        "http://keystone.example:5000/v3",
        "https://keystone.example/v3",
        " https://evil.example:5000/v3",
    ],
)
def test_a_new_host_needs_its_secret_again(store: Store, url: str) -> None:
    """Another host, port or scheme, at any depth: refused until the secret is given with it."""
    region = kept(store, cloud(), cloud="horse", aai="battery")
    moved = replace(region, coordinates={"auth_url": url})
    with pytest.raises(
        StoreError, match=r"its cloud moves to .* from https://keystone.example:5000, so give the cloud"
    ):
        changed(store, moved)
    beside = replace(region, coordinates=KEYSTONE | {"deep": [{"url": url}]})
    with pytest.raises(StoreError, match="its cloud moves"):
        changed(store, beside)
    assert secret(store, region, "cloud") == "horse"
    after = changed(store, moved, cloud="staple")
    assert (secret(store, after, "cloud"), secret(store, after, "aai")) == ("staple", "battery")


def test_a_new_aai_needs_its_secret_again(store: Store) -> None:
    """The same for A&AI; where nothing is kept, or it is forgotten, there is nothing to guard."""
    region = kept(store, cloud(), cloud="horse", aai="battery")
    moved = replace(region, aai=replace(AAI, url="https://evil.example"))
    with pytest.raises(StoreError, match=r"its aai moves to https://evil.example:443 from https://aai.example:8443"):
        changed(store, moved)
    with pytest.raises(StoreError, match="its aai moves"):
        changed(store, moved, cloud="staple")
    after = changed(store, moved, aai=None)
    assert secret(store, after, "aai") is None
    changed(store, replace(after, aai=AAI))


def test_to_leave_and_come_back_needs_the_secret(store: Store) -> None:
    """A region without a URL keeps its secret, but not for the next host that comes."""
    region = kept(store, cloud(), cloud="horse")
    nowhere = changed(store, replace(region, coordinates={}))
    with pytest.raises(StoreError, match=r"moves to https://keystone.example:5000 from nowhere"):
        changed(store, replace(nowhere, coordinates=KEYSTONE))


@pytest.mark.parametrize("path", ["https://keystone.example:5000/other", "HTTPS://Keystone.Example:5000"])
def test_the_same_host_keeps_its_secret(store: Store, path: str) -> None:
    """Another path, or other letters for the same host."""
    region = kept(store, cloud(), cloud="horse")
    assert secret(store, changed(store, replace(region, coordinates={"auth_url": path})), "cloud") == "horse"


def test_a_removed_region_leaves_nothing(store: Store) -> None:
    """Its secrets, steps and subjects go, what was asked for fails, and its number is not given again."""
    region = kept(store, cloud(), cloud="horse")
    with store.write("asking") as transaction:
        asked = operations.add(transaction, "discover", region=region.name, by="ci")
    with store.write("removing") as transaction:
        assert regions.remove(transaction, "acme", "RegionOne") is True
        assert regions.remove(transaction, "acme", "RegionOne") is False
    with store.read("looking") as transaction:
        found = operations.get(transaction, asked.id)
        assert found is not None
        assert (found.state, found.error) == ("failed", "the region was removed")
        assert transaction.execute(text("SELECT count(*) FROM secret")).scalar() == 0
        assert transaction.execute(text("SELECT count(*) FROM step")).scalar() == 0
    assert kept(store, cloud()).id > region.id


def test_what_is_ours_in_aai_is_not_forgotten(store: Store) -> None:
    """A region whose objects are still in A&AI is removed only by who says that they stay behind."""
    region = kept(store, cloud())
    publish = claimed(store, region.id, "publish")
    with store.write("writing") as transaction:
        assert intents.want(transaction, publish, [Intent("id", "flavor", "cpuPinning", "v1", "generic", "", {})])
        assert flavor_objects.ask(transaction, publish, ["flavor"])
    with (
        pytest.raises(StoreError, match="removing region acme/RegionOne: 2 objects in A&AI are ours: unregister it"),
        store.write("removing") as transaction,
    ):
        regions.remove(transaction, "acme", "RegionOne")
    with store.write("removing") as transaction:
        assert regions.remove(transaction, "acme", "RegionOne", leave_behind=True)


def test_pages_go_through_all_regions(store: Store) -> None:
    """By owner and id, in the order of bytes on both databases, each once."""
    wanted = ["Zeta/a", "acme/A", "acme/RegionOne", "acme/a", "acme/é", "acme2/a"]
    for name in reversed(wanted):
        added(store, name)
    seen: list[str] = []
    with store.read("listing") as transaction:
        while page := regions.page(transaction, limit=2, after=tuple(seen[-1].split("/")) if seen else None):  # type: ignore[arg-type]  # two parts of a name
            seen += names(page)
    assert seen == wanted


@pytest.mark.parametrize(
    ("prefix", "found"),
    [
        ("", ["acme/One", "acme/Two", "acme2/One", "b_c/%", "b_c/one"]),
        ("acme", ["acme/One", "acme/Two", "acme2/One"]),
        ("acme/", ["acme/One", "acme/Two"]),
        ("acme/T", ["acme/Two"]),
        ("ACME", []),
        ("b%", []),
        ("b_c/%", ["b_c/%"]),
        ("acme/One", ["acme/One"]),
    ],
)
def test_a_prefix_narrows_the_list(store: Store, prefix: str, found: list[str]) -> None:
    """It is how "<owner>/<region id>" begins, letter for letter; no sign in it means more than itself."""
    for name in ("acme/One", "acme/Two", "acme2/One", "b_c/%", "b_c/one"):
        added(store, name)
    with store.read("listing") as transaction:
        assert names(regions.page(transaction, prefix=prefix)) == found


def test_what_waits_for_a_region_that_is_switched_off_has_failed(store: Store) -> None:
    """Nobody does it any more, and who asked for it is told why; a region that is only changed does what was asked."""
    region = kept(store, cloud())
    with store.write("asking") as transaction:
        number = operations.add(transaction, "discover", region=region.name, by="cli:test").id
    region = changed(store, replace(region, name_prefix="new"))
    with store.read("looking") as transaction:
        assert operations.page(transaction)[0].state == "waiting"
    changed(store, replace(region, enabled=False))
    with store.read("looking") as transaction:
        told = operations.get(transaction, number)
    assert told is not None
    assert (told.state, told.error) == ("failed", "the region was switched off")


def test_a_list_can_be_limited_to_names(store: Store) -> None:
    """Such as the regions of a token; a name that is none finds nothing."""
    for name in ("acme/One", "acme/Two", "b/One"):
        added(store, name)
    with store.read("listing") as transaction:
        assert names(regions.page(transaction, only=["acme/Two", "b/One", "odd", "c/One"])) == ["acme/Two", "b/One"]
        assert names(regions.page(transaction, only=["acme/Two", "b/One"], prefix="b")) == ["b/One"]
        assert regions.page(transaction, only=[]) == ()
