# SPDX-License-Identifier: Apache-2.0
"""The pack onap.sriov as data: pack.yaml, its driver, and an overlay for sites. Nothing here is imported."""
