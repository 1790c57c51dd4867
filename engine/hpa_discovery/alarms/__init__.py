# SPDX-License-Identifier: Apache-2.0
"""Alarms: faults that have a life, from the first raise over changes to the clear, after the data model of RFC 8632.

    alarms = Alarms(sinks=("ves",))
    with store.write("noting that a source is back") as transaction:
        alarms.clear(transaction, Identity("region/acme/RegionOne", "source.unreachable"))

All is written in the caller's transaction: a state and the alarm that tells of
it are both there or neither.
"""
