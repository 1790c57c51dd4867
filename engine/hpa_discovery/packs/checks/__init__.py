# SPDX-License-Identifier: Apache-2.0
"""What lint knows beyond the schema: names, types, the vocabulary and what Nova accepts."""
