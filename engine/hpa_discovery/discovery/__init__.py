# SPDX-License-Identifier: Apache-2.0
"""Compile packs to a generation and evaluate subjects: pure, no file, clock, network or environment."""
