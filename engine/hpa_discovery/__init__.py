# SPDX-License-Identifier: Apache-2.0
"""Hardware discovery for ONAP: flavors, nodes and systems in, A&AI hpa-capability objects out."""
