# SPDX-License-Identifier: Apache-2.0
"""Packs that change while they are used.

    look at the roots -> wait until nothing moves -> check what changed -> assemble -> compile -> store -> swap

roots says where packs come from, searching finds them there, looking reads what
changed, and root_states tells of roots that hold nothing. choosing says what of
it all may be looked into and what was taken away, turns what is looked into
first. content makes a pack one archive with one digest, and spool keeps unpacked
archives. verdict says whether a pack is good, checker does so in a process of its
own, and examining makes a unit (units) of a good one; intake does all that for
whatever is new, and stock holds the units. assembling decides what serves beside
what, making turns units into the recipe of a generation, and shelf is what the
store must do. ledger knows what is to be said of each pack, state shows it with
what serves, and uses knows what is still used. keeper, with its equipment, goes
through these steps again and again, and watching says when; defects tells of
exceptions that nobody foresaw.
"""
