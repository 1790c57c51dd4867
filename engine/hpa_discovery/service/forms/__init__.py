# SPDX-License-Identifier: Apache-2.0
"""The shapes of what is asked and answered, for the OpenAPI document."""
