# SPDX-License-Identifier: Apache-2.0
"""Packs: load, check, test; what is wrong in one is collected as findings."""
