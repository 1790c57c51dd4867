# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks share: a cloud's flavors, many rules, and how a figure is taken."""
