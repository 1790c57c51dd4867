# SPDX-License-Identifier: Apache-2.0
"""The driver onap.sriov/sriov-nic: SR-IOV network cards that a Nova flavor asks for."""

from sriov_nic.driver import SriovNic

__all__ = ["SriovNic"]
