# SPDX-License-Identifier: Apache-2.0
"""The tables of the store. The migrations make them; a test compares the two."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from hpa_discovery.store.clock import Moment, now

# Without a convention each database invents names that no migration can refer to.
NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}
METADATA = MetaData(naming_convention=NAMES)

DIGEST = String(64)
# In the order of their bytes on both databases, whatever language PostgreSQL was set up for.
_ORDERED = {length: String(length).with_variant(String(length, collation="C"), "postgresql") for length in (200, 300)}
# "<cloud-owner>/<cloud-region-id>", where a row outlives its region.
_REGION_NAME = String(401)
# SQLite counts up by itself only in a column that is called INTEGER.
_COUNTED = BigInteger().with_variant(Integer, "sqlite")


def _made_at(name: str = "created_at") -> Column[Any]:
    return Column(name, Moment, nullable=False, default=now())


ALLOWANCE = Table(
    "driver_allowance",
    METADATA,
    Column("driver", String(200), primary_key=True),
    Column("digest", DIGEST, primary_key=True),
    Column("allowed_by", String(200), nullable=False),
    _made_at("allowed_at"),
)

CONTENT = Table(
    "content",
    METADATA,
    Column("digest", DIGEST, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("name", String(200), nullable=False),
    Column("version", String(100), nullable=False),
    Column("size", Integer, nullable=False),
    Column("packed", LargeBinary, nullable=False),
    _made_at(),
)

GENERATION = Table(
    "generation",
    METADATA,
    Column("digest", DIGEST, primary_key=True),
    Column("engine", String(100), nullable=False),
    _made_at(),
)

PART = Table(
    "generation_part",
    METADATA,
    Column("generation", DIGEST, ForeignKey("generation.digest", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(20), nullable=False),
    Column("name", String(200), nullable=False),
    Column("version", String(100), nullable=False),
    Column("digest", DIGEST, nullable=False),
    Column("origin", Text, nullable=False),
    # The digest again where the content lies here too: it keeps the content from being deleted.
    Column("content", DIGEST, ForeignKey("content.digest"), nullable=True, index=True),
)

ACTIVE = Table(
    "active",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, nullable=False),
    Column("generation", DIGEST, ForeignKey("generation.digest"), nullable=True),
    Column("pinned", Boolean, nullable=False),
    Column("changed_at", Moment, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)

ACTIVATION = Table(
    "activation",
    METADATA,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("generation", DIGEST, ForeignKey("generation.digest"), nullable=True, index=True),
    Column("action", String(20), nullable=False),
    Column("made_by", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Moment, nullable=False, default=now(), index=True),
)

REMOVED_PACK = Table(
    "removed_pack",
    METADATA,
    Column("name", String(200), primary_key=True),
    Column("digest", DIGEST, primary_key=True),
    Column("removed_by", String(200), nullable=False),
    _made_at("at"),
)

TOKEN = Table(
    "token",
    METADATA,
    Column("id", _COUNTED, primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("hash", LargeBinary(32), nullable=False, unique=True),
    Column("role", String(20), nullable=False),
    Column("regions", JSON(none_as_null=True), nullable=True),
    Column("created_by", String(200), nullable=False),
    _made_at(),
    Column("expires_at", Moment, nullable=True),
    Column("last_used_at", Moment, nullable=True),
    Column("revoked_at", Moment, nullable=True),
    CheckConstraint("role IN ('viewer', 'operator', 'admin')", name="role"),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("id", _COUNTED, primary_key=True),
    Column("at", Moment, nullable=False, default=now(), index=True),
    Column("actor", String(200), nullable=False),
    Column("action", String(100), nullable=False),
    Column("target", Text, nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("detail", JSON, nullable=False),
    Column("request_id", String(100), nullable=True),
    # Or SQLite would count from 1 again when retention has deleted all rows.
    sqlite_autoincrement=True,
)

SECRET = Table(
    "secret",
    METADATA,
    Column("name", String(500), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("changed_at", Moment, nullable=False, default=now()),
)

REGION = Table(
    "region",
    METADATA,
    Column("id", _COUNTED, primary_key=True),
    Column("owner", _ORDERED[200], nullable=False),
    Column("region_id", _ORDERED[200], nullable=False),
    Column("source", String(100), nullable=False),
    Column("coordinates", JSON, nullable=False),
    Column("name_prefix", String(200), nullable=False),
    Column("context", JSON, nullable=False),
    Column("aai", JSON, nullable=False),
    Column("interval_s", Integer, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("revision", Integer, nullable=False),
    _made_at(),
    _made_at("changed_at"),
    UniqueConstraint("owner", "region_id"),
    # A number is never given twice: what still names a region that was removed must not mean another.
    sqlite_autoincrement=True,
)


def _region(**options: Any) -> Column[Any]:
    return Column("region", BigInteger, ForeignKey("region.id", ondelete="CASCADE"), nullable=False, **options)


STEP = Table(
    "step",
    METADATA,
    _region(primary_key=True, autoincrement=False),
    Column("kind", String(20), primary_key=True),
    # While the step is claimed, the end of its lease: one index finds what is due and what was left behind.
    Column("due_at", Moment, nullable=True, index=True),
    Column("again_at", Moment, nullable=True),
    Column("fence", BigInteger, nullable=False),
    Column("claimed_by", String(200), nullable=True),
    Column("lease_until", Moment, nullable=True),
    Column("attempts", Integer, nullable=False),
    Column("last_error", Text, nullable=True),
    Column("last_ok_at", Moment, nullable=True),
    Column("unanswered_at", Moment, nullable=True),
    CheckConstraint("kind IN ('discover', 'publish')", name="kind"),
    # What is due is asked for apart by whether it went well; neither may be looked for among 100,000 of the other.
    *(
        Index(name, "due_at", sqlite_where=text(those), postgresql_where=text(those))
        for name, those in (
            ("ix_step_sound", "attempts = 0 AND last_ok_at IS NOT NULL"),
            ("ix_step_troubled", "attempts > 0 OR last_ok_at IS NULL"),
        )
    ),
)

LISTING = Table(
    "listing",
    METADATA,
    _region(primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    Column("complete", Boolean, nullable=False),
    Column("finished_at", Moment, nullable=False, default=now()),
    Column("completed_at", Moment, nullable=True),
    Column("generation", DIGEST, nullable=True),
    Column("error", Text, nullable=True),
    Column("stale_since", Moment, nullable=True),
)

SUBJECT = Table(
    "subject",
    METADATA,
    _region(primary_key=True, autoincrement=False),
    Column("subject_id", _ORDERED[300], primary_key=True),
    Column("name", String(300), nullable=False),
    Column("body", Text, nullable=False),
    Column("digest", DIGEST, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("generation", DIGEST, nullable=True),
    Column("missing", Integer, nullable=False),
    Column("changed_at", Moment, nullable=False),
    # To count those that are not gone: SQLite would read through their long texts to what stands behind.
    Index("ix_subject_missing", "region", "missing"),
)

INTENT = Table(
    "intent",
    METADATA,
    _region(primary_key=True, autoincrement=False),
    Column("capability_id", _ORDERED[200], primary_key=True),
    Column("subject_id", _ORDERED[300], nullable=False),
    Column("feature", String(200), nullable=False),
    Column("version", String(100), nullable=False),
    Column("architecture", String(200), nullable=False),
    Column("discriminator", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("changed_at", Moment, nullable=False),
    Index("ix_intent_subject", "region", "subject_id"),
    CheckConstraint("state IN ('wanted', 'changing', 'leaving')", name="state"),
)

FLAVOR_OBJECT = Table(
    "flavor_object",
    METADATA,
    _region(primary_key=True, autoincrement=False),
    Column("flavor_id", _ORDERED[300], primary_key=True),
    Column("state", String(20), nullable=False),
    Column("changed_at", Moment, nullable=False),
    CheckConstraint("state IN ('asked', 'made')", name="state"),
)

CHANGE = Table(
    "change",
    METADATA,
    Column("id", _COUNTED, primary_key=True),
    Column("at", Moment, nullable=False, default=now(), index=True),
    _region(),
    Column("subject_id", _ORDERED[300], nullable=False),
    Column("name", String(300), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("generation", DIGEST, nullable=True),
    Column("detail", JSON, nullable=False),
    Index("ix_change_region", "region", "id"),
    sqlite_autoincrement=True,
)

OPERATION = Table(
    "operation",
    METADATA,
    Column("id", _COUNTED, primary_key=True),
    Column("kind", String(50), nullable=False),
    Column("region", _REGION_NAME, nullable=True),
    Column("state", String(20), nullable=False),
    Column("progress", JSON(none_as_null=True), nullable=True),
    Column("result", JSON(none_as_null=True), nullable=True),
    Column("error", Text, nullable=True),
    Column("made_by", String(200), nullable=False),
    Column("request_id", String(100), nullable=True),
    _made_at(),
    Column("started_at", Moment, nullable=True),
    Column("finished_at", Moment, nullable=True, index=True),
    Index("ix_operation_region", "region", "kind"),
    CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name="state"),
    sqlite_autoincrement=True,
)

ALARM = Table(
    "alarm",
    METADATA,
    Column("id", _COUNTED, primary_key=True),
    # Together no more than what PostgreSQL takes into one row of an index.
    Column("resource", String(420), nullable=False),
    Column("type", String(50), nullable=False),
    Column("qualifier", String(200), nullable=False),
    Column("region", _REGION_NAME, nullable=True),
    Column("severity", String(20), nullable=False),
    Column("text", Text, nullable=False),
    Column("raises", Integer, nullable=False),
    _made_at("raised_at"),
    _made_at("changed_at"),
    Column("cleared_at", Moment, nullable=True, index=True),
    Column("acknowledged_by", String(200), nullable=True),
    Column("acknowledged_at", Moment, nullable=True),
    Column("acknowledged_text", Text, nullable=True),
    # Where whoever raised it may go away without clearing it: when it was last there and saw the fault.
    Column("confirmed_at", Moment, nullable=True),
    UniqueConstraint("resource", "type", "qualifier"),
    CheckConstraint("severity IN ('indeterminate', 'warning', 'minor', 'major', 'critical')", name="severity"),
    sqlite_autoincrement=True,
)

ALARM_CHANGE = Table(
    "alarm_change",
    METADATA,
    Column("id", _COUNTED, primary_key=True),
    Column("alarm", BigInteger, ForeignKey("alarm.id", ondelete="CASCADE"), nullable=False),
    Column("at", Moment, nullable=False, default=now(), index=True),
    Column("kind", String(20), nullable=False),
    Column("severity", String(20), nullable=False),
    Column("text", Text, nullable=False),
    Column("made_by", String(200), nullable=True),
    Index("ix_alarm_change_alarm", "alarm", "id"),
    sqlite_autoincrement=True,
)

# No foreign key: what is to be sent outlives the alarm it tells of.
OUTBOX = Table(
    "outbox",
    METADATA,
    Column("id", _COUNTED, primary_key=True),
    Column("sink", String(100), nullable=False),
    Column("at", Moment, nullable=False, default=now(), index=True),
    Column("payload", JSON, nullable=False),
    Index("ix_outbox_sink", "sink", "id"),
    sqlite_autoincrement=True,
)
