# SPDX-License-Identifier: Apache-2.0
"""What Alembic runs around the revisions: they join the transaction of the connection we hand it."""

from __future__ import annotations

from alembic import context

from hpa_discovery.store.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
