# SPDX-License-Identifier: Apache-2.0
"""Times and texts: the same on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from hpa_discovery.errors import StoreError
from hpa_discovery.store.clock import now, read_clock
from hpa_discovery.store.tables import ACTIVE
from hpa_discovery.store.texts import checked, cleaned

if TYPE_CHECKING:
    from hpa_discovery.store.database import Store

ZONES = st.sampled_from([UTC, timezone(timedelta(hours=14)), timezone(-timedelta(hours=12, minutes=30))])
SOME_TIME = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=ZONES)  # noqa: DTZ001 - zones follow


def test_the_clock_is_that_of_the_database(store: Store) -> None:
    """UTC, and now."""
    with store.read("looking") as transaction:
        found = read_clock(transaction)
    assert found.tzinfo is UTC
    assert abs(found - datetime.now(UTC)) < timedelta(seconds=60)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moment=SOME_TIME)
def test_times_come_back(store: Store, moment: datetime) -> None:
    """To the microsecond, in UTC whatever the zone."""
    with store.write("keeping") as transaction:
        transaction.execute(update(ACTIVE).values(changed_at=moment))
        found = transaction.execute(ACTIVE.select()).mappings().one()["changed_at"]
    assert found == moment
    assert found.utcoffset() == timedelta(0)


def test_what_the_database_writes_compares_with_what_we_write(store: Store) -> None:
    """SQLite compares texts: its own times must have the form of ours."""
    with store.write("comparing") as transaction:
        transaction.execute(update(ACTIVE).values(changed_at=now()))
        found = transaction.execute(select(ACTIVE.c.changed_at)).scalar_one()
        assert transaction.execute(select(ACTIVE.c.changed_at == found)).scalar_one()
        for shift, later in [(timedelta(seconds=-1), False), (timedelta(seconds=1), True)]:
            transaction.execute(update(ACTIVE).values(changed_at=found + shift))
            assert transaction.execute(select(ACTIVE.c.changed_at > now())).scalar_one() is later


@pytest.mark.parametrize("value", ["a", "x" * 200, "ünï çödé", "日本", "a b"])
def test_printable_names_pass(value: str) -> None:
    """As they are."""
    assert checked("a name", value) == value


@pytest.mark.parametrize("value", ["", "x" * 201, "a\nb", "a\0", "\ud800", "\u202e", "a\tb"])
def test_other_names_are_refused(value: str) -> None:
    """The message shows the value so that it cannot change the terminal, and the limit."""
    with pytest.raises(StoreError, match=r"a name is '.*': it must have 1 to 200 characters, all") as caught:
        checked("a name", value)
    assert str(caught.value).isprintable()


@given(value=st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=60), most=st.integers(4, 50))
def test_cleaned_text_fits_any_database(value: str, most: int) -> None:
    """At most so many characters, no NUL, and it can be written as UTF-8; what was fine stays as it is."""
    found = cleaned(value, most)
    assert len(found) <= most
    assert "\0" not in found
    assert found.encode().decode() == found
    if len(value) <= most and "\0" not in value and value.isprintable():
        assert found == value
