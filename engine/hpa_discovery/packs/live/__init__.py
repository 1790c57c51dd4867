# SPDX-License-Identifier: Apache-2.0
"""Packs that change while they are used.

    look at the roots -> wait until nothing moves -> check what changed -> assemble -> compile -> store -> swap

roots says where packs come from and looking reads there what changed, content
makes a pack one archive with one digest, spool keeps unpacked archives, checker
lints and tests in a process of its own, choosing says what of it all may be
looked into and what was taken away, assembling decides what serves beside what,
shelf is what the store must do, ledger knows what is to be said of each pack,
keeper goes through these steps again and again, and watching says when.
"""
