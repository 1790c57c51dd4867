# SPDX-License-Identifier: Apache-2.0
"""One row or more of every table, as a deployment would have them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography.fernet import Fernet, MultiFernet

from hpa_discovery.alarms.raising import Alarms
from hpa_discovery.model import Capability, Outcome, Unknown, make_attribute
from hpa_discovery.store import (
    activations,
    allowances,
    audit,
    content,
    flavor_objects,
    generations,
    intents,
    listings,
    operations,
    regions,
    removals,
    schedule,
    tokens,
)
from hpa_discovery.store.alarm_rows import Identity
from hpa_discovery.store.intents import Intent
from hpa_discovery.store.region import AaiSettings, Region
from hpa_discovery.store.secret_values import Secrets
from hpa_discovery.store.seen import Seen
from store.stored import digest

if TYPE_CHECKING:
    from hpa_discovery.store.database import Store

# For these tests alone: the dumps of released schemas hold secrets that were sealed with it.
KEY = b"dGVzdHMgb2YgdGhlIHN0b3JlLCBub3RoaW5nIG1vcmU="
PASSWORD = "correct horse"  # noqa: S105 - what the tests look for


def keys() -> Secrets:
    """Secrets with the key of the tests."""
    return Secrets(MultiFernet([Fernet(KEY)]))


def fill(store: Store) -> None:
    """Use every part of the store once: what a dump of a schema holds, and what every later program must read."""
    fill_first(store)
    fill_second(store)


def fill_first(store: Store) -> None:
    """The tables of 0001."""
    with store.write("filling") as transaction:
        archive = content.put(transaction, "pack", "acme.cards", "1.0.0", b"an archive")
        parts = [
            generations.Part("pack", "acme.cards", "1.0.0", archive, "packs/acme"),
            generations.Part("driver", "acme.driver", "1.0.0", digest("driver")),
        ]
        generations.add(transaction, digest("first"), "0.1.0", parts)
        activations.activate(transaction, digest("first"), 0, "cli:test", "first")
        allowances.allow(transaction, "acme.driver", digest("driver"), "cli:test")
        removals.add(transaction, "acme.old", digest("old"), "cli:test")
        issued = tokens.create(transaction, "ci", role="viewer", by="cli:test", regions=["acme/RegionOne"])
        tokens.note_use(transaction, issued.token.id)
        tokens.create(transaction, "gone", role="admin", by="cli:test")
        tokens.revoke(transaction, "gone")
        audit.record(transaction, audit.Act("cli:test", "token.create", "ci", detail={"role": "viewer"}))
        keys().put(transaction, "test/password", PASSWORD)


def fill_second(store: Store) -> None:
    """The tables of 0002."""
    with store.write("filling") as transaction:
        region = regions.add(transaction, keys(), CLOUD, {"cloud": PASSWORD, "aai": PASSWORD})
        asked = operations.add(transaction, "discover", region=region.name, by="cli:test")
        discovery = schedule.claim(transaction, region.id, "discover", "host:1", timedelta(minutes=1))
        assert discovery is not None
        listings.record_listing(transaction, discovery, listings.make_rows([FLAVOR]), generation=digest("first"))
        schedule.soon(transaction, [region.id], "publish", timedelta(0))
        schedule.finish(transaction, discovery, region.interval)
        operations.finish(transaction, [asked.id], {"subjects": 1})
        publish = schedule.claim(transaction, region.id, "publish", "host:1", timedelta(minutes=1))
        assert publish is not None
        intents.want(transaction, publish, [Intent("id", "f1", "numa", "v1", "generic", "", {"hpa-feature": "numa"})])
        flavor_objects.ask(transaction, publish, ["f1"])
        schedule.fail(transaction, publish, "A&AI says 500")
        refusing = Identity(f"region/{region.name}", "aai.refusing")
        Alarms(sinks=("ves",)).raise_(transaction, refusing, "A&AI says 500", region=region.name)


CLOUD = Region(
    "acme",
    "RegionOne",
    "openstack.flavor",
    {"auth_url": "https://keystone.example:5000/v3"},
    "one-",
    {"alias": []},
    AaiSettings(url="https://aai.example:8443", user="AAI", mode="apply"),
    timedelta(minutes=5),
)
NUMA = Capability("numa", "v1", "generic", "", (make_attribute("numaNodes", "2"),))
FLAVOR = Seen(
    "f1", "upf", {"id": "f1"}, Outcome((NUMA,), (Unknown("cpuPinning", "*", "acme/rule", "let.type", "why"),))
)
