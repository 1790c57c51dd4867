# SPDX-License-Identifier: Apache-2.0
"""Where subjects come from: one module a source, a cloud in, its subjects out as plain JSON."""
