# SPDX-License-Identifier: Apache-2.0
"""How the schema came to be, one module a revision in versions/. Alembic runs them; a revision that shipped stays."""
