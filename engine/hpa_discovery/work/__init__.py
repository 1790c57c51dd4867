# SPDX-License-Identifier: Apache-2.0
"""What a deployment does by itself: clouds are listed, their subjects judged, and A&AI is made right.

    due rows -> ticker -> executor -> claim -> discovering or publishing -> results, if the fence still holds

following makes regions due when another generation serves. Everything that a step
wants to be true is kept before the first call that could make it true, so a process
may be killed anywhere, and the next one goes on.
"""
