# SPDX-License-Identifier: Apache-2.0
"""ONAP A&AI: what a region has there, what it should have, and the fewest writes from one to the other.

`planning` and `adopting` are pure. `reading` and `sending` speak with A&AI through
`client`; `applying` joins them all. Nothing here knows the store: who calls keeps what
is ours, and commits it before the first write.
"""
