# SPDX-License-Identifier: Apache-2.0
"""Packs that change while they are used.

    look at the roots -> wait until nothing moves -> check what changed -> assemble -> compile -> store -> swap

roots says where packs come from, content makes a pack one archive with one
digest, spool keeps unpacked archives, checking lints and tests in a process of
its own, assembling decides what serves beside what, shelf is what the store
must do, and keeper goes through these steps again and again.
"""
