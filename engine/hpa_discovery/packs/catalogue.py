# SPDX-License-Identifier: Apache-2.0
"""Every code a finding may have, how grave it is, and the page that explains it.

Errors keep a pack from being used; warnings do not, and `# hpa: ignore[code]
reason` leaves one out.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hpa_discovery.errors import UsageError
from hpa_discovery.language.spelling import nearest
from hpa_discovery.model import Severity

_PAGES = Path(__file__).parent / "pages"

_ERRORS = """
    attribute.duplicate
    check.ended
    condition.type condition.unknown_name
    driver.command driver.folder driver.id driver.listed driver.reads
    emit.discriminator emit.type emit.unknown_name
    expr.arity expr.identifier expr.negation expr.pattern expr.repeat expr.scope expr.syntax expr.type
    expr.unknown_function expr.unknown_name
    file.extension file.outside file.unreadable
    ignore.form ignore.reason
    let.limits let.order let.sensitive let.shadow
    limit.attributes limit.expression_chars limit.expression_depth limit.expression_growth limit.file
    limit.findings limit.folder limit.lets limit.pack limit.pattern_chars limit.steps limit.template_chars
    limit.template_depth limit.yaml_depth limit.yaml_nodes
    overlay.conflict overlay.name overlay.pack overlay.value overlay.version
    pack.engine pack.missing pack.namespace pack.provides pack.sources pack.table
    path.impossible
    rule.dead rule.duplicate_id rule.id rule.renamed rule.replaces
    schema
    set.exclusive
    template.syntax template.type template.unknown_name
    test.failed test.missing test.missing_firing test.missing_silent test.orphan test.params test.subject
    value.impossible
    vocabulary.attribute vocabulary.feature vocabulary.unit vocabulary.value
    wheel.namespace wheel.unreadable
    yaml.alias yaml.document yaml.duplicate_key yaml.implicit yaml.syntax yaml.tag
"""
_WARNINGS = """
    index.unserved
    let.unused
    pack.older pack.unused
    path.unknown_key
    vocabulary.free vocabulary.kind
"""

_SEVERITIES: Mapping[str, Severity] = {
    **dict.fromkeys(_ERRORS.split(), "error"),
    **dict.fromkeys(_WARNINGS.split(), "warning"),
}
CODES: tuple[str, ...] = tuple(sorted(_SEVERITIES))


def severity_of(code: str) -> Severity:
    """How grave findings of `code` are."""
    return _SEVERITIES.get(code, "error")


def page(code: str) -> str:
    """The Markdown page of `code`; UsageError when there is no such code."""
    if code not in _SEVERITIES:
        meant = nearest(code, CODES)
        hint = f"did you mean {meant}?" if meant else f"known are {', '.join(CODES)}"
        raise UsageError(f"there is no code {code!r}; {hint}")
    return (_PAGES / f"{code}.md").read_text(encoding="utf-8")
