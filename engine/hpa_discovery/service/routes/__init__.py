# SPDX-License-Identifier: Apache-2.0
"""The routes, one module for what each is about."""
