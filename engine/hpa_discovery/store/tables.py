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
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
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
