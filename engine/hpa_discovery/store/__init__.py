# SPDX-License-Identifier: Apache-2.0
"""The store: what must survive a restart and be the same for all hosts of one deployment.

    store = open_store(state_dir, database=None)
    with store.write("adding a token") as transaction:
        issued = tokens.create(transaction, "ci", role="viewer", by="cli:root")

Modules of this room take a transaction and give frozen dataclasses; no other
room knows the database library.
"""
