# SPDX-License-Identifier: Apache-2.0
"""The rule language: strict YAML, expressions, templates, conditions, types, budgets."""
