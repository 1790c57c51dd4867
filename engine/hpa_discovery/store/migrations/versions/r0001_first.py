# SPDX-License-Identifier: Apache-2.0
"""The first schema: allowed drivers, content, generations, removed packs, tokens, audit, secrets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_DIGEST = sa.String(64)
_COUNTED = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make every table, and the one row of `active`."""
    _drivers()
    _generations()
    _activations()
    _people()


def _drivers() -> None:
    op.create_table(
        "driver_allowance",
        sa.Column("driver", sa.String(200), nullable=False),
        sa.Column("digest", _DIGEST, nullable=False),
        sa.Column("allowed_by", sa.String(200), nullable=False),
        sa.Column("allowed_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("driver", "digest", name="pk_driver_allowance"),
    )


def _generations() -> None:
    op.create_table(
        "content",
        sa.Column("digest", _DIGEST, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("version", sa.String(100), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("packed", sa.LargeBinary, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_content"),
    )
    op.create_table(
        "generation",
        sa.Column("digest", _DIGEST, nullable=False),
        sa.Column("engine", sa.String(100), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_generation"),
    )
    op.create_table(
        "generation_part",
        sa.Column("generation", _DIGEST, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("version", sa.String(100), nullable=False),
        sa.Column("digest", _DIGEST, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("content", _DIGEST, nullable=True),
        sa.PrimaryKeyConstraint("generation", "position", name="pk_generation_part"),
        sa.ForeignKeyConstraint(
            ["generation"], ["generation.digest"], name="fk_generation_part_generation", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["content"], ["content.digest"], name="fk_generation_part_content"),
    )
    op.create_index("ix_generation_part_content", "generation_part", ["content"])


def _activations() -> None:
    active = op.create_table(
        "active",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("generation", _DIGEST, nullable=True),
        sa.Column("pinned", sa.Boolean, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_active"),
        sa.ForeignKeyConstraint(["generation"], ["generation.digest"], name="fk_active_generation"),
        sa.CheckConstraint("id = 1", name=op.f("ck_active_one_row")),
    )
    sqlite = op.get_bind().dialect.name == "sqlite"
    clock = sa.text("strftime('%Y-%m-%d %H:%M:%f000', 'now')" if sqlite else "statement_timestamp()")
    op.execute(sa.insert(active).values(id=1, sequence=0, generation=None, pinned=False, changed_at=clock))
    op.create_table(
        "activation",
        sa.Column("sequence", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("generation", _DIGEST, nullable=True),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("made_by", sa.String(200), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_activation"),
        sa.ForeignKeyConstraint(["generation"], ["generation.digest"], name="fk_activation_generation"),
    )
    op.create_index("ix_activation_generation", "activation", ["generation"])
    op.create_index("ix_activation_at", "activation", ["at"])
    op.create_table(
        "removed_pack",
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("digest", _DIGEST, nullable=False),
        sa.Column("removed_by", sa.String(200), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", "digest", name="pk_removed_pack"),
    )


def _people() -> None:
    op.create_table(
        "token",
        sa.Column("id", _COUNTED, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("regions", sa.JSON, nullable=True),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=True),
        sa.Column("last_used_at", _MOMENT, nullable=True),
        sa.Column("revoked_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_token"),
        sa.UniqueConstraint("name", name="uq_token_name"),
        sa.UniqueConstraint("hash", name="uq_token_hash"),
        sa.CheckConstraint("role IN ('viewer', 'operator', 'admin')", name=op.f("ck_token_role")),
    )
    op.create_table(
        "audit",
        sa.Column("id", _COUNTED, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("action", sa.String(100), nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.Column("request_id", sa.String(100), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_table(
        "secret",
        sa.Column("name", sa.String(500), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_secret"),
    )
