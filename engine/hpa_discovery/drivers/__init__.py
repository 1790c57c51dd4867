# SPDX-License-Identifier: Apache-2.0
"""Drivers: programs of vendors in processes of their own, asked where rules cannot answer."""
