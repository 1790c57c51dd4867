# SPDX-License-Identifier: Apache-2.0
"""The command `hpa`: one module per verb, each imported only when it is used."""
