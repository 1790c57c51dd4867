# SPDX-License-Identifier: Apache-2.0
"""What `hpa doctor` looks at. Nothing is changed: no file is made, no database migrated, no driver started."""
