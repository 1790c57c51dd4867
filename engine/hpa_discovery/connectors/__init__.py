# SPDX-License-Identifier: Apache-2.0
"""HTTP to other systems: who may be asked, how long, how often, and what of it may be told.

`client.HttpClient` is the way in. A client belongs to the process that made it:
after a fork the child makes its own.
"""
