# SPDX-License-Identifier: Apache-2.0
"""The pack onap.qat as data: pack.yaml and its driver. Nothing here is imported."""
