# SPDX-License-Identifier: Apache-2.0
"""hpa-discovery inside another program: the Python API, and ONAP Multicloud's plugin."""
