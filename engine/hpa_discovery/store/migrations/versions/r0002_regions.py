# SPDX-License-Identifier: Apache-2.0
"""Regions and their schedule, what was listed, what is ours in A&AI, history, operations, alarms."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_DIGEST = sa.String(64)
_COUNTED = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables; nothing of 0001 changes."""
    _regions()
    _listings()
    _inventory()
    _operations()
    _alarms()


def _ordered(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _regions() -> None:
    op.create_table(
        "region",
        sa.Column("id", _COUNTED, nullable=False),
        sa.Column("owner", _ordered(200), nullable=False),
        sa.Column("region_id", _ordered(200), nullable=False),
        sa.Column("source", sa.String(100), nullable=False),
        sa.Column("coordinates", sa.JSON, nullable=False),
        sa.Column("name_prefix", sa.String(200), nullable=False),
        sa.Column("context", sa.JSON, nullable=False),
        sa.Column("aai", sa.JSON, nullable=False),
        sa.Column("interval_s", sa.Integer, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_region"),
        sa.UniqueConstraint("owner", "region_id", name="uq_region_owner"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "step",
        sa.Column("region", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("due_at", _MOMENT, nullable=True),
        sa.Column("again_at", _MOMENT, nullable=True),
        sa.Column("fence", sa.BigInteger, nullable=False),
        sa.Column("claimed_by", sa.String(200), nullable=True),
        sa.Column("lease_until", _MOMENT, nullable=True),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("last_error", sa.Text, nullable=True),
        sa.Column("last_ok_at", _MOMENT, nullable=True),
        sa.Column("unanswered_at", _MOMENT, nullable=True),
        sa.CheckConstraint("kind IN ('discover', 'publish')", name=op.f("ck_step_kind")),
        sa.ForeignKeyConstraint(["region"], ["region.id"], name="fk_step_region", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("region", "kind", name="pk_step"),
    )
    op.create_index("ix_step_due_at", "step", ["due_at"])
    for name, those in (
        ("ix_step_sound", sa.text("attempts = 0 AND last_ok_at IS NOT NULL")),
        ("ix_step_troubled", sa.text("attempts > 0 OR last_ok_at IS NULL")),
    ):
        op.create_index(name, "step", ["due_at"], sqlite_where=those, postgresql_where=those)


def _listings() -> None:
    op.create_table(
        "listing",
        sa.Column("region", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("complete", sa.Boolean, nullable=False),
        sa.Column("finished_at", _MOMENT, nullable=False),
        sa.Column("completed_at", _MOMENT, nullable=True),
        sa.Column("generation", _DIGEST, nullable=True),
        sa.Column("error", sa.Text, nullable=True),
        sa.Column("stale_since", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["region"], ["region.id"], name="fk_listing_region", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("region", name="pk_listing"),
    )
    op.create_table(
        "subject",
        sa.Column("region", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("subject_id", _ordered(300), nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("digest", _DIGEST, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("generation", _DIGEST, nullable=True),
        sa.Column("missing", sa.Integer, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["region"], ["region.id"], name="fk_subject_region", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("region", "subject_id", name="pk_subject"),
    )
    op.create_index("ix_subject_missing", "subject", ["region", "missing"])
    op.create_table(
        "change",
        sa.Column("id", _COUNTED, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("region", sa.BigInteger, nullable=False),
        sa.Column("subject_id", _ordered(300), nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("generation", _DIGEST, nullable=True),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.ForeignKeyConstraint(["region"], ["region.id"], name="fk_change_region", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_change"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_change_at", "change", ["at"])
    op.create_index("ix_change_region", "change", ["region", "id"])


def _inventory() -> None:
    op.create_table(
        "intent",
        sa.Column("region", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("capability_id", _ordered(200), nullable=False),
        sa.Column("subject_id", _ordered(300), nullable=False),
        sa.Column("feature", sa.String(200), nullable=False),
        sa.Column("version", sa.String(100), nullable=False),
        sa.Column("architecture", sa.String(200), nullable=False),
        sa.Column("discriminator", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.CheckConstraint("state IN ('wanted', 'changing', 'leaving')", name=op.f("ck_intent_state")),
        sa.ForeignKeyConstraint(["region"], ["region.id"], name="fk_intent_region", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("region", "capability_id", name="pk_intent"),
    )
    op.create_index("ix_intent_subject", "intent", ["region", "subject_id"])
    op.create_table(
        "flavor_object",
        sa.Column("region", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("flavor_id", _ordered(300), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.CheckConstraint("state IN ('asked', 'made')", name=op.f("ck_flavor_object_state")),
        sa.ForeignKeyConstraint(["region"], ["region.id"], name="fk_flavor_object_region", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("region", "flavor_id", name="pk_flavor_object"),
    )


def _operations() -> None:
    op.create_table(
        "operation",
        sa.Column("id", _COUNTED, nullable=False),
        sa.Column("kind", sa.String(50), nullable=False),
        sa.Column("region", sa.String(401), nullable=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("progress", sa.JSON, nullable=True),
        sa.Column("result", sa.JSON, nullable=True),
        sa.Column("error", sa.Text, nullable=True),
        sa.Column("made_by", sa.String(200), nullable=False),
        sa.Column("request_id", sa.String(100), nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("started_at", _MOMENT, nullable=True),
        sa.Column("finished_at", _MOMENT, nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name=op.f("ck_operation_state")),
        sa.PrimaryKeyConstraint("id", name="pk_operation"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_operation_finished_at", "operation", ["finished_at"])
    op.create_index("ix_operation_region", "operation", ["region", "kind"])


def _alarms() -> None:
    op.create_table(
        "alarm",
        sa.Column("id", _COUNTED, nullable=False),
        sa.Column("resource", sa.String(420), nullable=False),
        sa.Column("type", sa.String(50), nullable=False),
        sa.Column("qualifier", sa.String(200), nullable=False),
        sa.Column("region", sa.String(401), nullable=True),
        sa.Column("severity", sa.String(20), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("raises", sa.Integer, nullable=False),
        sa.Column("raised_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("cleared_at", _MOMENT, nullable=True),
        sa.Column("acknowledged_by", sa.String(200), nullable=True),
        sa.Column("acknowledged_at", _MOMENT, nullable=True),
        sa.Column("acknowledged_text", sa.Text, nullable=True),
        sa.Column("confirmed_at", _MOMENT, nullable=True),
        sa.CheckConstraint(
            "severity IN ('indeterminate', 'warning', 'minor', 'major', 'critical')", name=op.f("ck_alarm_severity")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_alarm"),
        sa.UniqueConstraint("resource", "type", "qualifier", name="uq_alarm_resource"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_alarm_cleared_at", "alarm", ["cleared_at"])
    op.create_table(
        "alarm_change",
        sa.Column("id", _COUNTED, nullable=False),
        sa.Column("alarm", sa.BigInteger, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("severity", sa.String(20), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("made_by", sa.String(200), nullable=True),
        sa.ForeignKeyConstraint(["alarm"], ["alarm.id"], name="fk_alarm_change_alarm", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_alarm_change"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_alarm_change_alarm", "alarm_change", ["alarm", "id"])
    op.create_index("ix_alarm_change_at", "alarm_change", ["at"])
    op.create_table(
        "outbox",
        sa.Column("id", _COUNTED, nullable=False),
        sa.Column("sink", sa.String(100), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_at", "outbox", ["at"])
    op.create_index("ix_outbox_sink", "outbox", ["sink", "id"])
