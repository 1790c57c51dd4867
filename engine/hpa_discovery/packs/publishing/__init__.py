# SPDX-License-Identifier: Apache-2.0
"""How a pack gets to those who use it: as a wheel, as a ConfigMap; and what a new version of it changes."""
