# SPDX-License-Identifier: Apache-2.0
"""The revisions, oldest first: r<revision>_<what it adds>."""
