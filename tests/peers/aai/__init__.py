# SPDX-License-Identifier: Apache-2.0
"""A double of ONAP A&AI: what its resources service answers over HTTPS, as far as hpa-discovery meets it.

No A&AI can be started without a graph database and five more services, so the
tests bring this: state in memory, the schema and the write rules as A&AI's own
sources have them. Mode `faithful` mangles silently what A&AI mangles silently;
mode `strict` refuses that with 400, so that a test sees our own fault.

    with Aai() as aai:                      # peers.aai.running; another process
        aai.url, aai.ca, aai.user, aai.password
        aai.control.fail("slow", seconds=2)
        aai.control.journal()

By hand: `python -m peers.aai --port 8443`.
"""
