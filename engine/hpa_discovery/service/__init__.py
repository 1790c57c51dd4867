# SPDX-License-Identifier: Apache-2.0
"""The HTTP API, and what lives as long as it is served."""
